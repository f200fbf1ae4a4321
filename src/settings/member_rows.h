/* SPDX-License-Identifier: MIT */
/* member_rows.h - a settings struct in the database's table of settings, by its member table: one
 * row a member, under prefix and the member's name. What is read is checked by the same rules as
 * what clients send. One call at a time, inside a transaction of the caller. Blocks. */
#ifndef SETTINGS_MEMBER_ROWS_H
#define SETTINGS_MEMBER_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "settings/member.h"

/* Put one row into *value. False if it is one of the table's and not good; a name that the table
 * does not know is a later version's, or another table's: true. */
bool member_rows_read(const struct member_table *table, const char *prefix, const char *name,
                      const char *text, void *value);

/* Returns 0 or an errno value. */
int member_rows_write(sqlite3 *db, const struct member_table *table, const char *prefix,
                      const void *value);

/* Write one row; "" removes it. Returns 0 or an errno value. */
int member_rows_write_one(sqlite3 *db, const char *name, const char *text);

#endif
