/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "http/log_item.h"
#include "journal/entry.h"

static void check_item(const char *name, const char *fields, const char *expected)
{
    const struct entry_parts parts = {7, 1700000000123, name, "access", "low", "lock 1", fields};
    struct entry *entry = NULL;
    json_t *item;
    char *text;

    assert_int_equal(entry_new(&parts, &entry), 0);
    item = log_item_json(entry);
    text = json_dumps(item, JSON_COMPACT);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
    json_decref(item);
    entry_free(entry);
}

static void test_an_item_has_the_field_s_shape(void **state)
{
    (void)state;
    check_item("access_granted_by_api_call", "{\"lock\":1,\"by\":\"api\"}",
               "{\"timestamp\":1700000000123,\"category\":\"access\",\"priority\":\"low\","
               "\"name\":{\"key\":\"access_granted_by_api_call\",\"text\":\"Door opened by API or "
               "page\"},\"info\":{\"text\":\"lock 1\",\"model\":{\"lock\":1,\"by\":\"api\"}}}");
}

/* A file of another version, or that somebody has edited. */
static void test_odd_rows_are_shown_all_the_same(void **state)
{
    static const char *const odd[] = {"", "[]", "{", "null", "{\"a\":\"\\ud800\"}"};

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        check_item("bell_was_polished", odd[i],
                   "{\"timestamp\":1700000000123,\"category\":\"access\",\"priority\":\"low\","
                   "\"name\":{\"key\":\"bell_was_polished\",\"text\":\"Bell was polished\"},"
                   "\"info\":{\"text\":\"lock 1\",\"model\":{}}}");
}

static void test_every_kind_has_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        const char *key = event_name((enum event_kind)i);
        json_t *name = log_item_name(key);
        const char *text = json_string_value(json_object_get(name, "text"));

        assert_string_equal(json_string_value(json_object_get(name, "key")), key);
        assert_non_null(text);
        assert_true(strlen(text) > 5);
        assert_null(strchr(text, '_'));
        json_decref(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_item_has_the_field_s_shape),
        cmocka_unit_test(test_odd_rows_are_shown_all_the_same),
        cmocka_unit_test(test_every_kind_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
