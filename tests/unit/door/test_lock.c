/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hand_clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "door/lock.h"
#include "door/relay_sim.h"

static struct relay *relay;
static struct lock *lock;
static char told[200]; /* "open closed stuck:5 " */
static unsigned n_sets;
static int (*real_set)(struct relay *relay, bool is_on);

static int count_set(struct relay *it, bool is_on)
{
    n_sets++;
    return real_set(it, is_on);
}

static void note(struct lock *it, enum lock_change change, int err, void *arg)
{
    static const char *const names[] = {
        [LOCK_OPENED] = "open",   [LOCK_CLOSED] = "closed",   [LOCK_STUCK] = "stuck",
        [LOCK_FAILED] = "failed", [LOCK_DROPPED] = "dropped",
    };
    size_t len = strlen(told);

    (void)it;
    assert_ptr_equal(arg, &told);
    if (err)
        (void)snprintf(told + len, sizeof(told) - len, "%s:%d ", names[change], err);
    else
        (void)snprintf(told + len, sizeof(told) - len, "%s ", names[change]);
}

static void assert_told(const char *what)
{
    assert_string_equal(told, what);
    told[0] = '\0';
}

static void advance(uint64_t ms)
{
    hand_clock_advance_ms(ms);
    timer_run_due();
}

static void make(int err)
{
    assert_int_equal(relay_sim_new("1", &relay), 0);
    real_set = relay->set;
    relay->set = count_set;
    relay_sim_fail_with(relay, err);
    assert_int_equal(lock_new(relay, note, &told, &lock), 0);
}

static int setup(void **state)
{
    (void)state;
    hand_clock_stand();
    told[0] = '\0';
    n_sets = 0;
    make(0);
    assert_int_equal(n_sets, 1); /* shut first of all */
    assert_told("");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lock = lock_free(lock);
    assert_int_equal(timer_next_ms(), 0); /* no timer is left */
    return 0;
}

static void test_closes_by_itself(void **state)
{
    (void)state;
    assert_false(lock_is_open(lock));
    assert_int_equal(lock_left_ms(lock), 0);
    assert_int_equal(lock_open(lock, 0, 3000), 0);
    assert_told("open ");
    assert_true(lock_is_open(lock) && relay_sim_is_on(relay));
    assert_int_equal(lock_left_ms(lock), 3000);
    advance(2999);
    assert_true(lock_is_open(lock) && relay_sim_is_on(relay));
    assert_int_equal(lock_left_ms(lock), 1);
    advance(1);
    assert_false(lock_is_open(lock) || relay_sim_is_on(relay));
    assert_told("closed ");
}

static void test_opening_again_starts_the_time_anew(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 0, 3000), 0);
    advance(2000);
    assert_int_equal(lock_open(lock, 0, 3000), 0);
    advance(2999);
    assert_true(relay_sim_is_on(relay));
    advance(1);
    assert_false(relay_sim_is_on(relay));
    assert_told("open open closed ");
}

static void test_nobody_ends_an_emergency_by_opening(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 0, 604800000), 0);
    advance(1000);
    assert_int_equal(lock_open(lock, 0, 3000), 0);
    assert_int_equal(lock_left_ms(lock), 604799000);
    advance(604798999);
    assert_true(relay_sim_is_on(relay));
    advance(1);
    assert_false(relay_sim_is_on(relay));
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 0, 0), EINVAL);
    assert_int_equal(lock_open(lock, 0, 604800001), EINVAL);
    assert_int_equal(lock_open(lock, 9001, 1), EINVAL);
    assert_told("");
    assert_int_equal(n_sets, 1);
    assert_int_equal(lock_open(lock, 9000, 1), 0);
    assert_int_equal(lock_open(lock, 0, 604800000), 0);
}

static void test_delay(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 2000, 3000), 0);
    assert_true(lock_is_waiting(lock));
    assert_false(lock_is_open(lock) || relay_sim_is_on(relay));
    advance(1000);
    assert_int_equal(lock_open(lock, 2000, 5000), 0); /* joins: opens no later, holds as long */
    advance(999);
    assert_told("");
    advance(1);
    assert_told("open ");
    assert_false(lock_is_waiting(lock));
    advance(4999);
    assert_true(relay_sim_is_on(relay));
    advance(1);
    assert_told("closed ");
}

static void test_open_now_while_another_waits(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 2000, 3000), 0);
    assert_int_equal(lock_open(lock, 0, 1000), 0);
    assert_told("open ");
    advance(1000);
    assert_told("closed ");
    advance(1000);
    assert_told("open ");
    lock_close(lock);
    assert_told("closed ");
}

static void test_close_ends_both(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 0, 1000), 0);
    assert_int_equal(lock_open(lock, 500, 1000), 0);
    lock_close(lock);
    assert_false(lock_is_waiting(lock) || lock_is_open(lock) || relay_sim_is_on(relay));
    assert_told("open closed dropped ");
    lock_close(lock);
    advance(10000);
    assert_told("");
}

static void test_refused_opening_leaves_it_shut(void **state)
{
    (void)state;
    relay_sim_fail_with(relay, EIO);
    assert_int_equal(lock_open(lock, 0, 1000), EIO);
    assert_false(lock_is_open(lock));
    assert_told("stuck:5 "); /* nobody knows what the relay did, so it is shut */
    assert_int_equal(lock_problem(lock), EIO);
    relay_sim_fail_with(relay, 0);
    advance(200);
    assert_int_equal(lock_problem(lock), 0);
    assert_told("closed ");
}

static void test_refused_opening_leaves_it_open_as_long_as_before(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 0, 1000), 0);
    advance(500);
    relay_sim_fail_with(relay, EIO);
    assert_int_equal(lock_open(lock, 0, 1000), EIO);
    assert_int_equal(lock_left_ms(lock), 500);
    relay_sim_fail_with(relay, 0);
    advance(500);
    assert_told("open closed ");
}

static void test_delayed_opening_that_fails_is_told(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 1000, 1000), 0);
    relay_sim_fail_with(relay, ENODEV);
    advance(1000);
    assert_told("stuck:19 failed:19 ");
    relay_sim_fail_with(relay, 0);
    advance(200);
    assert_told("closed ");
}

/* A door left open is the worst outcome. */
static void test_closing_is_tried_until_it_is_shut(void **state)
{
    static const unsigned pauses_ms[] = {200, 400, 800, 1000, 1000, 1000};

    (void)state;
    assert_int_equal(lock_open(lock, 0, 1000), 0);
    relay_sim_fail_with(relay, EIO);
    n_sets = 0;
    advance(1000);
    assert_int_equal(n_sets, 1);
    assert_told("open stuck:5 ");
    assert_true(lock_is_open(lock));
    assert_int_equal(lock_left_ms(lock), 0);
    assert_int_equal(lock_problem(lock), EIO);
    for (unsigned i = 0; i < sizeof(pauses_ms) / sizeof(pauses_ms[0]); i++) {
        advance(pauses_ms[i] - 1);
        assert_int_equal(n_sets, 1 + i);
        advance(1);
        assert_int_equal(n_sets, 2 + i);
    }
    assert_told(""); /* once */
    assert_true(relay_sim_is_on(relay));
    relay_sim_fail_with(relay, 0);
    advance(1000);
    assert_told("closed ");
    assert_false(lock_is_open(lock) || relay_sim_is_on(relay));
    assert_int_equal(lock_problem(lock), 0);
    n_sets = 0;
    advance(100000);
    assert_int_equal(n_sets, 0);
}

static void test_a_stuck_lock_can_be_opened(void **state)
{
    (void)state;
    assert_int_equal(lock_open(lock, 0, 1000), 0);
    relay_sim_fail_with(relay, EIO);
    advance(1000);
    assert_int_equal(lock_open(lock, 0, 1000), EIO);
    assert_told("open stuck:5 ");
    relay_sim_fail_with(relay, 0);
    assert_int_equal(lock_open(lock, 0, 1000), 0);
    assert_int_equal(lock_problem(lock), 0);
    advance(999);
    assert_true(relay_sim_is_on(relay));
    advance(1);
    assert_told("open closed ");
}

static void test_stuck_at_the_start(void **state)
{
    (void)state;
    lock = lock_free(lock);
    make(ENOENT);
    assert_told("stuck:2 ");
    assert_false(lock_is_open(lock));
    assert_int_equal(lock_problem(lock), ENOENT);
    relay_sim_fail_with(relay, 0);
    advance(200);
    assert_told("closed ");
}

static void test_freeing_switches_off(void **state)
{
    int (*set)(struct relay * it, bool is_on) = relay->set;

    (void)state;
    assert_ptr_equal(set, count_set);
    assert_int_equal(lock_open(lock, 500, 1000), 0);
    assert_int_equal(lock_open(lock, 0, 1000), 0);
    assert_string_equal(lock_relay_name(lock), "1");
    /* What is switched at the end is seen in test_relay_sim and test_relay_gpio. */
    lock = lock_free(lock);
    assert_null(lock_free(NULL));
    told[0] = '\0';
    advance(10000);
    assert_told("");
    make(0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_closes_by_itself),
        TEST(test_opening_again_starts_the_time_anew),
        TEST(test_nobody_ends_an_emergency_by_opening),
        TEST(test_limits),
        TEST(test_delay),
        TEST(test_open_now_while_another_waits),
        TEST(test_close_ends_both),
        TEST(test_refused_opening_leaves_it_shut),
        TEST(test_refused_opening_leaves_it_open_as_long_as_before),
        TEST(test_delayed_opening_that_fails_is_told),
        TEST(test_closing_is_tried_until_it_is_shut),
        TEST(test_a_stuck_lock_can_be_opened),
        TEST(test_stuck_at_the_start),
        TEST(test_freeing_switches_off),
    };

    log_set_level(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
