/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "http/unescape.h"

static const struct {
    const char *from;
    const char *to;
} cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"a%2Bb%20c", "a+b c"},
    {"a+b", "a+b"},
    {"%25%32%42", "%2B"},
    {"%2b%C2%B1", "+\xc2\xb1"},
    {"%41%zz%4", "A%zz%4"},
    {"%", "%"},
    {"%%41", "%A"},
    {"a%00b", "a%00b"},
    {"%0", "%0"},
    {"%0A%FF", "\n\xff"},
};

static void test_unescape(void **state)
{
    char text[32];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)snprintf(text, sizeof(text), "%s", cases[i].from);
        assert_int_equal(unescape(text), strlen(cases[i].to));
        assert_string_equal(text, cases[i].to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unescape)};

    return cmocka_run_group_tests_name("unescape", tests, NULL, NULL);
}
