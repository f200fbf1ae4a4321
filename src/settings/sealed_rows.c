/* SPDX-License-Identifier: MIT */
#include "settings/sealed_rows.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "settings/database.h"
#include "settings/device_settings.h"
#include "settings/member_rows.h"
#include "settings/secret.h"

#define PREFIX "sealed."

enum {
    MAX_NAME = 64,
    MAX_SEALED = DEVICE_SETTINGS_MAX_PASSWORD + SECRET_OVERHEAD,
    MAX_HEX = 2 * MAX_SEALED,
};

static char *place_of(const struct device_secret *secret, struct device_settings *device)
{
    return (char *)device + secret->offset;
}

/* The row's hex digits; "" if there is none. */
static int find(sqlite3 *db, const struct device_secret *secret, char hex[MAX_HEX + 1])
{
    sqlite3_stmt *stmt = NULL;
    const char *text = NULL;
    char name[MAX_NAME];
    int code, err;

    hex[0] = '\0';
    (void)snprintf(name, sizeof(name), PREFIX "%s", secret->name);
    code = sqlite3_prepare_v2(db, "SELECT value FROM setting WHERE name = ?1", -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(stmt, 1, name, -1, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    err = database_errno(db, code);
    if (code == SQLITE_ROW) {
        text = database_column_text(stmt, 0);
        if (text && strlen(text) <= MAX_HEX)
            memcpy(hex, text, strlen(text) + 1);
        else
            err = EBADMSG;
    }
    return database_finish(stmt, err);
}

/* Returns 0, EBADMSG (no hex digits) or ENOKEY (key does not open it, or it is no password). */
static int open_hex(const struct secret_key *key, const char *hex,
                    char text[DEVICE_SETTINGS_MAX_PASSWORD + 1])
{
    unsigned char sealed[MAX_SEALED];
    size_t len = 0;
    const char *end = NULL;

    text[0] = '\0';
    if (sodium_hex2bin(sealed, sizeof(sealed), hex, strlen(hex), NULL, &len, &end) || *end)
        return EBADMSG;
    if (!key || secret_open(key, sealed, len, text, DEVICE_SETTINGS_MAX_PASSWORD + 1))
        return ENOKEY;
    if (!device_settings_check_password(text) && strcmp(text, DEVICE_SETTINGS_PASSWORD_SHOWN) != 0)
        return 0;
    explicit_bzero(text, DEVICE_SETTINGS_MAX_PASSWORD + 1);
    return ENOKEY;
}

int sealed_rows_read(sqlite3 *db, const struct secret_key *key, struct device_settings *device,
                     bool *ret_is_any, bool *ret_is_lost)
{
    char hex[MAX_HEX + 1];
    int err = 0;

    *ret_is_any = *ret_is_lost = false;
    for (size_t i = 0; i < DEVICE_SETTINGS_SECRETS && !err; i++) {
        const struct device_secret *secret = &device_settings_secrets[i];

        err = find(db, secret, hex);
        if (err || !*hex)
            continue;
        *ret_is_any = true;
        err = open_hex(key, hex, place_of(secret, device));
        if (err != ENOKEY)
            continue;
        *ret_is_lost = true;
        err = 0;
    }
    return err;
}

/* Is the row as it should be? Sealed anew it would look different each time, and be written with
 * every change; and what cannot be opened was not removed by anybody. */
static bool is_to_stay(const struct secret_key *key, const char *hex, const char *text)
{
    char stored[DEVICE_SETTINGS_MAX_PASSWORD + 1] = "";
    bool is_open = *hex && !open_hex(key, hex, stored);
    bool is_same = is_open && strcmp(stored, text) == 0;

    explicit_bzero(stored, sizeof(stored));
    return *text ? is_same : !is_open;
}

static int write_one(sqlite3 *db, const struct secret_key *key, const struct device_secret *secret,
                     const char *text)
{
    char hex[MAX_HEX + 1], name[MAX_NAME];
    unsigned char sealed[MAX_SEALED];
    size_t len = 0;
    int err = find(db, secret, hex);

    if (err || is_to_stay(key, hex, text))
        return err;
    if (*text)
        err = secret_seal(key, text, sealed, sizeof(sealed), &len);
    if (err)
        return err;
    (void)sodium_bin2hex(hex, sizeof(hex), sealed, len);
    (void)snprintf(name, sizeof(name), PREFIX "%s", secret->name);
    return member_rows_write_one(db, name, hex);
}

int sealed_rows_write(sqlite3 *db, const struct secret_key *key,
                      const struct device_settings *device)
{
    int err = 0;

    for (size_t i = 0; i < DEVICE_SETTINGS_SECRETS && !err; i++) {
        const struct device_secret *secret = &device_settings_secrets[i];
        const char *text = (const char *)device + secret->offset;

        if (key)
            err = write_one(db, key, secret, text);
        else if (*text)
            err = ENOKEY;
    }
    return err;
}
