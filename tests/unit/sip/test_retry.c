/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "sip/retry.h"

static void test_refused_waits_longer_and_longer(void **state)
{
    static const unsigned wanted_s[] = {30, 60, 120, 300, 900, 900, 900};
    struct retry retry = {0};

    (void)state;
    for (uint32_t i = 0; i < 7; i++)
        assert_int_equal(retry_next_ms(&retry, true, 900, i * 0x12345678u), wanted_s[i] * 1000u);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(retry_next_ms(&retry, true, 900, 0), 900000);
}

static void test_faults_wait_with_jitter(void **state)
{
    static const unsigned wanted_s[] = {1, 2, 5, 10, 20, 40, 60, 60, 60};

    (void)state;
    for (uint32_t random = 0; random < 200; random++) {
        struct retry retry = {0};

        for (int i = 0; i < 9; i++)
            assert_in_range(retry_next_ms(&retry, false, 900, random), wanted_s[i] * 800u,
                            wanted_s[i] * 1200u);
    }
    for (uint32_t i = 0; i < 200; i++) {
        struct retry retry = {0};

        assert_in_range(retry_next_ms(&retry, false, 900, UINT32_MAX - i), 800, 1200);
    }
}

static void test_jitter_uses_the_whole_range(void **state)
{
    uint64_t least_ms = UINT64_MAX, most_ms = 0;

    (void)state;
    for (uint32_t random = 0; random < 1000; random++) {
        struct retry retry = {0};
        uint64_t ms = retry_next_ms(&retry, false, 900, random);

        least_ms = ms < least_ms ? ms : least_ms;
        most_ms = ms > most_ms ? ms : most_ms;
    }
    assert_int_equal(least_ms, 800);
    assert_int_equal(most_ms, 1200);
}

static void test_the_two_ladders_are_apart(void **state)
{
    struct retry retry = {0};

    (void)state;
    (void)retry_next_ms(&retry, false, 900, 0);
    (void)retry_next_ms(&retry, false, 900, 0);
    assert_int_equal(retry_next_ms(&retry, true, 900, 0), 30000);
    assert_int_equal(retry_next_ms(&retry, false, 900, 0), 4000); /* 5 s - 20 % */
    assert_int_equal(retry_next_ms(&retry, true, 900, 0), 60000);
}

static void test_no_pause_is_longer_than_the_longest(void **state)
{
    struct retry retry = {0};

    (void)state;
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(retry_next_ms(&retry, true, 30, i), 30000);
    for (uint32_t i = 0; i < 20; i++)
        assert_true(retry_next_ms(&retry, false, 30, i) <= 30000);
    assert_int_equal(retry_next_ms(&retry, false, 30, 40), 30000); /* jitter counts too */
    assert_int_equal(retry_next_ms(&retry, true, 3600, 0), 900000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_waits_longer_and_longer),
        cmocka_unit_test(test_faults_wait_with_jitter),
        cmocka_unit_test(test_jitter_uses_the_whole_range),
        cmocka_unit_test(test_the_two_ladders_are_apart),
        cmocka_unit_test(test_no_pause_is_longer_than_the_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
