/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/identifier_rows.h"
#include "access/identifiers.h"
#include "settings/state_dir.h"
#include "settings/store.h"

static struct identifier card(uint32_t uid, const char *number)
{
    struct identifier it = {.uid = uid,
                            .type = IDENTIFIER_CARD,
                            .is_time_permanent = true,
                            .is_passes_permanent = true};

    (void)snprintf(it.number, sizeof(it.number), "%s", number);
    return it;
}

static struct store *open_store(const struct state_dir *dir, enum store_health health)
{
    struct store *store = NULL;

    assert_int_equal(store_open_with(dir->path, identifier_rows_read, &store), 0);
    assert_int_equal(store_health(store), health);
    return store;
}

static struct identifiers *load(const struct state_dir *dir, enum store_health health)
{
    struct store *store = open_store(dir, health);
    struct identifiers *table = NULL;

    assert_int_equal(identifiers_new(&table), 0);
    assert_int_equal(store_read(store, identifier_rows_read, table), 0);
    store_close(store);
    return table;
}

static void save(const struct state_dir *dir, struct identifier_rows rows)
{
    struct store *store = open_store(dir, STORE_GOOD);

    assert_int_equal(store_write(store, identifier_rows_write, &rows), 0);
    store_close(store);
}

static void test_rows_come_back(void **state)
{
    const struct state_dir *dir = *state;
    static const uint32_t gone[] = {2, 9};
    struct identifier list[3] = {card(1, "1"), card(2, "00:02"), card(3, "3")}, got;
    struct identifiers *table;

    list[2].type = IDENTIFIER_PLATE;
    list[2].lock = IDENTIFIER_ALL;
    list[2].owner = IDENTIFIER_GUEST;
    list[2].is_time_permanent = list[2].is_passes_permanent = false;
    list[2].from_s = 1;
    list[2].to_s = IDENTIFIER_MAX_TIME_S;
    list[2].max_passes = 9;
    list[2].passes_left = 8;
    memset(list[2].name, 'n', IDENTIFIER_MAX_NAME);
    memset(list[2].number, '#', IDENTIFIER_MAX_NUMBER);
    memset(list[2].link_id, 'l', IDENTIFIER_MAX_LINK);
    memset(list[2].apartment_link_id, 'a', IDENTIFIER_MAX_LINK);
    save(dir, (struct identifier_rows){.put = list, .n_put = 3});
    table = load(dir, STORE_GOOD);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(identifiers_find(table, list[i].uid, &got), 0);
        assert_memory_equal(&got, &list[i], sizeof(got));
    }
    identifiers_free(table);

    (void)snprintf(list[0].number, sizeof(list[0].number), "44");
    save(dir, (struct identifier_rows){.put = list,
                                       .n_put = 1,
                                       .removed = gone,
                                       .n_removed = 2,
                                       .passes_uid = 3,
                                       .passes_left = 7});
    table = load(dir, STORE_GOOD);
    assert_int_equal(identifiers_count(table), 2);
    assert_int_equal(identifiers_find(table, 1, &got), 0);
    assert_string_equal(got.number, "44");
    assert_int_equal(identifiers_find(table, 3, &got), 0);
    assert_int_equal(got.passes_left, 7);
    identifiers_free(table);
}

static void test_uids_are_not_given_again_after_a_restart(void **state)
{
    const struct state_dir *dir = *state;
    static const uint32_t all[] = {1, 2, 3};
    const struct identifier list[] = {card(1, "1"), card(2, "2"), card(3, "3")};
    struct identifiers *table;

    save(dir, (struct identifier_rows){.put = list, .n_put = 3});
    save(dir, (struct identifier_rows){.removed = all, .n_removed = 3});
    table = load(dir, STORE_GOOD);
    assert_int_equal(identifiers_count(table), 0);
    assert_int_equal(identifiers_next_uid(table), 4);
    identifiers_free(table);
}

static void spoil(const struct state_dir *dir, const char *sql)
{
    char path[128];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof(path), "%s/portero.db", dir->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    (void)sqlite3_close(db);
}

/* What no client could have sent is damage: the last good backup runs. */
static void test_rows_are_checked(void **state)
{
    static const char *const damages[] = {
        "UPDATE identifier SET type = 'badge'",
        "UPDATE identifier SET number = '1x'",
        "UPDATE identifier SET number = '0' || printf('%.70c', '1')",
        "UPDATE identifier SET lock = 'third'",
        "UPDATE identifier SET owner_type = ''",
        "UPDATE identifier SET owner_name = printf('%.129c', 'a')",
        "UPDATE identifier SET owner_name = char(10)",
        "UPDATE identifier SET link_id = printf('%.65c', 'a')",
        "UPDATE identifier SET time_from = 5",
        "UPDATE identifier SET time_from = 5, time_to = 4",
        "UPDATE identifier SET time_from = -5, time_to = 4",
        "UPDATE identifier SET max_passes = 1",
        "UPDATE identifier SET max_passes = 1, passes_left = 2",
        "UPDATE identifier SET max_passes = 4294967297, passes_left = 1",
        "UPDATE identifier SET uid = 1000000000 WHERE uid = 2",
        "UPDATE identifier SET uid = -1 WHERE uid = 2",
        "UPDATE identifier SET number = '001' WHERE uid = 2",
        "UPDATE identifier SET link_id = 'x'",
        "UPDATE sqlite_sequence SET seq = -1",
        "DROP TABLE identifier",
    };
    const struct state_dir *dir = *state;
    const struct identifier list[] = {card(1, "1"), card(2, "2")};
    struct store *store = open_store(dir, STORE_GOOD);
    struct identifier_rows rows = {.put = list, .n_put = 2};

    assert_int_equal(store_write(store, identifier_rows_write, &rows), 0);
    assert_int_equal(store_backup(store), 0);
    store_close(store);
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct identifiers *table;

        print_message("%s\n", damages[i]);
        spoil(dir, damages[i]);
        table = load(dir, STORE_RECOVERED);
        assert_int_equal(identifiers_count(table), 2);
        identifiers_free(table);
    }
}

/* All or nothing: the second of two cannot be written. */
static void test_half_a_change_is_none(void **state)
{
    const struct state_dir *dir = *state;
    struct identifier list[] = {card(1, "1"), card(2, "2")};
    static const uint32_t one[] = {1};
    struct identifier_rows rows = {.put = list, .n_put = 2};
    struct identifiers *table;
    struct store *store;

    save(dir, rows);
    spoil(dir, "CREATE UNIQUE INDEX only ON identifier (number)");
    (void)snprintf(list[0].number, sizeof(list[0].number), "3");
    (void)snprintf(list[1].number, sizeof(list[1].number), "3");
    rows.removed = one;
    rows.n_removed = 1;
    store = open_store(dir, STORE_GOOD);
    assert_int_not_equal(store_write(store, identifier_rows_write, &rows), 0);
    store_close(store);
    table = load(dir, STORE_GOOD);
    assert_int_equal(identifiers_count(table), 2);
    identifiers_free(table);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, state_dir_setup, state_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rows_come_back),
        TEST(test_uids_are_not_given_again_after_a_restart),
        TEST(test_rows_are_checked),
        TEST(test_half_a_change_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
