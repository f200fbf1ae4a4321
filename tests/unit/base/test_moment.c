/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/clock.h"
#include "base/hand_clock.h"
#include "base/moment.h"

/* Runs first, with clocks that run: what is read from two of them is never from the same moment. */
static void test_does_not_waver(void **state)
{
    struct moment moment = moment_in(123456);
    int64_t first_s = moment_unix_s(&moment);
    uint64_t until_ms = clock_monotonic_ms() + 1100; /* over the border of a second */
    unsigned n = 0;

    (void)state;
    for (; clock_monotonic_ms() < until_ms; n++)
        assert_int_equal(moment_unix_s(&moment), first_s);
    assert_true(n > 100);
}

static void test_none(void **state)
{
    const struct moment none = {0};

    (void)state;
    hand_clock_stand();
    assert_int_equal(moment_unix_s(&none), 0);
    hand_clock_step_unix_ms(5000);
    assert_int_equal(moment_unix_s(&none), 0); /* and no step makes one of it */
    hand_clock_step_unix_ms(-5000);
}

static void test_from_now(void **state)
{
    int64_t now_s = clock_unix_s();
    struct moment now = moment_in(0), soon = moment_in(999), later = moment_in(1000);
    struct moment much_later = moment_in(86400ull * 365 * 1000);

    (void)state;
    assert_int_equal(clock_unix_ms() % 1000, 0); /* the clock stands at a full second */
    assert_int_equal(moment_unix_s(&now), now_s);
    assert_int_equal(moment_unix_s(&soon), now_s);
    assert_int_equal(moment_unix_s(&later), now_s + 1);
    assert_int_equal(moment_unix_s(&much_later), now_s + 86400 * 365);
}

static void test_time_that_passes_moves_nothing(void **state)
{
    struct moment moment = moment_in(60000);
    int64_t first_s = moment_unix_s(&moment);

    (void)state;
    for (unsigned i = 0; i < 2500; i++) {
        hand_clock_advance_ms(1);
        assert_int_equal(moment_unix_s(&moment), first_s);
    }
    hand_clock_advance_ms(86400 * 1000);
    assert_int_equal(moment_unix_s(&moment), first_s);
}

static void test_steps_both_ways(void **state)
{
    struct moment moment = moment_in(60000);
    int64_t first_s = moment_unix_s(&moment);

    (void)state;
    hand_clock_step_unix_ms(3600 * 1000);
    assert_int_equal(moment_unix_s(&moment), first_s + 3600);
    hand_clock_step_unix_ms(-2 * 3600 * 1000);
    assert_int_equal(moment_unix_s(&moment), first_s - 3600);
    hand_clock_advance_ms(7000);
    assert_int_equal(moment_unix_s(&moment), first_s - 3600);
    hand_clock_step_unix_ms(3600 * 1000);
    assert_int_equal(moment_unix_s(&moment), first_s);
    /* from 1970, as a board without a clock starts, to now */
    hand_clock_step_unix_ms(-clock_unix_ms());
    moment = moment_in(30000);
    assert_int_equal(moment_unix_s(&moment), 30);
    hand_clock_step_unix_ms(1800000000ll * 1000);
    assert_int_equal(moment_unix_s(&moment), 1800000030);
}

static void test_drift_is_no_step(void **state)
{
    static const struct {
        int64_t step_ms, moves_s;
    } cases[] = {{1, 0},     {-1, 0},   {499, 0},    {-499, 0}, {500, 1},
                 {-500, -1}, {1499, 1}, {-1499, -1}, {1500, 2}, {-1500, -2}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct moment moment = moment_in(60000);
        int64_t first_s = moment_unix_s(&moment);

        hand_clock_step_unix_ms(cases[i].step_ms);
        assert_int_equal(moment_unix_s(&moment), first_s + cases[i].moves_s);
        hand_clock_step_unix_ms(-cases[i].step_ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_does_not_waver),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_from_now),
        cmocka_unit_test(test_time_that_passes_moves_nothing),
        cmocka_unit_test(test_steps_both_ways),
        cmocka_unit_test(test_drift_is_no_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
