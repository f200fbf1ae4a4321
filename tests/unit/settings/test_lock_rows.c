/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings/database.h"
#include "settings/lock_rows.h"
#include "settings/settings_rows.h"
#include "settings/state_dir.h"

static sqlite3 *db;
static struct settings settings, read_again;
static struct settings_secrets secrets;

static int setup(void **state)
{
    char path[128];
    int version;

    if (state_dir_setup(state))
        return 1;
    (void)snprintf(path, sizeof(path), "%s/test.db", ((struct state_dir *)*state)->path);
    state_dir_write(*state, "test.db", "", 0);
    settings_init(&settings);
    return database_open(path, &db) || database_begin_upgrade(db, &version) || database_end(db, 0);
}

static int teardown(void **state)
{
    db = database_close(db);
    return state_dir_teardown(state);
}

static int read_rows(void)
{
    return settings_rows_read(db, NULL, &read_again, &secrets);
}

static void test_what_is_written_is_read(void **state)
{
    struct lock_settings *locks = &settings.locks;

    (void)state;
    assert_int_equal(read_rows(), 0); /* of before there were locks */
    assert_memory_equal(&read_again.locks, &lock_settings_default, sizeof(*locks));
    *locks = (struct lock_settings){
        .timeout_s = {1, 600},
        .delay_s = {9, 0},
        .type = {LOCK_TYPE_ELECTROMAGNETIC, LOCK_TYPE_ELECTROMECHANICAL},
        .dtmf_code = {"", "A*#1", "0"},
    };
    assert_int_equal(settings_rows_write(db, NULL, &settings), 0);
    assert_int_equal(read_rows(), 0);
    assert_memory_equal(&read_again.locks, locks, sizeof(*locks)); /* "" did not become "*" */
}

static void test_nothing_is_written_twice(void **state)
{
    int before;

    (void)state;
    settings.locks.dtmf_code[0][0] = '\0';
    assert_int_equal(settings_rows_write(db, NULL, &settings), 0);
    before = sqlite3_total_changes(db);
    assert_int_equal(settings_rows_write(db, NULL, &settings), 0);
    assert_int_equal(sqlite3_total_changes(db), before);
}

static void test_bad_rows_are_refused(void **state)
{
    static const char *const bad[] = {
        "lock.timeout_1', '0",       "lock.timeout_2', '601", "lock.timeout_1', 'x",
        "lock.delay_1', '10",        "lock.type_2', 'magic",  "lock.dtmf_code_0', '12345",
        "lock.dtmf_code_1', 'none ", "lock.dtmf_code_2', 'a", "lock.dtmf_code_2', '1#",
    };
    char sql[200];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(sql, sizeof(sql), "DELETE FROM setting; INSERT INTO setting VALUES ('%s')",
                       bad[i]);
        print_message("# %s\n", sql);
        assert_int_equal(database_exec(db, sql), 0);
        assert_int_equal(read_rows(), EBADMSG);
    }
}

static void test_later_versions_rows_are_let_be(void **state)
{
    (void)state;
    assert_int_equal(database_exec(db, "INSERT INTO setting VALUES ('lock.timeout_3', 'x'),"
                                       " ('lock.dtmf_code_3', 'xxxxx'),"
                                       " ('lock.dtmf_code_12', 'xxxxx'), ('lock.color', 'red')"),
                     0);
    assert_int_equal(read_rows(), 0);
    assert_memory_equal(&read_again.locks, &lock_settings_default, sizeof(read_again.locks));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_written_is_read),
        TEST(test_nothing_is_written_twice),
        TEST(test_bad_rows_are_refused),
        TEST(test_later_versions_rows_are_let_be),
    };

    return cmocka_run_group_tests_name("lock_rows", tests, NULL, NULL);
}
