/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "sip/dtmf_info.h"

#define RELAY "application/dtmf-relay"
#define PLAIN "application/dtmf"

static void test_digits(void **state)
{
    static const struct good {
        const char *type, *body;
        char digit;
    } good[] = {
        {RELAY, "Signal=5\r\nDuration=160\r\n", '5'},
        {RELAY, "Signal= 5\r\nDuration= 160", '5'},
        {RELAY, "Duration=160\nsignal = *\n", '*'},
        {RELAY, "SIGNAL=#", '#'},
        {RELAY, "Signal=10\r\n", '*'},
        {RELAY, "Signal=11\r\n", '#'},
        {RELAY, "Signal=15\r\n", 'D'},
        {"Application/DTMF-Relay", "Signal=a\r\n", 'A'},
        {PLAIN, "5", '5'},
        {PLAIN, " 0\r\n", '0'},
        {PLAIN, "11", '#'},
        {PLAIN, "Signal=7\r\n", '7'},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char digit = '\0';

        assert_int_equal(dtmf_info_parse(good[i].type, good[i].body, strlen(good[i].body), &digit),
                         0);
        assert_int_equal(digit, good[i].digit);
    }
}

static void test_no_digits(void **state)
{
    static const char *const bad[] = {"",          "Signal",      "Signal=",   "Signal=\r\n5",
                                      "Signal=16", "Signal=E",    "Signal=55", "Signals=5",
                                      "x\r\n",     "Signal=\0005"};
    char digit = 'x';

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(dtmf_info_parse(RELAY, bad[i], strlen(bad[i]), &digit), EBADMSG);
        assert_int_equal(dtmf_info_parse(PLAIN, bad[i], strlen(bad[i]), &digit), EBADMSG);
    }
    assert_int_equal(dtmf_info_parse(PLAIN, "\0", 1, &digit), EBADMSG);
    assert_int_equal(dtmf_info_parse("text/plain", "5", 1, &digit), ENOTSUP);
    assert_int_equal(dtmf_info_parse("", "5", 1, &digit), ENOTSUP);
    assert_int_equal(digit, 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits),
        cmocka_unit_test(test_no_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
