/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>

#include "sip/unasked.h"

static unsigned take_all(struct unasked_limit *limit, uint64_t now_ms)
{
    unsigned n = 0;

    while (n < 1000 && !unasked_limit_take(limit, now_ms))
        n++;
    return n;
}

static void test_a_burst_then_a_rate(void **state)
{
    struct unasked_limit limit = {0};
    uint64_t now_ms = 5000000;

    (void)state;
    assert_int_equal(take_all(&limit, now_ms), UNASKED_BURST);
    assert_int_equal(unasked_limit_take(&limit, now_ms), EAGAIN);
    assert_int_equal(take_all(&limit, now_ms += 99), 0);
    assert_int_equal(take_all(&limit, now_ms += 1), 1); /* 10 a second */
    for (int second = 0; second < 10; second++)
        assert_int_equal(take_all(&limit, now_ms += 1000), UNASKED_PER_S);
    assert_int_equal(take_all(&limit, now_ms += 3600 * 1000), UNASKED_BURST);
}

static void test_asking_in_vain_costs_nothing(void **state)
{
    struct unasked_limit limit = {0};
    uint64_t now_ms = 1;
    unsigned n = 0;

    (void)state;
    (void)take_all(&limit, now_ms);
    for (int i = 0; i < 10000; i++) /* every millisecond, as a flood would */
        n += !unasked_limit_take(&limit, ++now_ms);
    assert_int_equal(n, 10 * UNASKED_PER_S);
}

static void test_a_fresh_limit_is_full_from_time_zero(void **state)
{
    struct unasked_limit limit = {0};

    (void)state;
    assert_int_equal(take_all(&limit, 0), UNASKED_BURST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_burst_then_a_rate),
        cmocka_unit_test(test_asking_in_vain_costs_nothing),
        cmocka_unit_test(test_a_fresh_limit_is_full_from_time_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
