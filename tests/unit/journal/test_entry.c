/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/event.h"
#include "journal/entry.h"

static struct entry *made(const char *text, const struct event_field *fields, unsigned n_fields)
{
    const struct event event = {EVENT_CALL_ENDED, 1700000000123, text, fields, n_fields};
    struct entry *entry = NULL;

    assert_int_equal(entry_from_event(&event, &entry), 0);
    return entry;
}

static void test_an_event_is_copied(void **state)
{
    char number[] = "101";
    const struct event_field fields[] = {
        {"number", number}, {"lock", "2"}, {"duration_s", "61"}, {"call", "7a"}};
    struct entry *entry = made("to 101", fields, 4);

    (void)state;
    number[0] = 'x';
    assert_int_equal(entry->number, 0);
    assert_int_equal(entry->at_ms, 1700000000123);
    assert_string_equal(entry->name, "call_ended");
    assert_string_equal(entry->category, "info");
    assert_string_equal(entry->priority, "low");
    assert_string_equal(entry->text, "to 101");
    assert_string_equal(entry->fields,
                        "{\"number\":\"101\",\"lock\":2,\"duration_s\":61,\"call\":\"7a\"}");
    entry_free(entry);
}

static void test_without_fields_is_an_empty_object(void **state)
{
    struct entry *entry = made("", NULL, 0);

    (void)state;
    assert_string_equal(entry->text, "");
    assert_string_equal(entry->fields, "{}");
    entry_free(entry);
}

/* What a stranger on the network may put into a name. */
static void test_only_clean_text_is_kept(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"plain", "plain"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94"},
        {"a\nid: 5\r\tb\x7f", "a?id: 5??b?"},
        {"\xff\xfe", "??"},
        {"\xc3", "?"},                /* cut short */
        {"\xc3(", "?("},              /* no continuation */
        {"\xc0\xaf", "??"},           /* longer than need be */
        {"\xed\xa0\x80", "???"},      /* a surrogate */
        {"\xf5\x80\x80\x80", "????"}, /* beyond the last */
        {"\xc2\x85", "??"},           /* a control character, too */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct event_field field = {"uri", cases[i].from};
        struct entry *entry = made(cases[i].from, &field, 1);
        json_t *object = json_loads(entry->fields, 0, NULL);

        assert_string_equal(entry->text, cases[i].to);
        assert_string_equal(json_string_value(json_object_get(object, "uri")), cases[i].to);
        json_decref(object);
        entry_free(entry);
    }
}

static void test_what_is_too_long_is_cut(void **state)
{
    char text[2 * ENTRY_MAX_TEXT + 1], quotes[2 * ENTRY_MAX_TEXT + 1];
    struct event_field fields[EVENT_MAX_FIELDS + 1];
    struct entry *entry;
    json_t *object;

    (void)state;
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    text[ENTRY_MAX_TEXT - 1] = '\xc3'; /* a character across the limit */
    text[ENTRY_MAX_TEXT] = '\xa9';
    memset(quotes, '"', sizeof(quotes));
    quotes[sizeof(quotes) - 1] = '\0';
    for (unsigned i = 0; i <= EVENT_MAX_FIELDS; i++) {
        static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};

        fields[i] = (struct event_field){names[i], quotes};
    }
    entry = made(text, fields, EVENT_MAX_FIELDS + 1);
    assert_int_equal(strlen(entry->text), ENTRY_MAX_TEXT - 1);
    object = json_loads(entry->fields, 0, NULL);
    assert_int_equal(json_object_size(object), EVENT_MAX_FIELDS);
    assert_int_equal(json_string_length(json_object_get(object, "f")), ENTRY_MAX_TEXT);
    json_decref(object);
    entry_free(entry);
}

static void test_lives_as_long_as_its_last_owner(void **state)
{
    struct entry *entry = made("still here", NULL, 0);

    (void)state;
    assert_ptr_equal(entry_share(entry), entry);
    entry_free(entry);
    assert_string_equal(entry->text, "still here"); /* else the address sanitizer speaks */
    assert_null(entry_free(entry));
    assert_null(entry_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_is_copied),
        cmocka_unit_test(test_without_fields_is_an_empty_object),
        cmocka_unit_test(test_only_clean_text_is_kept),
        cmocka_unit_test(test_what_is_too_long_is_cut),
        cmocka_unit_test(test_lives_as_long_as_its_last_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
