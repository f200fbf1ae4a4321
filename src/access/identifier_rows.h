/* SPDX-License-Identifier: MIT */
/* identifier_rows.h - identifiers as rows of the database. What is read is checked like what
 * clients send. All are for store_read, store_write and store_open_with: one call at a time, inside
 * a transaction of the caller. Blocks. */
#ifndef ACCESS_IDENTIFIER_ROWS_H
#define ACCESS_IDENTIFIER_ROWS_H

#include <stddef.h>
#include <stdint.h>

struct identifier;
struct identifiers;
struct sqlite3;

/* arg: an empty struct identifiers, which gets them all; NULL: only the check counts.
 * Returns 0, EBADMSG (one is not good) or an errno value. */
int identifier_rows_read(struct sqlite3 *db, void *arg);

/* What is to be written, together. */
struct identifier_rows {
    const struct identifier *put; /* added or replaced */
    size_t n_put;
    const uint32_t *removed;
    size_t n_removed;
    /* How many passes are left for one; 0: none. */
    uint32_t passes_uid, passes_left;
};

/* arg: const struct identifier_rows *. Returns 0 or an errno value. */
int identifier_rows_write(struct sqlite3 *db, void *arg);

#endif
