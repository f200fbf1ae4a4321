/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "settings/timezone.h"

static void test_good(void **state)
{
    static const struct {
        const char *text;
        int minutes;
    } cases[] = {{"UTC", 0},          {TIMEZONE_ZERO, 0}, {"UTC+00:00", 0},    {"UTC-00:00", 0},
                 {"UTC+03:00", 180},  {"UTC+05:45", 345}, {"UTC-03:30", -210}, {"UTC+14:00", 840},
                 {"UTC-12:00", -720}, {"UTC+00:59", 59}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("# %s\n", cases[i].text);
        assert_null(timezone_check(cases[i].text));
        assert_int_equal(timezone_offset_min(cases[i].text), cases[i].minutes);
    }
}

static void test_bad(void **state)
{
    static const char *const cases[] = {"",
                                        "U",
                                        "UT",
                                        "utc",
                                        "UTC ",
                                        "UTC+",
                                        "UTC+3",
                                        "UTC+3:00",
                                        "UTC+03",
                                        "UTC+0300",
                                        "UTC+03:0",
                                        "UTC+03:60",
                                        "UTC+14:01",
                                        "UTC-12:01",
                                        "UTC+99:00",
                                        "UTC+ab:cd",
                                        "GMT+03:00",
                                        "UTC+03:000",
                                        "UTC\u00b101:00",
                                        "UTC\xc2+03:00",
                                        "UTC*03:00",
                                        "UTC+03:00 ",
                                        "UTC+-3:00"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("# %s\n", cases[i]);
        assert_non_null(timezone_check(cases[i]));
        assert_int_equal(timezone_offset_min(cases[i]), 0);
    }
}

static void test_shown(void **state)
{
    static const struct {
        const char *zone, *text;
        long long unix_s;
    } cases[] = {{TIMEZONE_ZERO, "1970-01-01 00:00:00 UTC", 0},
                 {"UTC+03:00", "2026-11-24 14:03:05 UTC+03:00", 1795518185},
                 {"UTC-03:30", "2026-12-31 23:59:59 UTC-03:30", 1798774199},
                 {"UTC+14:00", "2027-01-01 00:00:00 UTC+14:00", 1798711200}};
    char text[TIMEZONE_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        timezone_show(cases[i].zone, cases[i].unix_s, text);
        assert_string_equal(text, cases[i].text);
    }
    /* A year that does not fit is no overflow. */
    timezone_show("UTC+14:00", 9000000000000000LL, text);
    assert_true(strlen(text) < sizeof(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
