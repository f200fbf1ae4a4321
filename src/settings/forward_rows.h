/* SPDX-License-Identifier: MIT */
/* forward_rows.h - the forward table as rows of the database. What is read is checked like what
 * clients send. For store_read and store_write: one call at a time, inside a transaction of the
 * caller. Blocks. */
#ifndef SETTINGS_FORWARD_ROWS_H
#define SETTINGS_FORWARD_ROWS_H

#include <stddef.h>
#include <stdint.h>

struct forward_rule;
struct sqlite3;

/* arg: a struct forward_table, to which all rules are added; NULL: only the check counts.
 * Returns 0, EBADMSG (a rule is not good) or an errno value. */
int forward_rows_read(struct sqlite3 *db, void *arg);

/* What is to be written, together. */
struct forward_rows {
    const struct forward_rule *put; /* added or replaced; NULL: none */
    const uint32_t *removed;        /* flats */
    size_t n_removed;
};

/* arg: const struct forward_rows *. Returns 0 or an errno value. */
int forward_rows_write(struct sqlite3 *db, void *arg);

#endif
