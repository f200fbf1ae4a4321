/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "settings/database.h"
#include "settings/state_dir.h"

static const char *path_of(const struct state_dir *dir)
{
    static char path[128];

    (void)snprintf(path, sizeof(path), "%s/test.db", dir->path);
    return path;
}

static sqlite3 *open_new(const struct state_dir *dir)
{
    sqlite3 *db = NULL;
    int version;

    state_dir_write(dir, "test.db", "", 0);
    assert_int_equal(database_open(path_of(dir), &db), 0);
    assert_int_equal(database_begin_upgrade(db, &version), 0);
    assert_int_equal(version, 0);
    assert_int_equal(database_end(db, 0), 0);
    return db;
}

static void test_an_empty_file_gets_the_schema(void **state)
{
    sqlite3 *db = open_new(*state);
    int version;

    assert_int_equal(database_exec(db, "SELECT * FROM sip_account, setting, https_identity"), 0);
    assert_int_equal(database_begin_upgrade(db, &version), 0);
    assert_int_equal(version, DATABASE_VERSION);
    assert_int_equal(database_end(db, 0), 0);
    assert_int_equal(database_start(db), 0);
    database_close(db);
    assert_false(state_dir_has(*state, "test.db-wal"));
}

static void test_a_refused_upgrade_changes_nothing(void **state)
{
    struct state_dir *dir = *state;
    sqlite3 *db = NULL;
    size_t len;
    int version;

    state_dir_write(dir, "test.db", "", 0);
    assert_int_equal(database_open(path_of(dir), &db), 0);
    assert_int_equal(database_begin_upgrade(db, &version), 0);
    assert_int_equal(database_end(db, EBADMSG), EBADMSG);
    database_close(db);
    free(state_dir_read(dir, "test.db", &len));
    assert_int_equal(len, 0);
}

static void test_other_peoples_databases_are_not_ours(void **state)
{
    struct state_dir *dir = *state;
    sqlite3 *db = NULL;
    int version;

    db = open_new(dir);
    assert_int_equal(database_exec(db, "DROP TABLE setting; PRAGMA user_version = 0"), 0);
    assert_int_equal(database_begin_upgrade(db, &version), EBADMSG);
    assert_int_equal(database_exec(db, "PRAGMA user_version = 99"), 0);
    assert_int_equal(database_begin_upgrade(db, &version), ENOTSUP);
    assert_int_equal(version, 99);
    assert_int_equal(database_exec(db, "PRAGMA user_version = -1"), 0);
    assert_int_equal(database_begin_upgrade(db, &version), EBADMSG);
    assert_int_equal(sqlite3_get_autocommit(db), 1);
    database_close(db);
}

static void test_no_file_and_no_database(void **state)
{
    struct state_dir *dir = *state;
    sqlite3 *db = NULL;

    assert_int_equal(database_open(path_of(dir), &db), ENOENT);
    state_dir_write(dir, "test.db", "this is no database, however long it may be made.", 49);
    assert_int_equal(database_open(path_of(dir), &db), EBADMSG);
    assert_null(db);
    assert_null(database_close(NULL));
}

/* Nothing that somebody put into the file's schema runs. */
static void test_triggers_of_the_file_do_not_run(void **state)
{
    static const char trigger[] =
        "CREATE TRIGGER evil AFTER INSERT ON setting BEGIN"
        " INSERT INTO setting VALUES ('evil', 'ran') ON CONFLICT DO NOTHING; END";
    sqlite3 *db = open_new(*state);

    assert_int_equal(database_exec(db, trigger), 0);
    assert_int_equal(database_exec(db, "INSERT INTO setting VALUES ('a', 'b')"), 0);
    assert_int_equal(sqlite3_total_changes(db), 1);
    database_close(db);
}

static void test_long_values_are_refused(void **state)
{
    sqlite3 *db = open_new(*state);

    assert_int_equal(database_exec(db, "INSERT INTO setting VALUES ('a', hex(zeroblob(32000)))"),
                     0);
    assert_int_not_equal(
        database_exec(db, "INSERT INTO setting VALUES ('b', hex(zeroblob(40000)))"), 0);
    database_close(db);
}

static void test_result_codes(void **state)
{
    static const struct {
        int code;
        int err;
    } codes[] = {
        {SQLITE_OK, 0},           {SQLITE_ROW, 0},         {SQLITE_DONE, 0},
        {SQLITE_FULL, ENOSPC},    {SQLITE_NOMEM, ENOMEM},  {SQLITE_BUSY, EBUSY},
        {SQLITE_READONLY, EROFS}, {SQLITE_PERM, EACCES},   {SQLITE_CORRUPT, EBADMSG},
        {SQLITE_NOTADB, EBADMSG}, {SQLITE_ERROR, EBADMSG}, {SQLITE_IOERR_FSYNC, EIO},
        {SQLITE_CANTOPEN, EIO},
    };
    sqlite3 *db = open_new(*state);

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_int_equal(database_errno(db, codes[i].code), codes[i].err);
    database_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, state_dir_setup, state_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_empty_file_gets_the_schema),
        TEST(test_a_refused_upgrade_changes_nothing),
        TEST(test_other_peoples_databases_are_not_ours),
        TEST(test_no_file_and_no_database),
        TEST(test_triggers_of_the_file_do_not_run),
        TEST(test_long_values_are_refused),
        TEST(test_result_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
