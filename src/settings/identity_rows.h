/* SPDX-License-Identifier: MIT */
/* identity_rows.h - the HTTPS certificate and its key as a row of the database; see
 * settings_rows.h. */
#ifndef SETTINGS_IDENTITY_ROWS_H
#define SETTINGS_IDENTITY_ROWS_H

#include <sqlite3.h>

#include "settings/settings.h"
#include "settings/settings_rows.h"

/* Fills in the two texts of settings; "" if there are none, or the key cannot be opened, which
 * secrets tells. Returns 0, EBADMSG or an errno value. */
int identity_rows_read(sqlite3 *db, const struct secret_key *key, struct settings *settings,
                       struct settings_secrets *secrets);

/* A key of "" leaves what is stored. Returns 0, ENOKEY or an errno value. */
int identity_rows_write(sqlite3 *db, const struct secret_key *key, const struct settings *settings);

#endif
