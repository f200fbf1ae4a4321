/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "settings/number.h"

static const struct {
    const char *text;
    enum number_kind kind;
    const char *user, *host;
    unsigned port;
} good[] = {
    {"101", NUMBER_DIGITS, "101", "", 0},
    {"0", NUMBER_DIGITS, "0", "", 0},
    {"sip:101@192.0.2.7", NUMBER_URI, "101", "192.0.2.7", 0},
    {"SIP:a-b_c+1.x*@pbx.example.com:5070", NUMBER_URI, "a-b_c+1.x*", "pbx.example.com", 5070},
    {"sip:9999@10.0.0.250:5060", NUMBER_URI, "9999", "10.0.0.250", 5060},
    {"sip:192.168.1.2", NUMBER_ADDRESS, "", "192.168.1.2", 0},
    {"sip:192.168.1.2:5062", NUMBER_ADDRESS, "", "192.168.1.2", 5062},
    {"laskomex:7", NUMBER_HANDSET, "7", "", 0},
    {"vizit:12", NUMBER_HANDSET, "12", "", 0},
};

static const char *const bad[] = {
    "",           "1a",          "+101",          "101@",         "sip:",
    "sip:@a.b",   "sip:a b@c.d", "sip:a@b@c.d",   "sip:101",      "sips:1@a.b",
    "sip:1@a.b;", "sip:1@a.b:0", "sip:1@[::1]",   "sip:1%41@a.b", "tel:101",
    "laskomex:",  "laskomex:x",  "sip:1@a.b\r\n", "sip:<1@a.b>",  " 101",
};

static void test_good_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct number number;

        print_message("# %s\n", good[i].text);
        assert_null(number_parse(good[i].text, &number));
        assert_int_equal(number.kind, good[i].kind);
        assert_string_equal(number.user, good[i].user);
        assert_string_equal(number.host.name, good[i].host);
        assert_int_equal(number.host.port, good[i].port);
    }
}

static void test_bad_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        print_message("# %s\n", bad[i]);
        assert_non_null(number_parse(bad[i], NULL));
    }
}

static void test_lengths(void **state)
{
    char text[400];

    (void)state;
    memset(text, '1', sizeof(text));
    text[NUMBER_MAX_DIGITS] = '\0';
    assert_null(number_parse(text, NULL));
    memset(text, '1', sizeof(text));
    text[NUMBER_MAX_DIGITS + 1] = '\0';
    assert_non_null(number_parse(text, NULL));

    (void)snprintf(text, sizeof(text), "sip:%0*d@a.bc", NUMBER_MAX_USER, 1);
    assert_null(number_parse(text, NULL));
    (void)snprintf(text, sizeof(text), "sip:%0*d@a.bc", NUMBER_MAX_USER + 1, 1);
    assert_non_null(number_parse(text, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_numbers),
        cmocka_unit_test(test_bad_numbers),
        cmocka_unit_test(test_lengths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
