/* SPDX-License-Identifier: MIT */
/* Numbers are never given twice, also after kill -9 with events told that no disk has seen: some
 * are reserved on disk ahead of those in use, and a start after anything but a clean end goes on
 * behind them. Where the disk does not tell (no room ever, a damaged file), they go on from the
 * clock: seconds since 1970 are more than any count of events. */
#include "journal/journal_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "settings/database.h"
#include "settings/store_files.h"

enum {
    VERSION = 1,
    MAX_VALUE_LEN = 16 * 1024,
    AGE_CHECK_MS = 3600 * 1000,
    DAY_MS = 24 * 3600 * 1000,
};

struct journal_file {
    char path[PATH_MAX + 16];
    int dir_fd;
    unsigned max_events, max_days;
    sqlite3 *db;           /* NULL: not open */
    int64_t reserved;      /* numbers below are on disk as taken */
    int64_t count;         /* events in the file; -1: not yet counted */
    uint64_t age_check_ms; /* when the old ones go next */
    char note[JOURNAL_FILE_MAX_NOTE];
};

static const char schema[] =
    "CREATE TABLE event ("
    " number INTEGER PRIMARY KEY,"
    " at_ms INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " category TEXT NOT NULL,"
    " priority TEXT NOT NULL,"
    " text TEXT NOT NULL,"
    " fields TEXT NOT NULL) STRICT;"
    /* One index has all that is asked for, so that a filter never reads the events themselves: more
     * of them would cost more writing with each event. */
    "CREATE INDEX event_by_kind ON event (category, priority, name, at_ms);"
    "CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO state VALUES ('reserved', 1);"
    "PRAGMA user_version = 1";

int journal_file_new(const char *dir, int dir_fd, unsigned max_events, unsigned max_days,
                     struct journal_file **ret_file)
{
    struct journal_file *file = calloc(1, sizeof(*file));
    char absolute[PATH_MAX];

    if (!file)
        return ENOMEM;
    if (!realpath(dir, absolute)) {
        free(file);
        return ENAMETOOLONG;
    }
    (void)snprintf(file->path, sizeof(file->path), "%s/" JOURNAL_FILE, absolute);
    file->dir_fd = dir_fd;
    file->max_events = max_events;
    file->max_days = max_days;
    file->count = -1;
    *ret_file = file;
    return 0;
}

static void shut(struct journal_file *file)
{
    file->db = database_close(file->db);
    file->count = -1;
    file->reserved = 0;
}

struct journal_file *journal_file_free(struct journal_file *file)
{
    if (file)
        shut(file);
    free(file);
    return NULL;
}

/* The first column of the first row; *ret_value stays if there is none. */
static int query_integer(sqlite3 *db, const char *sql, int64_t *ret_value)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW && sqlite3_column_type(stmt, 0) == SQLITE_INTEGER)
        *ret_value = sqlite3_column_int64(stmt, 0);
    return database_finish(stmt, database_errno(db, code));
}

/* One statement with one number. */
static int run_integer(sqlite3 *db, const char *sql, int64_t value)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(stmt, 1, value);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    return database_finish(stmt, database_errno(db, code));
}

static int connect_database(struct journal_file *file)
{
    /* To look at it as a whole takes too long at a start. */
    int err = database_connect(file->path, &file->db);

    if (err)
        return err;
    (void)sqlite3_limit(file->db, SQLITE_LIMIT_LENGTH, MAX_VALUE_LEN);
    return database_exec(file->db, "PRAGMA cache_size = -256; PRAGMA synchronous = NORMAL");
}

/* Which numbers were given. */
static int look(struct journal_file *file, int64_t *ret_next)
{
    int64_t version = 0, reserved = -1, last = 0;
    int err = query_integer(file->db, "PRAGMA user_version", &version);

    if (!err && version != VERSION)
        return version > VERSION ? ENOTSUP : EBADMSG;
    if (!err)
        err = query_integer(file->db, "SELECT value FROM state WHERE name = 'reserved'", &reserved);
    if (!err)
        err = query_integer(file->db, "SELECT max(number) FROM event", &last);
    if (!err && (reserved < 1 || last < 0 || last >= INT64_MAX / 2 || reserved >= INT64_MAX / 2))
        err = EBADMSG;
    if (!err)
        *ret_next = reserved > last ? reserved : last + 1;
    return err;
}

static void move_aside(struct journal_file *file)
{
    char name[STORE_FILES_MAX_NAME];
    int err;

    shut(file);
    err = store_files_move_aside(file->dir_fd, JOURNAL_FILE, name);
    if (err)
        (void)snprintf(file->note, sizeof(file->note),
                       "%s is damaged and cannot be moved aside: %s", JOURNAL_FILE, strerror(err));
    else
        (void)snprintf(file->note, sizeof(file->note),
                       "%s is damaged: it is kept as %s and a new one begun", JOURNAL_FILE, name);
}

int64_t journal_file_number_from_clock(int64_t at_least)
{
    int64_t now_s = clock_unix_s();

    return now_s > at_least ? now_s : at_least;
}

static int set_reserved(struct journal_file *file, int64_t reserved)
{
    int err =
        run_integer(file->db, "UPDATE state SET value = ?1 WHERE name = 'reserved'", reserved);

    if (!err)
        file->reserved = reserved;
    return err;
}

static int make_tables(struct journal_file *file)
{
    int err = database_exec(file->db, "BEGIN");

    if (err)
        return err;
    return database_end(file->db, database_exec(file->db, schema));
}

static int make(struct journal_file *file)
{
    char aside[STORE_FILES_MAX_NAME];
    int err;

    /* A log without its database must not be played into a new one. */
    err = store_files_move_aside(file->dir_fd, JOURNAL_FILE, aside);
    if (!err)
        err = store_files_make(file->dir_fd, JOURNAL_FILE);
    if (!err)
        err = connect_database(file);
    if (!err)
        err = database_start(file->db);
    if (!err)
        err = make_tables(file);
    if (err) { /* half of it would look damaged next time */
        shut(file);
        store_files_remove(file->dir_fd, JOURNAL_FILE);
    }
    return err;
}

static int open_old(struct journal_file *file, int64_t *next)
{
    int err = connect_database(file);

    (void)store_files_make_private(file->dir_fd, JOURNAL_FILE);
    if (!err)
        err = look(file, next);
    if (!err)
        err = database_start(file->db);
    /* What is written here need only outlast the process: a start shall not wait for the disk. The
     * next commit syncs this, too. */
    if (!err)
        err = database_exec(file->db, "PRAGMA synchronous = OFF");
    return err;
}

int journal_file_open(struct journal_file *file, int64_t at_least, int64_t *ret_next)
{
    long long size = store_files_size(file->dir_fd, JOURNAL_FILE);
    int64_t next = at_least;
    int err = size < 0 ? 0 : size == 0 ? EBADMSG : open_old(file, &next);

    if (err == EBADMSG) {
        move_aside(file);
        next = journal_file_number_from_clock(at_least);
        err = 0;
    }
    if (!err && !file->db)
        err = make(file);
    if (next < at_least)
        next = at_least;
    if (!err)
        err = set_reserved(file, next + JOURNAL_FILE_RESERVE);
    if (!err)
        err = database_exec(file->db, "PRAGMA synchronous = FULL");
    if (err) {
        shut(file);
        next = journal_file_number_from_clock(next);
    }
    *ret_next = next;
    return err;
}

static int insert(struct journal_file *file, const struct entry *first)
{
    sqlite3_stmt *stmt = NULL;
    int err = database_errno(
        file->db, sqlite3_prepare_v2(file->db, "INSERT INTO event VALUES (?1,?2,?3,?4,?5,?6,?7)",
                                     -1, &stmt, NULL));

    for (const struct entry *entry = first; entry && !err; entry = entry->next) {
        const char *const texts[] = {entry->name, entry->category, entry->priority, entry->text,
                                     entry->fields};
        int code = sqlite3_bind_int64(stmt, 1, entry->number);

        if (code == SQLITE_OK)
            code = sqlite3_bind_int64(stmt, 2, entry->at_ms);
        for (int i = 0; i < 5 && code == SQLITE_OK; i++)
            code = sqlite3_bind_text(stmt, i + 3, texts[i], -1, SQLITE_STATIC);
        if (code == SQLITE_OK)
            code = sqlite3_step(stmt);
        err = database_errno(file->db, code);
        (void)sqlite3_reset(stmt);
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

/* By a clock that was never set nothing is old, and of what it dated nobody knows how old it is. */
static int remove_old(struct journal_file *file, int64_t *count)
{
    const int64_t released_ms = PORTERO_RELEASED_AT_S * 1000LL;
    int64_t before_ms = clock_unix_ms() - (int64_t)file->max_days * DAY_MS;
    char sql[120];
    int err;

    if (before_ms < released_ms)
        return 0;
    (void)snprintf(sql, sizeof(sql), "DELETE FROM event WHERE at_ms >= %lld AND at_ms < ?1",
                   (long long)released_ms);
    err = run_integer(file->db, sql, before_ms);
    if (!err)
        *count -= sqlite3_changes(file->db);
    return err;
}

/* *count: how many there are; brought up to date. */
static int remove_too_many(struct journal_file *file, int64_t *count)
{
    int err;

    if (*count <= file->max_events)
        return 0;
    err = run_integer(file->db,
                      "DELETE FROM event WHERE number IN"
                      " (SELECT number FROM event ORDER BY number LIMIT ?1)",
                      *count - file->max_events);
    if (!err)
        *count -= sqlite3_changes(file->db);
    return err;
}

/* Returns 0 or an errno value; the transaction goes on or is rolled back by the caller. */
static int write_and_remove(struct journal_file *file, const struct entry *first, int64_t *count,
                            int64_t *reserved)
{
    int err = insert(file, first);

    for (const struct entry *entry = first; entry; entry = entry->next) {
        ++*count;
        if (entry->number + JOURNAL_FILE_RESERVE / 2 >= *reserved)
            *reserved = entry->number + 1 + JOURNAL_FILE_RESERVE;
    }
    if (!err && *reserved != file->reserved)
        err = set_reserved(file, *reserved);
    if (!err && clock_monotonic_ms() >= file->age_check_ms) {
        err = remove_old(file, count);
        file->age_check_ms = clock_monotonic_ms() + AGE_CHECK_MS;
    }
    return err ? err : remove_too_many(file, count);
}

static int count_all(struct journal_file *file)
{
    return file->count >= 0 ? 0
                            : query_integer(file->db, "SELECT count(*) FROM event", &file->count);
}

static int write_all(struct journal_file *file, const struct entry *first)
{
    int64_t old_reserved = file->reserved, reserved = file->reserved;
    int64_t count;
    int err;

    err = count_all(file);
    count = file->count;
    if (!err)
        err = database_exec(file->db, "BEGIN");
    if (err)
        return err;
    err = write_and_remove(file, first, &count, &reserved);
    err = database_end(file->db, err);
    if (err)
        file->reserved = old_reserved;
    else
        file->count = count;
    return err;
}

int journal_file_write(struct journal_file *file, const struct entry *first, int64_t next,
                       int64_t *ret_reserved)
{
    int64_t unused;
    int err = 0;

    for (int attempt = 0; attempt < 2; attempt++) {
        err = file->db ? 0 : journal_file_open(file, next, &unused);
        if (!err && first)
            err = write_all(file, first);
        if (err != EBADMSG)
            break;
        move_aside(file);
    }
    if (err == EIO) /* what the disk holds is not sure: look again next time */
        shut(file);
    *ret_reserved = file->reserved;
    return err;
}

int journal_file_clear(struct journal_file *file, int64_t up_to)
{
    int err;

    if (!file->db)
        return ENOENT;
    file->count = -1;
    err = database_exec(file->db, "PRAGMA secure_delete = ON");
    if (!err)
        err = run_integer(file->db, "DELETE FROM event WHERE number <= ?1", up_to);
    if (!err) /* the log still has what was written */
        err = database_exec(file->db, "PRAGMA wal_checkpoint(TRUNCATE)");
    (void)database_exec(file->db, "PRAGMA secure_delete = OFF");
    return err;
}

int journal_file_close(struct journal_file *file, int64_t next)
{
    int err = 0;

    if (file->db)
        err = set_reserved(file, next);
    shut(file);
    return err;
}

bool journal_filter_has(const struct journal_filter *filter, const struct entry *entry)
{
    return (!filter->category[0] || !strcmp(filter->category, entry->category)) &&
           (!filter->name[0] || !strcmp(filter->name, entry->name)) &&
           (!filter->priority[0] || !strcmp(filter->priority, entry->priority)) &&
           entry->at_ms >= filter->from_ms && entry->at_ms <= filter->to_ms &&
           entry->number > filter->after && entry->number <= filter->up_to;
}

#define WHERE                                                                                      \
    " WHERE (?1 = '' OR category = ?1) AND (?2 = '' OR priority = ?2) AND (?3 = '' OR name = ?3)"  \
    " AND at_ms >= ?4 AND at_ms <= ?5 AND number > ?6 AND number <= ?7"

static int bind_filter(sqlite3_stmt *stmt, const struct journal_filter *filter)
{
    const char *const texts[] = {filter->category, filter->priority, filter->name};
    const int64_t numbers[] = {filter->from_ms, filter->to_ms, filter->after, filter->up_to};
    int code = SQLITE_OK;

    for (int i = 0; i < 3 && code == SQLITE_OK; i++)
        code = sqlite3_bind_text(stmt, i + 1, texts[i], -1, SQLITE_STATIC);
    for (int i = 0; i < 4 && code == SQLITE_OK; i++)
        code = sqlite3_bind_int64(stmt, i + 4, numbers[i]);
    return code;
}

static bool is_filtered(const struct journal_filter *filter)
{
    return filter->category[0] || filter->priority[0] || filter->name[0] || filter->from_ms > 0 ||
           filter->to_ms < INT64_MAX;
}

/* Without a filter: all but those behind, which are few. */
static int count_up_to(struct journal_file *file, struct journal_rows *rows)
{
    char sql[80];
    int64_t n_behind = 0;
    int err = count_all(file);

    (void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM event WHERE number > %lld",
                   (long long)rows->filter->up_to);
    if (!err)
        err = query_integer(file->db, sql, &n_behind);
    if (!err)
        rows->total = file->count - n_behind;
    return err;
}

static int count_rows(struct journal_file *file, struct journal_rows *rows)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(
        file->db, "SELECT count(*) FROM event INDEXED BY event_by_kind" WHERE, -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = bind_filter(stmt, rows->filter);
    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        rows->total = sqlite3_column_int64(stmt, 0);
    return database_finish(stmt, database_errno(file->db, code));
}

static int take_row(sqlite3_stmt *stmt, struct entry **ret_entry)
{
    const struct entry_parts parts = {
        .number = sqlite3_column_int64(stmt, 0),
        .at_ms = sqlite3_column_int64(stmt, 1),
        .name = database_column_text(stmt, 2),
        .category = database_column_text(stmt, 3),
        .priority = database_column_text(stmt, 4),
        .text = database_column_text(stmt, 5),
        .fields = database_column_text(stmt, 6),
    };

    if (!parts.name || !parts.category || !parts.priority || !parts.text || !parts.fields)
        return EBADMSG;
    return entry_new(&parts, ret_entry);
}

/* By an index that has all the filter needs, or in the order of numbers: whatever has fewer rows
 * to look at. */
static const char *choose_sql(const struct journal_rows *rows)
{
#define ROWS                                                                                       \
    "SELECT number, at_ms, name, category, priority, text, fields FROM event WHERE number IN"      \
    " (SELECT number FROM event "
#define OLDEST " ORDER BY number LIMIT ?8 OFFSET ?9) ORDER BY number"
#define NEWEST " ORDER BY number DESC LIMIT ?8 OFFSET ?9) ORDER BY number DESC"
    if (is_filtered(rows->filter))
        return rows->is_newest_first ? ROWS "INDEXED BY event_by_kind" WHERE NEWEST
                                     : ROWS "INDEXED BY event_by_kind" WHERE OLDEST;
    return rows->is_newest_first ? ROWS "NOT INDEXED" WHERE NEWEST
                                 : ROWS "NOT INDEXED" WHERE OLDEST;
}

static int read_rows(struct journal_file *file, struct journal_rows *rows)
{
    struct entry **end = &rows->first;
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(file->db, choose_sql(rows), -1, &stmt, NULL);
    int err = 0;

    if (code == SQLITE_OK)
        code = bind_filter(stmt, rows->filter);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(stmt, 8, rows->limit);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(stmt, 9, rows->offset);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(stmt);
        if (code != SQLITE_ROW)
            break;
        err = take_row(stmt, end);
        if (err)
            break;
        end = &(*end)->next;
        rows->n++;
    }
    return database_finish(stmt, err ? err : database_errno(file->db, code));
}

int journal_file_read(struct journal_file *file, struct journal_rows *rows)
{
    int err = file->db ? 0 : ENOENT;

    rows->first = NULL;
    rows->total = 0;
    rows->n = 0;
    if (!err && rows->has_total)
        err = is_filtered(rows->filter) || rows->filter->after ? count_rows(file, rows)
                                                               : count_up_to(file, rows);
    if (!err && rows->limit)
        err = read_rows(file, rows);
    if (!err)
        return 0;
    while (rows->first) {
        struct entry *entry = rows->first;

        rows->first = entry->next;
        entry_free(entry);
    }
    rows->n = 0;
    rows->total = 0;
    if (err == EBADMSG)
        move_aside(file);
    return err;
}

/* code: of the preparing; binds the name, and the value if the statement has one. */
static int bind_mark(sqlite3_stmt *stmt, int code, const char *name, int64_t value)
{
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    if (code == SQLITE_OK && sqlite3_bind_parameter_count(stmt) == 2)
        code = sqlite3_bind_int64(stmt, 2, value);
    return code == SQLITE_OK ? sqlite3_step(stmt) : code;
}

int journal_file_read_mark(struct journal_file *file, const char *name, int64_t *ret_value)
{
    sqlite3_stmt *stmt = NULL;
    int code;

    *ret_value = 0;
    if (!file->db)
        return ENOENT;
    code = sqlite3_prepare_v2(file->db, "SELECT value FROM state WHERE name = ?1", -1, &stmt, NULL);
    code = bind_mark(stmt, code, name, 0);
    if (code == SQLITE_ROW)
        *ret_value = sqlite3_column_int64(stmt, 0);
    return database_finish(stmt, database_errno(file->db, code));
}

int journal_file_write_mark(struct journal_file *file, const char *name, int64_t value)
{
    sqlite3_stmt *stmt = NULL;
    int code;

    if (!file->db)
        return ENOENT;
    code = sqlite3_prepare_v2(file->db,
                              "INSERT INTO state VALUES (?1, ?2)"
                              " ON CONFLICT (name) DO UPDATE SET value = ?2",
                              -1, &stmt, NULL);
    code = bind_mark(stmt, code, name, value);
    return database_finish(stmt, database_errno(file->db, code));
}

bool journal_file_take_note(struct journal_file *file, char ret_note[JOURNAL_FILE_MAX_NOTE])
{
    memcpy(ret_note, file->note, JOURNAL_FILE_MAX_NOTE);
    file->note[0] = '\0';
    return ret_note[0] != '\0';
}
