/* SPDX-License-Identifier: MIT */
#include "settings/database.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    BUSY_MS = 500,             /* somebody reads the file with a tool */
    MAX_VALUE_LEN = 64 * 1024, /* longest text or blob in the file */
    MAX_SQL_LEN = 16 * 1024,
};

/* migrations[N] makes version N + 1 out of version N. Never edit one that was released. */
static const char *const migrations[DATABASE_VERSION] = {
    "CREATE TABLE sip_account ("
    " id INTEGER PRIMARY KEY,"
    " proxy TEXT NOT NULL,"
    " realm TEXT NOT NULL,"
    " user TEXT NOT NULL,"
    " password_sealed BLOB,"
    " transport TEXT NOT NULL,"
    " user_id TEXT NOT NULL,"
    " stun_ip TEXT NOT NULL,"
    " stun_port INTEGER NOT NULL,"
    " registration_interval INTEGER NOT NULL,"
    " outbound TEXT NOT NULL) STRICT;"
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    /* The second account, new settings and the CAs go into the tables that are there. */
    "CREATE TABLE https_identity ("
    " id INTEGER PRIMARY KEY CHECK (id = 1),"
    " certificate_pem TEXT NOT NULL,"
    " key_sealed BLOB NOT NULL) STRICT;",
    /* Each target ends with a line break. */
    "CREATE TABLE forward_rule (flat INTEGER PRIMARY KEY, targets TEXT NOT NULL) STRICT;",
    /* AUTOINCREMENT: no uid is used twice. No time or number of passes: permanent. */
    "CREATE TABLE identifier ("
    " uid INTEGER PRIMARY KEY AUTOINCREMENT,"
    " type TEXT NOT NULL,"
    " number TEXT NOT NULL,"
    " owner_name TEXT NOT NULL,"
    " owner_type TEXT NOT NULL,"
    " lock TEXT NOT NULL,"
    " time_from INTEGER,"
    " time_to INTEGER,"
    " max_passes INTEGER,"
    " passes_left INTEGER,"
    " link_id TEXT NOT NULL,"
    " apartment_link_id TEXT NOT NULL) STRICT;",
};

int database_errno(sqlite3 *db, int code)
{
    /* SQLite knows of ENOSPC only. What else stopped a write to the log it does not tell,
     * but the failed call was its last. */
    int write_errno = code == SQLITE_IOERR_WRITE ? errno : 0;
    int open_errno = sqlite3_system_errno(db);

    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return 0;
    case SQLITE_FULL:
        return ENOSPC;
    case SQLITE_NOMEM:
        return ENOMEM;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return EBUSY;
    case SQLITE_READONLY:
        return EROFS;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return EACCES;
    case SQLITE_CANTOPEN:
        return open_errno ? open_errno : EIO;
    case SQLITE_IOERR:
        /* No room for this file is no room, whoever sets the limit. */
        return write_errno == EFBIG || write_errno == EDQUOT ? ENOSPC : EIO;
    default:
        /* What is missing or odd in the file: SQL of our own is correct. */
        return EBADMSG;
    }
}

int database_exec(sqlite3 *db, const char *sql)
{
    return database_errno(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* The first column of the first row, into text. */
static int query(sqlite3 *db, const char *sql, char *text, size_t size)
{
    sqlite3_stmt *stmt = NULL;
    const unsigned char *column;
    int code;

    text[0] = '\0';
    code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW) {
        column = sqlite3_column_text(stmt, 0);
        if (column)
            (void)snprintf(text, size, "%s", (const char *)column);
    }
    return database_finish(stmt, database_errno(db, code));
}

/* The file may have been written by somebody who wants to harm: nothing in its schema runs,
 * and it cannot make us use much memory. */
static void harden(sqlite3 *db)
{
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_VALUE_LEN);
    (void)sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, MAX_SQL_LEN);
    (void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 1); /* VACUUM INTO needs one */
    (void)sqlite3_busy_timeout(db, BUSY_MS);
}

/* Its stocks of memory for speed (135 KiB a file, much of it touched at once) are not for what is
 * asked a few times a day. Without effect once SQLite is in use. */
static void keep_small(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
    (void)sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0);
}

/* A page for which there was no memory looks like a damaged one: damage is still there when it is
 * looked for again. */
static int check(sqlite3 *db)
{
    char answer[8] = "";
    int err = 0;

    for (int i = 0; i < 2 && !err && strcmp(answer, "ok") != 0; i++)
        err = query(db, "PRAGMA quick_check(1)", answer, sizeof(answer));
    return err ? err : strcmp(answer, "ok") != 0 ? EBADMSG : 0;
}

int database_connect(const char *path, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int err;

    keep_small();
    /* NOMUTEX: the caller makes one call at a time. */
    err = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!db)
        return ENOMEM;
    err = database_errno(db, err);
    if (err)
        goto out;
    (void)sqlite3_extended_result_codes(db, 1);
    harden(db);
    /* The lock file keeps other daemons away, so the file is ours: no shared memory. */
    err = database_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cell_size_check = ON;"
                            "PRAGMA cache_size = -128; PRAGMA temp_store = MEMORY;"
                            "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
out:
    if (err)
        db = database_close(db);
    else
        *ret_db = db;
    return err;
}

int database_open(const char *path, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int err = database_connect(path, &db);

    if (err)
        return err;
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    err = check(db);
    if (err)
        db = database_close(db);
    else
        *ret_db = db;
    return err;
}

int database_prepare_kept(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt)
{
    for (sqlite3_stmt *stmt = sqlite3_next_stmt(db, NULL); stmt;
         stmt = sqlite3_next_stmt(db, stmt)) {
        if (!sqlite3_stmt_busy(stmt) && !strcmp(sqlite3_sql(stmt), sql)) {
            *ret_stmt = stmt;
            return 0;
        }
    }
    return database_errno(
        db, sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_stmt, NULL));
}

void database_give_back(sqlite3_stmt *stmt)
{
    (void)sqlite3_reset(stmt);
    if (stmt)
        (void)sqlite3_clear_bindings(stmt);
}

sqlite3 *database_close(sqlite3 *db)
{
    sqlite3_stmt *stmt;

    while (db && (stmt = sqlite3_next_stmt(db, NULL)))
        (void)sqlite3_finalize(stmt);
    (void)sqlite3_close_v2(db);
    return NULL;
}

static int upgrade(sqlite3 *db, int version)
{
    char sql[64];
    int err = 0;

    for (int i = version; i < DATABASE_VERSION && !err; i++)
        err = database_exec(db, migrations[i]);
    if (err)
        return err;
    (void)snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", DATABASE_VERSION);
    return database_exec(db, sql);
}

static int read_version(sqlite3 *db, int *ret_version)
{
    char text[16];
    int err, n;

    err = query(db, "PRAGMA user_version", text, sizeof(text));
    if (err)
        return err;
    n = sscanf(text, "%d", ret_version);
    return n == 1 && *ret_version >= 0 ? 0 : EBADMSG;
}

/* Version 0 is a new, empty file; with tables in it, it is another program's. */
static int upgrade_from_nothing(sqlite3 *db)
{
    char tables[16];
    int err;

    err = query(db, "SELECT count(*) FROM sqlite_schema", tables, sizeof(tables));
    if (!err && strcmp(tables, "0") != 0)
        err = EBADMSG;
    return err ? err : upgrade(db, 0);
}

int database_begin_upgrade(sqlite3 *db, int *ret_version)
{
    int err;

    err = database_exec(db, "BEGIN");
    if (err)
        return err;
    err = read_version(db, ret_version);
    if (!err && *ret_version > DATABASE_VERSION)
        err = ENOTSUP;
    else if (!err && *ret_version == 0)
        err = upgrade_from_nothing(db);
    else if (!err && *ret_version < DATABASE_VERSION)
        err = upgrade(db, *ret_version);
    return err ? database_end(db, err) : 0;
}

int database_end(sqlite3 *db, int err)
{
    if (!err)
        err = database_exec(db, "COMMIT");
    /* SQLite may have rolled back by itself. */
    if (err && !sqlite3_get_autocommit(db))
        (void)database_exec(db, "ROLLBACK");
    return err;
}

int database_start(sqlite3 *db)
{
    char mode[8];
    int err;

    err = query(db, "PRAGMA journal_mode = WAL", mode, sizeof(mode));
    if (!err && strcmp(mode, "wal") != 0)
        err = EIO;
    if (!err)
        err = database_exec(db, "PRAGMA wal_autocheckpoint = 64");
    if (!err)
        (void)sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return err;
}

static int empty_table(sqlite3 *db, const char *name)
{
    char *sql = sqlite3_mprintf("DELETE FROM \"%w\"", name);
    int err = sql ? database_exec(db, sql) : ENOMEM;

    sqlite3_free(sql);
    return err;
}

int database_empty(sqlite3 *db)
{
    static const char sql[] = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT "
                              "LIKE 'sqlite\\_%' ESCAPE '\\'";
    sqlite3_stmt *stmt = NULL;
    int err, code;

    err = database_exec(db, "PRAGMA secure_delete = ON");
    if (!err)
        err = database_errno(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));
    while (!err && (code = sqlite3_step(stmt)) != SQLITE_DONE) {
        const char *name = database_column_text(stmt, 0);

        err = database_errno(db, code);
        if (!err)
            err = name ? empty_table(db, name) : EBADMSG;
    }
    return database_finish(stmt, err);
}

int database_copy(sqlite3 *db, const char *path)
{
    sqlite3_stmt *stmt = NULL;
    int err;

    err = database_errno(db, sqlite3_prepare_v2(db, "VACUUM INTO ?1", -1, &stmt, NULL));
    if (!err)
        err = database_errno(db, sqlite3_bind_text(stmt, 1, path, -1, NULL));
    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    (void)sqlite3_finalize(stmt);
    return err;
}

const char *database_column_text(sqlite3_stmt *stmt, int column)
{
    const char *text;

    if (sqlite3_column_type(stmt, column) != SQLITE_TEXT)
        return NULL;
    text = (const char *)sqlite3_column_text(stmt, column);
    if (!text || strlen(text) != (size_t)sqlite3_column_bytes(stmt, column))
        return NULL;
    return text;
}

int database_finish(sqlite3_stmt *stmt, int err)
{
    bool has_no_memory = (sqlite3_finalize(stmt) & 0xff) == SQLITE_NOMEM;

    return has_no_memory && (!err || err == EBADMSG) ? ENOMEM : err;
}
