/* SPDX-License-Identifier: MIT */
/* settings_rows.h - the settings as rows of the database. What is read is checked by the
 * same rules as what clients send: the file may be damaged, or somebody else's work.
 * One call at a time, inside a transaction of the caller. Blocks. */
#ifndef SETTINGS_SETTINGS_ROWS_H
#define SETTINGS_SETTINGS_ROWS_H

#include <sqlite3.h>

#include "settings/settings.h"

struct secret_key;

/* What became of that which is sealed. */
struct settings_secrets {
    bool is_any;           /* something is stored that is sealed */
    bool is_password_lost; /* a SIP password that key does not open: reads as "" */
    bool is_key_lost;      /* the key of the HTTPS certificate; both read as "" */
    bool is_device_lost;   /* a password of the device settings, which reads as "" */
};

/* key: NULL if there is none. Returns 0, EBADMSG (a value is missing or not good) or an errno
 * value; on failure the outputs are not touched. */
int settings_rows_read(sqlite3 *db, const struct secret_key *key, struct settings *ret_settings,
                       struct settings_secrets *ret_secrets);

/* A SIP password or HTTPS key of "" leaves the stored one as it is: it may be one that could not
 * be opened; for the device's passwords see sealed_rows_write. key: may be NULL if all these are
 * "". Returns 0 or an errno value. */
int settings_rows_write(sqlite3 *db, const struct secret_key *key, const struct settings *settings);

#endif
