/* SPDX-License-Identifier: MIT */
#include "settings/identity_rows.h"

#include <errno.h>
#include <string.h>

#include "settings/certificate.h"
#include "settings/database.h"
#include "settings/secret.h"

enum { SEALED_MAX_LEN = KEY_PEM_MAX_LEN + SECRET_OVERHEAD };

/* Opens the row at hand. False if that cannot be done with key. */
static bool open_key(sqlite3_stmt *stmt, const struct secret_key *key, char *text, size_t size)
{
    const void *sealed = sqlite3_column_blob(stmt, 1);

    return key && sealed &&
           !secret_open(key, sealed, (size_t)sqlite3_column_bytes(stmt, 1), text, size);
}

static int read_row(sqlite3_stmt *stmt, const struct secret_key *key, struct settings *settings,
                    struct settings_secrets *secrets)
{
    const char *certificate = database_column_text(stmt, 0);
    bool is_key;

    if (!certificate || strlen(certificate) > CERTIFICATE_PEM_MAX_LEN)
        return EBADMSG;
    secrets->is_any = true;
    if (!open_key(stmt, key, settings->https_key_pem, sizeof(settings->https_key_pem))) {
        secrets->is_key_lost = true;
        return 0;
    }
    if (certificate_check_pair(certificate, settings->https_key_pem, &is_key))
        return EBADMSG;
    memcpy(settings->https_certificate_pem, certificate, strlen(certificate) + 1);
    return 0;
}

static int find(sqlite3 *db, sqlite3_stmt **ret_stmt, bool *ret_is_there)
{
    static const char sql[] = "SELECT certificate_pem, key_sealed FROM https_identity WHERE id = 1";
    int err = database_errno(db, sqlite3_prepare_v2(db, sql, -1, ret_stmt, NULL));
    int code;

    if (err)
        return err;
    code = sqlite3_step(*ret_stmt);
    *ret_is_there = code == SQLITE_ROW;
    return database_errno(db, code);
}

int identity_rows_read(sqlite3 *db, const struct secret_key *key, struct settings *settings,
                       struct settings_secrets *secrets)
{
    sqlite3_stmt *stmt = NULL;
    bool is_there = false;
    int err = find(db, &stmt, &is_there);

    if (!err && is_there)
        err = read_row(stmt, key, settings, secrets);
    return database_finish(stmt, err);
}

/* Sealed anew it would look different each time, and be written with every change. */
static int is_stored(sqlite3 *db, const struct secret_key *key, const struct settings *settings,
                     bool *ret_is_stored)
{
    char key_pem[KEY_PEM_MAX_LEN + 1];
    sqlite3_stmt *stmt = NULL;
    bool is_there = false;
    int err = find(db, &stmt, &is_there);
    const char *certificate = !err && is_there ? database_column_text(stmt, 0) : NULL;

    *ret_is_stored = certificate && strcmp(certificate, settings->https_certificate_pem) == 0 &&
                     open_key(stmt, key, key_pem, sizeof(key_pem)) &&
                     strcmp(key_pem, settings->https_key_pem) == 0;
    explicit_bzero(key_pem, sizeof(key_pem));
    return database_finish(stmt, err);
}

int identity_rows_write(sqlite3 *db, const struct secret_key *key, const struct settings *settings)
{
    static const char sql[] =
        "INSERT INTO https_identity (id, certificate_pem, key_sealed) VALUES (1, ?1, ?2)"
        " ON CONFLICT (id) DO UPDATE SET certificate_pem = ?1, key_sealed = ?2";
    unsigned char sealed[SEALED_MAX_LEN];
    size_t sealed_len = 0;
    sqlite3_stmt *stmt = NULL;
    bool is_same = false;
    int err;

    if (!*settings->https_key_pem)
        return 0;
    if (!key)
        return ENOKEY;
    err = is_stored(db, key, settings, &is_same);
    if (err || is_same)
        return err;
    err = secret_seal(key, settings->https_key_pem, sealed, sizeof(sealed), &sealed_len);
    if (!err)
        err = database_errno(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));
    if (!err)
        err = database_errno(db,
                             sqlite3_bind_text(stmt, 1, settings->https_certificate_pem, -1, NULL));
    if (!err)
        err = database_errno(db, sqlite3_bind_blob(stmt, 2, sealed, (int)sealed_len, NULL));
    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    (void)sqlite3_finalize(stmt);
    return err;
}
