/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "http/log_item.h"
#include "http/log_words.h"
#include "journal/entry.h"

static void check_item(const char *name, unsigned locale, const char *fields, const char *expected)
{
    const struct entry_parts parts = {7, 1700000000123, name, "access", "low", "lock 1", fields};
    struct entry *entry = NULL;
    json_t *item;
    char *text;

    assert_int_equal(entry_new(&parts, &entry), 0);
    item = log_item_json(entry, locale);
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
    check_item("access_granted_by_api_call", LOG_LOCALE_ENGLISH, "{\"lock\":1,\"by\":\"api\"}",
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
        for (unsigned locale = 0; locale < LOG_LOCALES; locale++)
            check_item("bell_was_polished", locale, odd[i],
                       "{\"timestamp\":1700000000123,\"category\":\"access\",\"priority\":\"low\","
                       "\"name\":{\"key\":\"bell_was_polished\",\"text\":\"Bell was polished\"},"
                       "\"info\":{\"text\":\"lock 1\",\"model\":{}}}");
}

static void test_every_kind_has_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        const char *key = event_name((enum event_kind)i);
        json_t *name = log_item_name(key, LOG_LOCALE_ENGLISH);
        const char *text = json_string_value(json_object_get(name, "text"));

        assert_string_equal(json_string_value(json_object_get(name, "key")), key);
        assert_non_null(text);
        assert_true(strlen(text) > 5);
        assert_null(strchr(text, '_'));
        json_decref(name);
    }
}

static void test_every_locale_has_words_of_its_own(void **state)
{
    (void)state;
    for (unsigned locale = 0; locale < LOG_LOCALES; locale++) {
        assert_int_equal(log_locale_find(log_locales[locale]), locale);
        for (unsigned i = 0; i < EVENT_KINDS; i++) {
            const char *key = event_name((enum event_kind)i);
            const char *text = log_words_event(key, locale);

            json_t *is_utf8 = json_string(text);

            assert_non_null(is_utf8);
            json_decref(is_utf8);
            for (unsigned other = 0; other < i; other++) /* nor twice: a filter shows them all */
                assert_string_not_equal(
                    text, log_words_event(event_name((enum event_kind)other), locale));
            if (locale)
                assert_string_not_equal(text, log_words_event(key, LOG_LOCALE_ENGLISH));
        }
        assert_non_null(log_words_label("lock", locale));
        assert_null(log_words_label("reason", locale));
    }
    assert_int_equal(log_locale_find(NULL), LOG_LOCALE_ENGLISH);
    assert_int_equal(log_locale_find(""), LOG_LOCALE_ENGLISH);
    assert_int_equal(log_locale_find("xx"), LOG_LOCALE_ENGLISH);
}

#define ITEM(name, info, model)                                                                    \
    "{\"timestamp\":1700000000123,\"category\":\"access\",\"priority\":\"low\",\"name\":{\"key\":" \
    "\""                                                                                           \
    "access_granted_by_api_call\",\"text\":\"" name "\"},\"info\":{\"text\":\"" info               \
    "\",\"model\":" model "}}"

static void test_an_item_in_another_language(void **state)
{
    unsigned russian = log_locale_find("ru"), french = log_locale_find("fr");
    char fields[ENTRY_MAX_TEXT * 3], expected[sizeof(fields) + 400], owner[ENTRY_MAX_TEXT * 2 + 1];

    (void)state;
    check_item(
        "access_granted_by_api_call", russian,
        "{\"lock\":1,\"owner\":\"\",\"by\":\"api\",\"reason\":\"why\",\"number\":[7]}",
        ITEM("Дверь открыта через API или страницу", "замок 1, от api",
             "{\"lock\":1,\"owner\":\"\",\"by\":\"api\",\"reason\":\"why\",\"number\":[7]}"));
    check_item("access_granted_by_api_call", french, "{}",
               ITEM("Porte ouverte par l'API ou la page", "lock 1", "{}"));
    /* What has no room does not cut a character in two. */
    for (size_t i = 0; i + 2 < sizeof(owner); i += 2)
        memcpy(owner + i, "\xc3\xa9", 3);
    (void)snprintf(fields, sizeof(fields), "{\"owner\":\"%s\",\"lock\":2}", owner);
    (void)snprintf(expected, sizeof(expected),
                   ITEM("Porte ouverte par l'API ou la page", "serrure 2", "%s"), fields);
    check_item("access_granted_by_api_call", french, fields, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_item_has_the_field_s_shape),
        cmocka_unit_test(test_odd_rows_are_shown_all_the_same),
        cmocka_unit_test(test_every_kind_has_words),
        cmocka_unit_test(test_every_locale_has_words_of_its_own),
        cmocka_unit_test(test_an_item_in_another_language),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
