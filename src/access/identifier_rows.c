/* SPDX-License-Identifier: MIT */
#include "access/identifier_rows.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#include "access/identifiers.h"
#include "settings/database.h"

/* In the order of the table's columns. */
enum column {
    COLUMN_UID,
    COLUMN_TYPE,
    COLUMN_NUMBER,
    COLUMN_OWNER_NAME,
    COLUMN_OWNER_TYPE,
    COLUMN_LOCK,
    COLUMN_FROM, /* this and the next: NULL is permanent */
    COLUMN_TO,
    COLUMN_MAX_PASSES, /* as before */
    COLUMN_PASSES_LEFT,
    COLUMN_LINK,
    COLUMN_APARTMENT_LINK,
    COLUMNS,
};

/* ---- reading ---- */

static bool read_text(sqlite3_stmt *stmt, int column, char *buf, size_t size)
{
    const char *text = database_column_text(stmt, column);
    int len = text ? snprintf(buf, size, "%s", text) : -1;

    return len >= 0 && (size_t)len < size;
}

/* Two whole numbers, or none at all. */
static bool read_pair(sqlite3_stmt *stmt, int column, bool *ret_is_none, int64_t ret_pair[2])
{
    *ret_is_none = sqlite3_column_type(stmt, column) == SQLITE_NULL;
    for (int i = 0; i < 2; i++) {
        int type = sqlite3_column_type(stmt, column + i);

        if (type != (*ret_is_none ? SQLITE_NULL : SQLITE_INTEGER))
            return false;
        ret_pair[i] = sqlite3_column_int64(stmt, column + i);
    }
    return true;
}

static bool read_words(sqlite3_stmt *stmt, struct identifier *it)
{
    char type[16], owner[16], lock[16];

    return read_text(stmt, COLUMN_TYPE, type, sizeof(type)) &&
           identifier_type_parse(type, &it->type) &&
           read_text(stmt, COLUMN_OWNER_TYPE, owner, sizeof(owner)) &&
           identifier_owner_parse(owner, &it->owner) &&
           read_text(stmt, COLUMN_LOCK, lock, sizeof(lock)) &&
           identifier_lock_parse(lock, &it->lock);
}

static bool read_validity(sqlite3_stmt *stmt, struct identifier *it)
{
    int64_t times[2], passes[2];

    if (!read_pair(stmt, COLUMN_FROM, &it->is_time_permanent, times) ||
        !read_pair(stmt, COLUMN_MAX_PASSES, &it->is_passes_permanent, passes) || passes[0] < 0 ||
        passes[0] > IDENTIFIER_MAX_PASSES || passes[1] < 0 || passes[1] > IDENTIFIER_MAX_PASSES)
        return false;
    it->from_s = times[0];
    it->to_s = times[1];
    it->max_passes = (uint32_t)passes[0];
    it->passes_left = (uint32_t)passes[1];
    return true;
}

static bool read_row(sqlite3_stmt *stmt, struct identifier *it)
{
    sqlite3_int64 uid = sqlite3_column_int64(stmt, COLUMN_UID);

    *it = (struct identifier){.uid = 0};
    if (uid < 1 || uid > IDENTIFIER_MAX_UID)
        return false;
    it->uid = (uint32_t)uid;
    return read_words(stmt, it) && read_validity(stmt, it) &&
           read_text(stmt, COLUMN_NUMBER, it->number, sizeof(it->number)) &&
           read_text(stmt, COLUMN_OWNER_NAME, it->name, sizeof(it->name)) &&
           read_text(stmt, COLUMN_LINK, it->link_id, sizeof(it->link_id)) &&
           read_text(stmt, COLUMN_APARTMENT_LINK, it->apartment_link_id,
                     sizeof(it->apartment_link_id)) &&
           identifier_is_good(it);
}

static int read_all(sqlite3 *db, struct identifiers *table)
{
    struct identifier it;
    sqlite3_stmt *stmt = NULL;
    int err, code;

    err = database_errno(
        db, sqlite3_prepare_v2(db,
                               "SELECT uid, type, number, owner_name, owner_type, lock, time_from,"
                               " time_to, max_passes, passes_left, link_id, apartment_link_id"
                               " FROM identifier ORDER BY uid",
                               -1, &stmt, NULL));
    while (!err && (code = sqlite3_step(stmt)) != SQLITE_DONE) {
        err = database_errno(db, code);
        if (!err && !read_row(stmt, &it))
            err = EBADMSG;
        if (!err)
            err = identifiers_append(table, &it);
        if (err && err != ENOMEM)
            err = EBADMSG;
    }
    return database_finish(stmt, err);
}

/* The highest uid that was ever in the table. */
static int read_last_uid(sqlite3 *db, struct identifiers *table)
{
    sqlite3_stmt *stmt = NULL;
    sqlite3_int64 uid = 0;
    int err, code;

    err = database_errno(
        db, sqlite3_prepare_v2(db, "SELECT seq FROM sqlite_sequence WHERE name = 'identifier'", -1,
                               &stmt, NULL));
    if (!err) {
        code = sqlite3_step(stmt);
        err = database_errno(db, code);
        if (!err && code == SQLITE_ROW)
            uid = sqlite3_column_int64(stmt, 0);
    }
    if (uid < 0 || uid > IDENTIFIER_MAX_UID)
        err = EBADMSG;
    else if (!err)
        identifiers_skip_to(table, (uint32_t)uid + 1);
    return database_finish(stmt, err);
}

int identifier_rows_read(struct sqlite3 *db, void *arg)
{
    struct identifiers *table = arg;
    int err = arg ? 0 : identifiers_new(&table);

    if (!err)
        err = read_all(db, table);
    if (!err)
        err = read_last_uid(db, table);
    if (!arg)
        identifiers_free(table);
    return err;
}

/* ---- writing ---- */

/* Takes the first error that was. */
static void bind_int(sqlite3_stmt *stmt, int column, int64_t value, int *code)
{
    if (*code == SQLITE_OK)
        *code = sqlite3_bind_int64(stmt, column + 1, value);
}

static void bind_text(sqlite3_stmt *stmt, int column, const char *text, int *code)
{
    if (*code == SQLITE_OK)
        *code = sqlite3_bind_text(stmt, column + 1, text, -1, SQLITE_STATIC);
}

/* What is not bound is NULL. */
static int bind(sqlite3_stmt *stmt, const struct identifier *it)
{
    int code = sqlite3_clear_bindings(stmt);

    bind_int(stmt, COLUMN_UID, it->uid, &code);
    bind_text(stmt, COLUMN_TYPE, identifier_type_text(it->type), &code);
    bind_text(stmt, COLUMN_NUMBER, it->number, &code);
    bind_text(stmt, COLUMN_OWNER_NAME, it->name, &code);
    bind_text(stmt, COLUMN_OWNER_TYPE, identifier_owner_text(it->owner), &code);
    bind_text(stmt, COLUMN_LOCK, identifier_lock_text(it->lock), &code);
    if (!it->is_time_permanent) {
        bind_int(stmt, COLUMN_FROM, it->from_s, &code);
        bind_int(stmt, COLUMN_TO, it->to_s, &code);
    }
    if (!it->is_passes_permanent) {
        bind_int(stmt, COLUMN_MAX_PASSES, it->max_passes, &code);
        bind_int(stmt, COLUMN_PASSES_LEFT, it->passes_left, &code);
    }
    bind_text(stmt, COLUMN_LINK, it->link_id, &code);
    bind_text(stmt, COLUMN_APARTMENT_LINK, it->apartment_link_id, &code);
    return code;
}

/* Run what is bound, and make ready for the next. */
static int run(sqlite3 *db, sqlite3_stmt *stmt, int code)
{
    int err = database_errno(db, code);

    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    (void)sqlite3_reset(stmt);
    return err;
}

static int put(sqlite3 *db, const struct identifier_rows *rows)
{
    sqlite3_stmt *stmt = NULL;
    int err;

    if (rows->n_put == 0)
        return 0;
    /* No REPLACE: that would be a new row to the table's count of uids. */
    err = database_errno(
        db, sqlite3_prepare_v2(
                db,
                "INSERT INTO identifier (uid, type, number, owner_name, owner_type, lock,"
                " time_from, time_to, max_passes, passes_left, link_id, apartment_link_id)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
                " ON CONFLICT (uid) DO UPDATE SET type = ?2, number = ?3, owner_name = ?4,"
                " owner_type = ?5, lock = ?6, time_from = ?7, time_to = ?8, max_passes = ?9,"
                " passes_left = ?10, link_id = ?11, apartment_link_id = ?12",
                -1, &stmt, NULL));
    for (size_t i = 0; i < rows->n_put && !err; i++)
        err = run(db, stmt, bind(stmt, &rows->put[i]));
    (void)sqlite3_finalize(stmt);
    return err;
}

static int drop(sqlite3 *db, const struct identifier_rows *rows)
{
    sqlite3_stmt *stmt = NULL;
    int err;

    if (rows->n_removed == 0)
        return 0;
    err = database_errno(
        db, sqlite3_prepare_v2(db, "DELETE FROM identifier WHERE uid = ?1", -1, &stmt, NULL));
    for (size_t i = 0; i < rows->n_removed && !err; i++)
        err = run(db, stmt, sqlite3_bind_int64(stmt, 1, rows->removed[i]));
    (void)sqlite3_finalize(stmt);
    return err;
}

static int set_passes(sqlite3 *db, const struct identifier_rows *rows)
{
    sqlite3_stmt *stmt = NULL;
    int err, code = SQLITE_OK;

    if (rows->passes_uid == 0)
        return 0;
    err = database_errno(
        db, sqlite3_prepare_v2(db, "UPDATE identifier SET passes_left = ?2 WHERE uid = ?1", -1,
                               &stmt, NULL));
    if (!err) {
        bind_int(stmt, 0, rows->passes_uid, &code);
        bind_int(stmt, 1, rows->passes_left, &code);
        err = run(db, stmt, code);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

int identifier_rows_write(struct sqlite3 *db, void *arg)
{
    const struct identifier_rows *rows = arg;
    int err = put(db, rows);

    if (!err)
        err = drop(db, rows);
    return err ? err : set_passes(db, rows);
}
