/* SPDX-License-Identifier: MIT */
#include "settings/settings_rows.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "settings/database.h"
#include "settings/secret.h"

/* The columns are in the order of sip_settings_members. */
enum { ACCOUNT_ID = 1, SEALED_MAX_LEN = SIP_SETTINGS_MAX_TEXT + SECRET_OVERHEAD };

static const char select_account[] =
    "SELECT proxy, realm, user, password_sealed, transport, user_id, stun_ip, stun_port,"
    " registration_interval, outbound FROM sip_account WHERE id = ?1";

static const char write_account[] =
    "INSERT INTO sip_account (id, proxy, realm, user, password_sealed, transport, user_id, stun_ip,"
    " stun_port, registration_interval, outbound)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    " ON CONFLICT (id) DO UPDATE SET proxy = ?2, realm = ?3, user = ?4,"
    " password_sealed = coalesce(?5, password_sealed), transport = ?6, user_id = ?7,"
    " stun_ip = ?8, stun_port = ?9, registration_interval = ?10, outbound = ?11";

static bool is_password(const struct member *member)
{
    return member->offset == offsetof(struct sip_settings, password);
}

/* NULL if the column holds no text, or one with a NUL in it. */
static const char *column_text(sqlite3_stmt *stmt, int column)
{
    const char *text;

    if (sqlite3_column_type(stmt, column) != SQLITE_TEXT)
        return NULL;
    text = (const char *)sqlite3_column_text(stmt, column);
    if (!text || strlen(text) != (size_t)sqlite3_column_bytes(stmt, column))
        return NULL;
    return text;
}

static enum settings_password read_password(sqlite3_stmt *stmt, int column,
                                            const struct secret_key *key,
                                            const struct member *member, struct sip_settings *sip)
{
    char password[SIP_SETTINGS_MAX_TEXT + 1] = "";
    enum settings_password result = SETTINGS_PASSWORD_LOST;
    const void *sealed = sqlite3_column_blob(stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt, column);
    struct field_error ignored;

    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        return SETTINGS_PASSWORD_NONE;
    if (key && sealed && !secret_open(key, sealed, len, password, sizeof(password)) &&
        strcmp(password, SIP_SETTINGS_PASSWORD_PLACEHOLDER) != 0 &&
        member_set_text(member, sip, password, &ignored))
        result = SETTINGS_PASSWORD_READ;
    explicit_bzero(password, sizeof(password));
    return result;
}

static bool read_column(sqlite3_stmt *stmt, int column, const struct member *member,
                        struct sip_settings *sip)
{
    struct field_error ignored;
    const char *text;

    if (member->type == MEMBER_UINT16)
        return sqlite3_column_type(stmt, column) == SQLITE_INTEGER &&
               member_set_number(member, sip, sqlite3_column_int64(stmt, column), &ignored);
    text = column_text(stmt, column);
    return text && member_set_text(member, sip, text, &ignored);
}

static int read_account(sqlite3 *db, const struct secret_key *key, struct settings *settings,
                        enum settings_password *ret_password)
{
    const struct member_table *table = &sip_settings_members;
    sqlite3_stmt *stmt = NULL;
    int err, code;

    err = database_errno(db, sqlite3_prepare_v2(db, select_account, -1, &stmt, NULL));
    if (err)
        return err;
    (void)sqlite3_bind_int(stmt, 1, ACCOUNT_ID);
    code = sqlite3_step(stmt);
    err = database_errno(db, code);
    settings->sip_is_set = code == SQLITE_ROW;
    for (size_t i = 0; i < table->count && settings->sip_is_set && !err; i++) {
        const struct member *member = &table->members[i];

        if (is_password(member))
            *ret_password = read_password(stmt, (int)i, key, member, &settings->sip);
        else if (!read_column(stmt, (int)i, member, &settings->sip))
            err = EBADMSG;
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

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

/* A name that is not known is a later version's: let it be. */
static bool read_setting(const char *name, const char *value, struct settings *settings)
{
    if (strcmp(name, "sip_enable") == 0) {
        settings->sip_enable = strcmp(value, "on") == 0 ? SWITCH_ON : SWITCH_OFF;
        return strcmp(value, "on") == 0 || strcmp(value, "off") == 0;
    }
    if (strcmp(name, "admin_hash") == 0)
        return strncmp(value, "$argon2id$", 10) == 0 &&
               copy_plain(settings->admin_hash, sizeof(settings->admin_hash), value);
    if (strcmp(name, "serial") == 0)
        return strlen(value) == SERIAL_LEN &&
               copy_plain(settings->serial, sizeof(settings->serial), value);
    return true;
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
        const char *name = column_text(stmt, 0);
        const char *value = column_text(stmt, 1);

        err = database_errno(db, code);
        if (!err && (!name || !value || !read_setting(name, value, settings)))
            err = EBADMSG;
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

int settings_rows_read(sqlite3 *db, const struct secret_key *key, struct settings *ret_settings,
                       enum settings_password *ret_password)
{
    struct settings settings = {.sip = sip_settings_default};
    enum settings_password password = SETTINGS_PASSWORD_NONE;
    int err;

    err = read_account(db, key, &settings, &password);
    if (!err)
        err = read_settings(db, &settings);
    if (!err) {
        *ret_settings = settings;
        *ret_password = password;
    }
    explicit_bzero(&settings, sizeof(settings));
    return err;
}

/* The password's column stays NULL when there is none to store. */
static int bind_account(sqlite3 *db, sqlite3_stmt *stmt, const struct sip_settings *sip,
                        const unsigned char *sealed, size_t sealed_len)
{
    const struct member_table *table = &sip_settings_members;
    int code = sqlite3_bind_int(stmt, 1, ACCOUNT_ID);

    for (size_t i = 0; i < table->count && code == SQLITE_OK; i++) {
        const struct member *member = &table->members[i];
        int column = (int)i + 2;

        if (is_password(member))
            code = sealed_len ? sqlite3_bind_blob(stmt, column, sealed, (int)sealed_len, NULL)
                              : sqlite3_bind_null(stmt, column);
        else if (member->type == MEMBER_UINT16)
            code = sqlite3_bind_int(stmt, column, (int)member_number(member, sip));
        else
            code = sqlite3_bind_text(stmt, column, member_text(member, sip), -1, NULL);
    }
    return database_errno(db, code);
}

static int write_sip(sqlite3 *db, const struct secret_key *key, const struct sip_settings *sip)
{
    unsigned char sealed[SEALED_MAX_LEN];
    size_t sealed_len = 0;
    sqlite3_stmt *stmt = NULL;
    int err;

    if (*sip->password) {
        err = key ? secret_seal(key, sip->password, sealed, sizeof(sealed), &sealed_len) : ENOKEY;
        if (err)
            return err;
    }
    err = database_errno(db, sqlite3_prepare_v2(db, write_account, -1, &stmt, NULL));
    if (!err)
        err = bind_account(db, stmt, sip, sealed, sealed_len);
    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    (void)sqlite3_finalize(stmt);
    return err;
}

/* "" removes the setting. */
static int write_setting(sqlite3 *db, const char *name, const char *value)
{
    const char *sql = *value ? "INSERT INTO setting (name, value) VALUES (?1, ?2)"
                               " ON CONFLICT (name) DO UPDATE SET value = ?2"
                             : "DELETE FROM setting WHERE name = ?1 AND ?2 = ''";
    sqlite3_stmt *stmt = NULL;
    int err;

    err = database_errno(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));
    if (!err)
        err = database_errno(db, sqlite3_bind_text(stmt, 1, name, -1, NULL));
    if (!err)
        err = database_errno(db, sqlite3_bind_text(stmt, 2, value, -1, NULL));
    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    (void)sqlite3_finalize(stmt);
    return err;
}

int settings_rows_write(sqlite3 *db, const struct secret_key *key, const struct settings *settings)
{
    static const char *const switches[] = {
        [SWITCH_UNSET] = "", [SWITCH_OFF] = "off", [SWITCH_ON] = "on"};
    int err;

    err = settings->sip_is_set ? write_sip(db, key, &settings->sip)
                               : database_exec(db, "DELETE FROM sip_account");
    if (!err)
        err = write_setting(db, "sip_enable", switches[settings->sip_enable]);
    if (!err)
        err = write_setting(db, "admin_hash", settings->admin_hash);
    if (!err)
        err = write_setting(db, "serial", settings->serial);
    return err;
}
