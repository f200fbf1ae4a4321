/* SPDX-License-Identifier: MIT */
/* entry_rows.h - what decides about the door as rows of the database's table of settings; see
 * settings_rows.h. */
#ifndef SETTINGS_ENTRY_ROWS_H
#define SETTINGS_ENTRY_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "settings/entry_settings.h"

/* Put one row into *entry. False if it is one of these and not good; other names are true. */
bool entry_rows_read(const char *name, const char *text, struct entry_settings *entry);

/* Returns 0 or an errno value. */
int entry_rows_write(sqlite3 *db, const struct entry_settings *entry);

#endif
