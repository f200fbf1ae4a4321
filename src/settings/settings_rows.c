/* SPDX-License-Identifier: MIT */
#include "settings/settings_rows.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/account_rows.h"
#include "settings/certificate.h"
#include "settings/database.h"
#include "settings/entry_rows.h"
#include "settings/identity_rows.h"
#include "settings/lock_rows.h"
#include "settings/member_rows.h"
#include "settings/sealed_rows.h"

#define CALLS "call."    /* before the names of the call settings */
#define SYSLOG "syslog." /* the same of where events are sent */
#define DEVICE "device." /* and of the device settings */

/* A text of printable ASCII that fits. */
static bool copy_plain(char *to, size_t size, const char *text)
{
    size_t len = strlen(text);

    if (len >= size)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x21 || text[i] > 0x7e)
            return false;
    }
    memcpy(to, text, len + 1);
    return true;
}

static bool read_switch(const char *value, bool *ret_is_on)
{
    *ret_is_on = strcmp(value, "on") == 0;
    return *ret_is_on || strcmp(value, "off") == 0;
}

static bool read_reregister_time(const char *value, uint16_t *ret_time_s)
{
    unsigned long time_s = strtoul(value, NULL, 10);

    *ret_time_s = (uint16_t)time_s;
    return value[strspn(value, "0123456789")] == '\0' && time_s >= REREGISTER_MIN_S &&
           time_s <= REREGISTER_MAX_S;
}

static bool read_ca_pem(const char *value, struct settings *settings)
{
    if (strlen(value) > CA_PEM_MAX_LEN || certificate_check_ca(value))
        return false;
    memcpy(settings->sip_ca_pem, value, strlen(value) + 1);
    return true;
}

/* A name that is not known is a later version's: let it be. */
static bool read_setting(const char *name, const char *value, struct settings *settings)
{
    bool is_on, is_good;

    if (strcmp(name, "sip_enable") == 0) {
        is_good = read_switch(value, &is_on);
        settings->sip_enable = is_on ? SWITCH_ON : SWITCH_OFF;
        return is_good;
    }
    if (strcmp(name, "is_reregister") == 0)
        return read_switch(value, &settings->is_reregister);
    if (strcmp(name, "reregister_time") == 0)
        return read_reregister_time(value, &settings->reregister_time_s);
    if (strcmp(name, "sip_tls_is_checked") == 0)
        return read_switch(value, &settings->sip_tls_is_checked);
    if (strcmp(name, "sip_ca_pem") == 0)
        return read_ca_pem(value, settings);
    if (strcmp(name, "admin_hash") == 0)
        return strncmp(value, "$argon2id$", 10) == 0 &&
               copy_plain(settings->admin_hash, sizeof(settings->admin_hash), value);
    if (strcmp(name, "serial") == 0)
        return strlen(value) == SERIAL_LEN &&
               copy_plain(settings->serial, sizeof(settings->serial), value);
    return lock_rows_read(name, value, &settings->locks) &&
           entry_rows_read(name, value, &settings->entry) &&
           member_rows_read(&call_settings_members, CALLS, name, value, &settings->calls) &&
           member_rows_read(&syslog_settings_members, SYSLOG, name, value, &settings->syslog) &&
           member_rows_read(&device_settings_members, DEVICE, name, value, &settings->device);
}

static int read_settings(sqlite3 *db, struct settings *settings)
{
    sqlite3_stmt *stmt = NULL;
    int err, code;

    err = database_errno(
        db, sqlite3_prepare_v2(db, "SELECT name, value FROM setting", -1, &stmt, NULL));
    if (err)
        return err;
    while (!err && (code = sqlite3_step(stmt)) != SQLITE_DONE) {
        const char *name = database_column_text(stmt, 0);
        const char *value = database_column_text(stmt, 1);

        err = database_errno(db, code);
        if (!err && (!name || !value || !read_setting(name, value, settings)))
            err = EBADMSG;
    }
    if (!err && !lock_rows_are_good(&settings->locks))
        err = EBADMSG;
    return database_finish(stmt, err);
}

static int read_sealed(sqlite3 *db, const struct secret_key *key, struct settings *settings,
                       struct settings_secrets *secrets)
{
    bool is_any = false;
    int err = sealed_rows_read(db, key, &settings->device, &is_any, &secrets->is_device_lost);

    secrets->is_any = secrets->is_any || is_any;
    return err;
}

static int read_accounts(sqlite3 *db, const struct secret_key *key, struct settings *settings,
                         struct settings_secrets *secrets)
{
    struct account_row first = {.sip = &settings->sip}, second = {.sip = &settings->second};
    int err = account_rows_read(db, 1, key, &first);

    if (!err)
        err = account_rows_read(db, 2, key, &second);
    settings->sip_is_set = first.is_set;
    settings->second_is_set = second.is_set;
    secrets->is_any = first.has_password || second.has_password;
    secrets->is_password_lost = first.is_password_lost || second.is_password_lost;
    return err;
}

int settings_rows_read(sqlite3 *db, const struct secret_key *key, struct settings *ret_settings,
                       struct settings_secrets *ret_secrets)
{
    struct settings *settings = malloc(sizeof(*settings));
    struct settings_secrets secrets = {.is_any = false};
    int err;

    if (!settings)
        return ENOMEM;
    settings_init(settings);
    err = read_accounts(db, key, settings, &secrets);
    if (!err)
        err = read_settings(db, settings);
    if (!err)
        err = read_sealed(db, key, settings, &secrets);
    if (!err)
        err = identity_rows_read(db, key, settings, &secrets);
    if (!err) {
        *ret_settings = *settings;
        *ret_secrets = secrets;
    }
    settings_wipe(settings);
    free(settings);
    return err;
}

static int write_settings(sqlite3 *db, const struct settings *settings)
{
    static const char *const switches[] = {
        [SWITCH_UNSET] = "", [SWITCH_OFF] = "off", [SWITCH_ON] = "on"};
    char time[8];
    const struct {
        const char *name, *value;
    } rows[] = {
        {"sip_enable", switches[settings->sip_enable]},
        {"is_reregister", settings->is_reregister ? "on" : "off"},
        {"reregister_time", time},
        {"sip_tls_is_checked", settings->sip_tls_is_checked ? "on" : "off"},
        {"sip_ca_pem", settings->sip_ca_pem},
        {"admin_hash", settings->admin_hash},
        {"serial", settings->serial},
    };
    int err = 0;

    (void)snprintf(time, sizeof(time), "%u", (unsigned)settings->reregister_time_s);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && !err; i++)
        err = member_rows_write_one(db, rows[i].name, rows[i].value);
    if (!err)
        err = lock_rows_write(db, &settings->locks);
    if (!err)
        err = entry_rows_write(db, &settings->entry);
    if (!err)
        err = member_rows_write(db, &call_settings_members, CALLS, &settings->calls);
    if (!err)
        err = member_rows_write(db, &syslog_settings_members, SYSLOG, &settings->syslog);
    return err ? err : member_rows_write(db, &device_settings_members, DEVICE, &settings->device);
}

int settings_rows_write(sqlite3 *db, const struct secret_key *key, const struct settings *settings)
{
    int err;

    err = settings->sip_is_set ? account_rows_write(db, 1, key, &settings->sip)
                               : account_rows_remove(db, 1);
    if (!err)
        err = settings->second_is_set ? account_rows_write(db, 2, key, &settings->second)
                                      : account_rows_remove(db, 2);
    if (!err)
        err = write_settings(db, settings);
    if (!err)
        err = sealed_rows_write(db, key, &settings->device);
    return err ? err : identity_rows_write(db, key, settings);
}
