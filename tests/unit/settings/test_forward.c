/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "settings/field_error.h"
#include "settings/forward.h"
#include "settings/forward_rows.h"
#include "settings/state_dir.h"
#include "settings/store.h"

static bool read_body(const char *body, struct forward_rule *rule, struct field_error *error)
{
    json_t *root = json_loads(body, 0, NULL);
    bool is_good = forward_rule_from_json(root, 7, rule, error);

    json_decref(root);
    return is_good;
}

static struct forward_rule rule_of(uint32_t flat, const char *text)
{
    struct forward_rule rule;

    assert_true(forward_rule_from_text(text, flat, &rule));
    return rule;
}

static void test_body(void **state)
{
    struct forward_rule rule;
    struct field_error error;
    char target[NUMBER_MAX_LEN + 1];

    (void)state;
    assert_true(
        read_body("{\"forward_entity_list\":[\"101\",\"sip:1@a.b\",\"vizit:3\"]}", &rule, &error));
    assert_int_equal(rule.flat, 7);
    assert_int_equal(rule.n_targets, 3);
    assert_true(forward_rule_target(&rule, 1, target));
    assert_string_equal(target, "sip:1@a.b");
    assert_true(forward_rule_target(&rule, 2, target));
    assert_string_equal(target, "vizit:3");
    assert_false(forward_rule_target(&rule, 3, target));
}

static void test_bad_bodies(void **state)
{
    static const struct {
        const char *body, *error;
    } cases[] = {
        {"{}", "Wrong JSON body: no value for `forward_entity_list`"},
        {"{\"forward_entity_list\":\"101\"}",
         "Wrong JSON body: value `forward_entity_list` was of the wrong type"},
        {"{\"forward_entity_list\":[101]}",
         "Wrong JSON body: value `forward_entity_list` was of the wrong type"},
        {"{\"forward_entity_list\":[]}",
         "Wrong JSON body: value `forward_entity_list` is not valid"},
        {"{\"forward_entity_list\":[\"1\\n2\"]}",
         "Wrong JSON body: value `forward_entity_list` is not valid"},
        {"{\"forward_entity_list\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}",
         "Wrong JSON body: value `forward_entity_list` is not valid"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct forward_rule rule;
        struct field_error error;

        print_message("# %s\n", cases[i].body);
        assert_false(read_body(cases[i].body, &rule, &error));
        assert_string_equal(error.error, cases[i].error);
    }
}

static void test_stored_text_is_checked(void **state)
{
    static const char *const bad[] = {"",         "101", "\n",
                                      "101\n102", "x\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"};
    struct forward_rule rule;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(forward_rule_from_text(bad[i], 1, &rule));
}

static void test_table_is_sorted(void **state)
{
    static const uint32_t flats[] = {50, 1, FORWARD_MAX_FLAT, 7, 49, 2};
    struct forward_table *table = NULL;
    struct forward_rule rule;
    uint32_t last = 0;

    (void)state;
    assert_int_equal(forward_table_new(&table), 0);
    for (size_t i = 0; i < 6; i++) {
        rule = rule_of(flats[i], "101\n");
        assert_int_equal(forward_table_put(table, &rule), 0);
    }
    rule = rule_of(7, "102\n103\n"); /* replaced */
    assert_int_equal(forward_table_put(table, &rule), 0);
    forward_table_remove(table, 49);
    forward_table_remove(table, 48); /* there is none */
    assert_int_equal(forward_table_count(table), 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(forward_table_at(table, i, &rule), 0);
        assert_true(rule.flat > last);
        last = rule.flat;
    }
    assert_int_equal(forward_table_at(table, 5, &rule), ENOENT);
    assert_int_equal(forward_table_find(table, 49, &rule), ENOENT);
    assert_int_equal(forward_table_find(table, 7, &rule), 0);
    assert_int_equal(rule.n_targets, 2);
    assert_null(forward_table_free(table));
    assert_null(forward_table_free(NULL));
}

static void test_table_is_bounded(void **state)
{
    struct forward_table *table = NULL;
    struct forward_rule rule = rule_of(1, "101\n");

    (void)state;
    assert_int_equal(forward_table_new(&table), 0);
    for (uint32_t flat = 1; flat <= FORWARD_MAX_RULES; flat++) {
        rule.flat = flat;
        assert_int_equal(forward_table_put(table, &rule), 0);
    }
    assert_int_equal(forward_table_put(table, &rule), 0); /* one that is there */
    rule.flat = FORWARD_MAX_RULES + 1;
    assert_int_equal(forward_table_put(table, &rule), ENOSPC);
    forward_table_free(table);
}

static struct forward_table *load(const struct state_dir *dir)
{
    struct forward_table *table = NULL;
    struct store *store = NULL;

    assert_int_equal(store_open(dir->path, &store), 0);
    assert_int_equal(store_health(store), STORE_GOOD);
    assert_int_equal(forward_table_new(&table), 0);
    assert_int_equal(store_read(store, forward_rows_read, table), 0);
    store_close(store);
    return table;
}

static void test_rules_are_stored(void **state)
{
    const struct state_dir *dir = *state;
    static const uint32_t gone[] = {1, 3, 99};
    struct forward_rows removed = {.removed = gone, .n_removed = 3};
    struct store *store = NULL;
    struct forward_table *table;
    struct forward_rule rule;
    struct forward_rows put = {.put = &rule};

    assert_int_equal(store_open(dir->path, &store), 0);
    for (uint32_t flat = 1; flat <= 3; flat++) {
        rule = rule_of(flat, "101\nsip:1@a.b\n");
        assert_int_equal(store_write(store, forward_rows_write, &put), 0);
    }
    rule = rule_of(2, "202\n");
    assert_int_equal(store_write(store, forward_rows_write, &put), 0);
    store_close(store);
    table = load(dir);
    assert_int_equal(forward_table_count(table), 3);
    assert_int_equal(forward_table_find(table, 2, &rule), 0);
    assert_string_equal(rule.text, "202\n");
    forward_table_free(table);

    assert_int_equal(store_open(dir->path, &store), 0);
    assert_int_equal(store_write(store, forward_rows_write, &removed), 0);
    store_close(store);
    table = load(dir);
    assert_int_equal(forward_table_count(table), 1);
    forward_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body),
        cmocka_unit_test(test_bad_bodies),
        cmocka_unit_test(test_stored_text_is_checked),
        cmocka_unit_test(test_table_is_sorted),
        cmocka_unit_test(test_table_is_bounded),
        cmocka_unit_test_setup_teardown(test_rules_are_stored, state_dir_setup, state_dir_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
