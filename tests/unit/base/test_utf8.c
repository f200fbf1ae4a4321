/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "base/utf8.h"

enum { ROOM = 40 };

static void test_only_clean_text_is_copied(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\x94"},
        {"a\r\n\tb\x7f\x1b", "a???b??"},
        {"\xff\xfe", "??"},
        {"\xa9", "?"},                /* no first byte */
        {"\xc3(", "?("},              /* no continuation */
        {"\xc0\xaf", "??"},           /* longer than need be */
        {"\xe0\x80\xaf", "???"},      /* longer than need be */
        {"\xed\xa0\x80", "???"},      /* a surrogate */
        {"\xf5\x80\x80\x80", "????"}, /* beyond the last */
        {"\xc2\x85", "??"},           /* a control character, too */
        {"\xc2\xa0", "\xc2\xa0"},
    };
    char to[ROOM + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = utf8_clean(cases[i].from, strlen(cases[i].from), to, ROOM);

        assert_string_equal(to, cases[i].to);
        assert_int_equal(len, strlen(cases[i].to));
    }
}

/* The text of a message goes on behind what is meant. */
static void test_not_beyond_len(void **state)
{
    char to[ROOM + 1];

    (void)state;
    assert_int_equal(utf8_clean("ab\xc3\xa9", 3, to, ROOM), 3);
    assert_string_equal(to, "ab?");
    assert_int_equal(utf8_clean("abc", 2, to, ROOM), 2);
    assert_string_equal(to, "ab");
    assert_int_equal(utf8_clean("a\0b", 3, to, ROOM), 1);
    assert_string_equal(to, "a");
    assert_int_equal(utf8_clean(NULL, 0, to, ROOM), 0);
    assert_string_equal(to, "");
}

static void test_cut_between_characters(void **state)
{
    char to[ROOM + 1];

    (void)state;
    assert_int_equal(utf8_clean("a\xe2\x82\xac", 4, to, 3), 1);
    assert_string_equal(to, "a");
    assert_int_equal(utf8_clean("a\xe2\x82\xac", 4, to, 4), 4);
    assert_int_equal(utf8_clean("abc", 3, to, 2), 2);
    assert_string_equal(to, "ab");
    assert_int_equal(utf8_clean("a", 1, to, 0), 0);
    assert_string_equal(to, "");
}

static void test_one_character(void **state)
{
    (void)state;
    assert_int_equal(utf8_character_len("ab", 2), 1);
    assert_int_equal(utf8_character_len("\xe2\x82\xac", 3), 3);
    assert_int_equal(utf8_character_len("\xe2\x82\xac", 2), 0); /* cut */
    assert_int_equal(utf8_character_len("\n", 1), 0);
    assert_int_equal(utf8_character_len("", 1), 0);
    assert_int_equal(utf8_character_len("\xf4\x8f\xbf\xbf", 4), 4);
    assert_int_equal(utf8_character_len("\xf4\x90\x80\x80", 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_clean_text_is_copied),
        cmocka_unit_test(test_not_beyond_len),
        cmocka_unit_test(test_cut_between_characters),
        cmocka_unit_test(test_one_character),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
