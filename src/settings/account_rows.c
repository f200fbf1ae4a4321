/* SPDX-License-Identifier: MIT */
#include "settings/account_rows.h"

#include <errno.h>
#include <string.h>

#include "settings/database.h"
#include "settings/secret.h"

/* The columns are in the order of sip_settings_members. */
enum { SEALED_MAX_LEN = SIP_SETTINGS_MAX_TEXT + SECRET_OVERHEAD };

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

/* False if there is one that key does not open. */
static bool read_password(sqlite3_stmt *stmt, int column, const struct secret_key *key,
                          const struct member *member, struct sip_settings *sip)
{
    char password[SIP_SETTINGS_MAX_TEXT + 1] = "";
    const void *sealed = sqlite3_column_blob(stmt, column);
    size_t len = (size_t)sqlite3_column_bytes(stmt, column);
    struct field_error ignored;
    bool is_read;

    is_read = key && sealed && !secret_open(key, sealed, len, password, sizeof(password)) &&
              strcmp(password, SIP_SETTINGS_PASSWORD_PLACEHOLDER) != 0 &&
              member_set_text(member, sip, password, &ignored);
    explicit_bzero(password, sizeof(password));
    return is_read;
}

static bool read_column(sqlite3_stmt *stmt, int column, const struct member *member,
                        struct sip_settings *sip)
{
    struct field_error ignored;
    const char *text;

    if (member->type == MEMBER_UINT16)
        return sqlite3_column_type(stmt, column) == SQLITE_INTEGER &&
               member_set_number(member, sip, sqlite3_column_int64(stmt, column), &ignored);
    text = database_column_text(stmt, column);
    return text && member_set_text(member, sip, text, &ignored);
}

int account_rows_read(sqlite3 *db, int account, const struct secret_key *key,
                      struct account_row *row)
{
    const struct member_table *table = &sip_settings_members;
    sqlite3_stmt *stmt = NULL;
    int err, code;

    row->is_set = row->has_password = row->is_password_lost = false;
    err = database_errno(db, sqlite3_prepare_v2(db, select_account, -1, &stmt, NULL));
    if (err)
        return err;
    (void)sqlite3_bind_int(stmt, 1, account);
    code = sqlite3_step(stmt);
    err = database_errno(db, code);
    row->is_set = code == SQLITE_ROW;
    for (size_t i = 0; i < table->count && row->is_set && !err; i++) {
        const struct member *member = &table->members[i];

        if (!is_password(member)) {
            err = read_column(stmt, (int)i, member, row->sip) ? 0 : EBADMSG;
        } else if (sqlite3_column_type(stmt, (int)i) != SQLITE_NULL) {
            row->has_password = true;
            row->is_password_lost = !read_password(stmt, (int)i, key, member, row->sip);
        }
    }
    return database_finish(stmt, err);
}

/* The password's column stays NULL when there is none to store. */
static int bind_account(sqlite3 *db, sqlite3_stmt *stmt, const struct sip_settings *sip,
                        const unsigned char *sealed, size_t sealed_len)
{
    const struct member_table *table = &sip_settings_members;
    int code = SQLITE_OK;

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

int account_rows_write(sqlite3 *db, int account, const struct secret_key *key,
                       const struct sip_settings *sip)
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
        err = database_errno(db, sqlite3_bind_int(stmt, 1, account));
    if (!err)
        err = bind_account(db, stmt, sip, sealed, sealed_len);
    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    (void)sqlite3_finalize(stmt);
    return err;
}

int account_rows_remove(sqlite3 *db, int account)
{
    sqlite3_stmt *stmt = NULL;
    int err;

    err = database_errno(
        db, sqlite3_prepare_v2(db, "DELETE FROM sip_account WHERE id = ?1", -1, &stmt, NULL));
    if (!err)
        err = database_errno(db, sqlite3_bind_int(stmt, 1, account));
    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    (void)sqlite3_finalize(stmt);
    return err;
}
