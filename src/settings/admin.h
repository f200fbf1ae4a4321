/* SPDX-License-Identifier: MIT */
/* admin.h - the admin account's password: rules, hashing, checking. Any thread.
 * Hashing takes about 20 ms and 19 MiB: never on the loop thread once it runs. */
#ifndef SETTINGS_ADMIN_H
#define SETTINGS_ADMIN_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/settings.h"

enum {
    ADMIN_PASSWORD_MIN_LEN = 1,
    ADMIN_PASSWORD_MAX_LEN = 32, /* printable ASCII 0x20..0x7e */
    ADMIN_MD5_HEX_LEN = 32,
};

bool admin_password_is_valid(const char *password);

/* MD5 of a clear password as 32 lower-case hex digits and a NUL: what clients send. Returns 0 or
 * ENOMEM (also where MD5 is forbidden); then "", which no client may send. */
int admin_md5_hex(const char *password, char ret_hex[ADMIN_MD5_HEX_LEN + 1]);

/* Lower-case hex into ret_hex. False if text is not exactly 32 hex digits. */
bool admin_md5_hex_normalise(const char *text, char ret_hex[ADMIN_MD5_HEX_LEN + 1]);

/* argon2id (19 MiB, t=2, p=1) over the MD5 hex. Blocks. Returns 0 or ENOMEM. */
int admin_hash(const char *md5_hex, char ret_hash[ADMIN_HASH_MAX_LEN + 1]);

/* Constant-time check. Blocks. Returns 0 or ENOMEM; then *ret_matches is false. */
int admin_hash_matches(const char *hash, const char *md5_hex, bool *ret_matches);

/* A random password people can type: 12 letters and digits without look-alikes. */
void admin_password_random(char *buf, size_t size);

#endif
