/* SPDX-License-Identifier: MIT */
#include "settings/forward_rows.h"

#include <errno.h>

#include "settings/database.h"
#include "settings/forward.h"

static int read_row(sqlite3_stmt *stmt, struct forward_table *table)
{
    sqlite3_int64 flat = sqlite3_column_int64(stmt, 0);
    const char *text = database_column_text(stmt, 1);
    struct forward_rule rule;

    if (!text || flat < 1 || flat > FORWARD_MAX_FLAT ||
        !forward_rule_from_text(text, (uint32_t)flat, &rule))
        return EBADMSG;
    return table ? forward_table_put(table, &rule) : 0;
}

int forward_rows_read(struct sqlite3 *db, void *arg)
{
    struct forward_table *table = arg;
    sqlite3_stmt *stmt = NULL;
    int err, code;

    err = database_errno(
        db, sqlite3_prepare_v2(db, "SELECT flat, targets FROM forward_rule", -1, &stmt, NULL));
    if (err)
        return err;
    while (!err && (code = sqlite3_step(stmt)) != SQLITE_DONE) {
        err = database_errno(db, code);
        if (!err)
            err = read_row(stmt, table);
    }
    return database_finish(stmt, err);
}

static int run(sqlite3 *db, const char *sql, uint32_t flat, const char *text)
{
    sqlite3_stmt *stmt = NULL;
    int err = database_errno(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));

    if (!err)
        err = database_errno(db, sqlite3_bind_int64(stmt, 1, flat));
    if (!err && text)
        err = database_errno(db, sqlite3_bind_text(stmt, 2, text, -1, NULL));
    if (!err)
        err = database_errno(db, sqlite3_step(stmt));
    (void)sqlite3_finalize(stmt);
    return err;
}

int forward_rows_write(struct sqlite3 *db, void *arg)
{
    const struct forward_rows *rows = arg;
    int err = 0;

    if (rows->put)
        err = run(db,
                  "INSERT INTO forward_rule (flat, targets) VALUES (?1, ?2)"
                  " ON CONFLICT (flat) DO UPDATE SET targets = ?2",
                  rows->put->flat, rows->put->text);
    for (size_t i = 0; i < rows->n_removed && !err; i++)
        err = run(db, "DELETE FROM forward_rule WHERE flat = ?1", rows->removed[i], NULL);
    return err;
}
