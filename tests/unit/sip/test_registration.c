/* SPDX-License-Identifier: MIT */
/* What is sent and what comes of it is in test_agent.c and in tests/e2e. */
#include "test.h"

#include "sip/registration.h"

static void test_when_to_refresh(void **state)
{
    static const struct {
        uint32_t granted_s;
        uint64_t refresh_ms;
    } cases[] = {
        {0, 1000},     {1, 1000},       {5, 1000},
        {6, 1000},     {7, 2000},       {10, 5000},
        {30, 25000},   {49, 44000},     {50, 45000},
        {51, 45900},   {60, 54000},     {600, 540000},
        {900, 810000}, {3600, 3240000}, {UINT32_MAX, UINT32_MAX * 900ull},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(registration_refresh_ms(cases[i].granted_s), cases[i].refresh_ms);
    for (uint32_t granted_s = 6; granted_s < 5000; granted_s++) {
        uint64_t ms = registration_refresh_ms(granted_s);

        assert_true(ms >= 1000);
        assert_true(ms + 5000 <= granted_s * 1000ull);
        assert_true(ms <= granted_s * 900ull);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_when_to_refresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
