/* SPDX-License-Identifier: MIT */
/* sealed_rows.h - passwords of the device settings in the database's table of settings: sealed, as
 * hex digits. One call at a time, inside a transaction of the caller. Blocks. */
#ifndef SETTINGS_SEALED_ROWS_H
#define SETTINGS_SEALED_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>

struct device_settings;
struct secret_key;

/* What key does not open reads as "", and *ret_is_lost is true. key: NULL if there is none.
 * *ret_is_any: something is stored. Returns 0, EBADMSG (a row that nothing of ours has written) or
 * an errno value.
 */
int sealed_rows_read(sqlite3 *db, const struct secret_key *key, struct device_settings *device,
                     bool *ret_is_any, bool *ret_is_lost);

/* A password of "" removes the stored one, but for one that key does not open: that was read as "",
 * and may be opened again with the right key. key: may be NULL if all are "". Returns 0, ENOKEY or
 * another errno value. */
int sealed_rows_write(sqlite3 *db, const struct secret_key *key,
                      const struct device_settings *device);

#endif
