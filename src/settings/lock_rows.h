/* SPDX-License-Identifier: MIT */
/* lock_rows.h - how the locks open, as rows of the database's table of settings; see
 * settings_rows.h. */
#ifndef SETTINGS_LOCK_ROWS_H
#define SETTINGS_LOCK_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "settings/lock_settings.h"

/* Put one row into *locks. False if it is one of these and not good; other names are true. */
bool lock_rows_read(const char *name, const char *text, struct lock_settings *locks);

/* When all rows are read: do they fit together? */
bool lock_rows_are_good(const struct lock_settings *locks);

/* Returns 0 or an errno value. */
int lock_rows_write(sqlite3 *db, const struct lock_settings *locks);

#endif
