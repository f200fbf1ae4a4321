/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "base/report.h"

static const char *const names[] = {"one", "two"};

static void test_report_is_ok_until_a_step_fails(void **state)
{
    struct report report;

    (void)state;
    report_init(&report, names, 2);
    assert_int_equal(report.n_steps, 2);
    assert_string_equal(report.steps[1].name, "two");
    assert_true(report_is_ok(&report));
    report.steps[0].result = REPORT_OK;
    assert_true(report_is_ok(&report));
    report.steps[1].result = REPORT_FAILED;
    assert_false(report_is_ok(&report));
}

static void test_what_is_seen_adds_up_and_is_cut(void **state)
{
    struct report report;

    (void)state;
    report_init(&report, names, 2);
    report_see(&report.steps[0], "%d things", 2);
    report_see(&report.steps[0], "and one");
    assert_string_equal(report.steps[0].seen, "2 things; and one");
    for (int i = 0; i < 100; i++)
        report_see(&report.steps[0], "0123456789");
    assert_int_equal(strlen(report.steps[0].seen), REPORT_MAX_TEXT - 1);
    assert_string_equal(report.steps[1].seen, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_is_ok_until_a_step_fails),
        cmocka_unit_test(test_what_is_seen_adds_up_and_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
