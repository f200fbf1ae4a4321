/* SPDX-License-Identifier: MIT */
/* forward_rows.h - the forward table as rows of the database. What is read is checked like what
 * clients send. One call at a time, inside a transaction of the caller. Blocks. */
#ifndef SETTINGS_FORWARD_ROWS_H
#define SETTINGS_FORWARD_ROWS_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

struct forward_rule;
struct forward_table;

/* Add all rules to table. Returns 0, EBADMSG (a rule is not good) or an errno value. table: NULL if
 * only the check counts. */
int forward_rows_read(sqlite3 *db, struct forward_table *table);

/* Returns 0 or an errno value. */
int forward_rows_put(sqlite3 *db, const struct forward_rule *rule);
int forward_rows_remove(sqlite3 *db, uint32_t flat);

#endif
