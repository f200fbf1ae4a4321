/* SPDX-License-Identifier: MIT */
/* account_rows.h - the SIP accounts as rows of the database; see settings_rows.h. */
#ifndef SETTINGS_ACCOUNT_ROWS_H
#define SETTINGS_ACCOUNT_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "settings/sip_settings.h"

struct secret_key;

struct account_row {
    struct sip_settings *sip; /* borrowed; what is read goes here */
    bool is_set;
    bool has_password;     /* one is stored */
    bool is_password_lost; /* but key does not open it: reads as it was before, in sip */
};

/* account: from 1 on. key: NULL if there is none. Returns 0, EBADMSG (a value is not good) or an
 * errno value; on failure what row points to is undefined. */
int account_rows_read(sqlite3 *db, int account, const struct secret_key *key,
                      struct account_row *row);

/* A password of "" leaves the stored one. Returns 0, ENOKEY (a password, but no key) or an errno
 * value. */
int account_rows_write(sqlite3 *db, int account, const struct secret_key *key,
                       const struct sip_settings *sip);

/* None there is fine. Returns 0 or an errno value. */
int account_rows_remove(sqlite3 *db, int account);

#endif
