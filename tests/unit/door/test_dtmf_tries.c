/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "door/dtmf_tries.h"

static struct dtmf_tries tries;

static int setup(void **state)
{
    (void)state;
    memset(&tries, 0, sizeof(tries));
    return 0;
}

static void test_ten_begin_a_pause(void **state)
{
    uint64_t now_ms = 1;

    (void)state;
    for (unsigned i = 1; i < DTMF_TRIES_MAX_WRONG; i++)
        assert_int_equal(dtmf_tries_wrong(&tries, now_ms++), 0);
    assert_int_equal(dtmf_tries_wait_ms(&tries, now_ms), 0);
    assert_int_equal(dtmf_tries_wrong(&tries, now_ms), 600000);
    assert_int_equal(dtmf_tries_wait_ms(&tries, now_ms), 600000);
    assert_int_equal(dtmf_tries_wait_ms(&tries, now_ms + 599999), 1);
    assert_int_equal(dtmf_tries_wait_ms(&tries, now_ms + 600000), 0);
}

static void test_after_the_pause_ten_more(void **state)
{
    uint64_t now_ms = 1;

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 1; i < DTMF_TRIES_MAX_WRONG; i++)
            assert_int_equal(dtmf_tries_wrong(&tries, now_ms), 0);
        assert_int_equal(dtmf_tries_wrong(&tries, now_ms), DTMF_TRIES_PAUSE_MS);
        now_ms += DTMF_TRIES_PAUSE_MS;
    }
}

/* What is just too old does not count; the window slides. */
static void test_slow_ones_do_not(void **state)
{
    uint64_t now_ms = 1;

    (void)state;
    for (unsigned i = 0; i < 10 * DTMF_TRIES_MAX_WRONG; i++) {
        assert_int_equal(dtmf_tries_wrong(&tries, now_ms), 0);
        now_ms += (DTMF_TRIES_WITHIN_MS + DTMF_TRIES_MAX_WRONG - 2) / (DTMF_TRIES_MAX_WRONG - 1);
    }
    assert_true(dtmf_tries_wrong(&tries, now_ms - 10) != 0);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_ten_begin_a_pause),
        TEST(test_after_the_pause_ten_more),
        TEST(test_slow_ones_do_not),
    };

    return cmocka_run_group_tests_name("dtmf_tries", tests, NULL, NULL);
}
