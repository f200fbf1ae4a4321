/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "access/identifiers.h"
#include "panel/identifier_pages.h"

static struct identifiers *table_of(unsigned count)
{
    struct identifiers *table = NULL;

    assert_int_equal(identifiers_new(&table), 0);
    for (unsigned uid = 1; uid <= count; uid++) {
        struct identifier it = {.uid = uid, .is_time_permanent = true, .is_passes_permanent = true};

        (void)snprintf(it.number, sizeof(it.number), "%u", uid);
        assert_int_equal(identifiers_append(table, &it), 0);
    }
    return table;
}

static size_t list(const struct identifiers *table, struct identifier_query query,
                   size_t *ret_total)
{
    json_t *items = identifier_pages_list(table, &query, ret_total);
    size_t n = json_array_size(items);

    assert_non_null(items);
    json_decref(items);
    return n;
}

static void test_lists(void **state)
{
    struct identifiers *table = table_of(250);
    size_t total;

    (void)state;
    assert_int_equal(list(table, (struct identifier_query){.limit = 10}, &total), 10);
    assert_int_equal(total, 250);
    assert_int_equal(list(table, (struct identifier_query){.limit = 1000}, &total),
                     IDENTIFIER_PAGES_MAX_LIMIT);
    assert_int_equal(list(table, (struct identifier_query){.first = 245, .limit = 10}, &total), 5);
    assert_int_equal(list(table, (struct identifier_query){.number = "00-10", .limit = 10}, &total),
                     1);
    assert_int_equal(list(table, (struct identifier_query){.type = "card", .limit = 5}, &total), 5);
    assert_int_equal(total, 250);
    assert_int_equal(list(table, (struct identifier_query){.type = "badge", .limit = 5}, &total),
                     0);
    assert_int_equal(total, 0);
    assert_int_equal(list(table, (struct identifier_query){.lock = "second", .limit = 5}, &total),
                     0);
    assert_int_equal(list(table, (struct identifier_query){.lock = "", .limit = 5}, &total), 0);
    identifiers_free(table);
}

static void test_one(void **state)
{
    struct identifiers *table = table_of(3);
    struct identifier qr = {
        .uid = 4, .type = IDENTIFIER_QR, .is_time_permanent = true, .is_passes_permanent = true};
    char text[IDENTIFIER_PAGES_QR_SIZE];
    json_t *item = NULL;

    (void)state;
    (void)snprintf(qr.number, sizeof(qr.number), "0F8fad5b-d9cb-469f-a165-70867728950e");
    assert_int_equal(identifiers_append(table, &qr), 0);
    assert_int_equal(identifier_pages_item(table, 2, &item), 0);
    assert_string_equal(json_string_value(json_object_get(item, "identifier_number")), "2");
    json_decref(item);
    assert_int_equal(identifier_pages_item(table, 5, &item), ENOENT);
    assert_int_equal(identifier_pages_item(table, 0, &item), ENOENT);
    assert_int_equal(identifier_pages_qr(table, 4, text), 0);
    assert_string_equal(text, qr.number);
    assert_int_equal(identifier_pages_qr(table, 1, text), EINVAL);
    assert_int_equal(identifier_pages_qr(table, 9, text), ENOENT);
    identifiers_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
