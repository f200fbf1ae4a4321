/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hand_clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "door/door.h"
#include "door/relay_sim.h"

static struct relay *relays[DOOR_LOCKS];
static struct door *door;
static char told[1000]; /* "open 1 api 192.0.2.7, closed 1" */

static void note(const struct door_fact *fact, void *arg)
{
    static const char *const happenings[] = {
        [DOOR_OPENED] = "open",   [DOOR_CLOSED] = "closed",   [DOOR_STUCK] = "stuck",
        [DOOR_FAILED] = "failed", [DOOR_DROPPED] = "dropped",
    };
    static const char *const causes[] = {
        [DOOR_BY_API] = "api",
        [DOOR_BY_CALL] = "call",
        [DOOR_BY_EMERGENCY] = "emergency",
        [DOOR_BY_BUTTON] = "button",
    };
    size_t len = strlen(told);

    assert_ptr_equal(arg, &told);
    len += (size_t)snprintf(told + len, sizeof(told) - len, "%s%s %u", len ? ", " : "",
                            happenings[fact->what], fact->lock);
    if (fact->what != DOOR_CLOSED && fact->what != DOOR_STUCK)
        len += (size_t)snprintf(told + len, sizeof(told) - len, " %s %s", causes[fact->cause],
                                fact->by);
    if (fact->err)
        (void)snprintf(told + len, sizeof(told) - len, " %d", fact->err);
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

static int setup(void **state)
{
    (void)state;
    hand_clock_stand();
    told[0] = '\0';
    assert_int_equal(relay_sim_new("1", &relays[0]), 0);
    assert_int_equal(relay_sim_new("2", &relays[1]), 0);
    assert_int_equal(door_new(relays, &door), 0);
    door_listen(door, note, &told);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    door = door_free(door);
    assert_int_equal(timer_next_ms(), 0);
    return 0;
}

static void test_one_lock(void **state)
{
    (void)state;
    assert_int_equal(door_open(door, 2, DOOR_BY_API, "192.0.2.7"), 0);
    assert_told("open 2 api 192.0.2.7");
    assert_false(door_is_open(door, 1) || relay_sim_is_on(relays[0]));
    assert_true(door_is_open(door, 2) && relay_sim_is_on(relays[1]));
    assert_int_equal(door_left_ms(door, 2), 3000);
    advance(3000);
    assert_told("closed 2");
    assert_int_equal(door_left_ms(door, 2), 0);
}

static void test_both_locks_with_their_own_times(void **state)
{
    const struct door_timing timing = {.hold_s = {5, 600}, .delay_s = {0, 9}};

    (void)state;
    door_set_timing(door, &timing);
    assert_int_equal(door_open(door, DOOR_BOTH, DOOR_BY_CALL, "101@pbx.example.com"), 0);
    assert_told("open 1 call 101@pbx.example.com");
    advance(5000);
    assert_told("closed 1");
    advance(4000);
    assert_told("open 2 call 101@pbx.example.com");
    advance(599999);
    assert_true(door_is_open(door, 2));
    advance(1);
    assert_told("closed 2");
}

static void test_set_times_are_within_limits(void **state)
{
    const struct door_timing timing = {.hold_s = {0, 10000}, .delay_s = {0, 10}};

    (void)state;
    door_set_timing(door, &timing);
    assert_int_equal(door_open(door, DOOR_BOTH, DOOR_BY_API, ""), 0);
    assert_int_equal(door_left_ms(door, 1), 1000);
    advance(9000);
    assert_int_equal(door_left_ms(door, 2), 600000);
}

static void test_who_opens_now_and_who_waits(void **state)
{
    const struct door_timing timing = {.hold_s = {2, 2}, .delay_s = {5, 0}};

    (void)state;
    door_set_timing(door, &timing);
    assert_int_equal(door_open(door, 1, DOOR_BY_CALL, "first"), 0);
    assert_int_equal(door_open(door, 1, DOOR_BY_API, "joins"), 0);
    assert_int_equal(door_open_for(door, 1, 1, DOOR_BY_EMERGENCY, "fire"), 0);
    assert_told("open 1 emergency fire");
    advance(5000);
    assert_told("closed 1, open 1 call first");
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(door_open(door, 3, DOOR_BY_API, ""), EINVAL);
    assert_int_equal(door_open_for(door, 77, 1, DOOR_BY_API, ""), EINVAL);
    assert_int_equal(door_open_for(door, 1, 0, DOOR_BY_API, ""), EINVAL);
    assert_int_equal(door_open_for(door, 1, 604801, DOOR_BY_API, ""), EINVAL);
    assert_int_equal(door_close(door, 3), EINVAL);
    assert_false(door_has(door, 0) || door_has(door, 3) || door_is_open(door, 3));
    assert_int_equal(door_problem(door, 3), 0);
    assert_string_equal(door_relay_name(door, 3), "");
    assert_told("");
    assert_int_equal(door_open_for(door, 1, 604800, DOOR_BY_API, ""), 0);
    assert_int_equal(door_left_ms(door, 1), 604800000);
}

static void test_close(void **state)
{
    (void)state;
    assert_int_equal(door_open(door, DOOR_BOTH, DOOR_BY_BUTTON, ""), 0);
    assert_told("open 1 button , open 2 button ");
    assert_int_equal(door_close(door, 1), 0);
    assert_told("closed 1");
    assert_int_equal(door_close(door, DOOR_BOTH), 0);
    assert_told("closed 2");
}

static void test_close_drops_what_waits(void **state)
{
    struct door_timing timing = {.hold_s = {3, 3}, .delay_s = {5, 0}};

    (void)state;
    door_set_timing(door, &timing);
    assert_int_equal(door_open(door, 1, DOOR_BY_CALL, "101@x"), 0);
    assert_int_equal(door_close(door, DOOR_BOTH), 0);
    assert_told("dropped 1 call 101@x");
    advance(10000);
    assert_told("");
    assert_int_equal(door_open_for(door, 1, 60, DOOR_BY_EMERGENCY, "y"), 0);
    assert_int_equal(door_open(door, 1, DOOR_BY_API, "z"), 0);
    told[0] = '\0';
    assert_int_equal(door_close(door, 1), 0);
    assert_told("closed 1, dropped 1 api z");
}

static void test_one_relay_fails(void **state)
{
    (void)state;
    relay_sim_fail_with(relays[0], EIO);
    assert_int_equal(door_open(door, DOOR_BOTH, DOOR_BY_API, "x"), EIO);
    assert_told("stuck 1 5, failed 1 api x 5, open 2 api x");
    assert_int_equal(door_problem(door, 1), EIO);
    assert_int_equal(door_problem(door, 2), 0);
    relay_sim_fail_with(relays[0], 0);
    advance(200);
    assert_told("closed 1");
    assert_int_equal(door_problem(door, 1), 0);
}

/* ENODEV from the relay of one is not "no such lock" once the other one has opened. */
static void test_failure_of_the_first_is_not_forgotten(void **state)
{
    (void)state;
    relay_sim_fail_with(relays[0], ENODEV);
    assert_int_equal(door_open(door, DOOR_BOTH, DOOR_BY_API, "x"), ENODEV);
    assert_true(door_is_open(door, 2));
}

static void test_delayed_failure_names_who(void **state)
{
    const struct door_timing timing = {.hold_s = {2, 2}, .delay_s = {1, 0}};

    (void)state;
    door_set_timing(door, &timing);
    assert_int_equal(door_open(door, 1, DOOR_BY_CALL, "first"), 0);
    relay_sim_fail_with(relays[0], EIO);
    advance(1000);
    assert_told("stuck 1 5, failed 1 call first 5");
}

static void test_a_lock_that_is_not_there(void **state)
{
    (void)state;
    door = door_free(door);
    relays[0] = NULL;
    assert_int_equal(relay_sim_new("2", &relays[1]), 0);
    relay_sim_fail_with(relays[1], EIO);
    assert_int_equal(door_new(relays, &door), 0);
    door_listen(door, note, &told);
    assert_false(door_has(door, 1));
    assert_true(door_has(door, 2));
    assert_int_equal(door_problem(door, 2), EIO); /* of before anybody listened */
    assert_string_equal(door_relay_name(door, 2), "2");
    relay_sim_fail_with(relays[1], 0);
    advance(200);
    assert_told("closed 2");
    assert_int_equal(door_open(door, 1, DOOR_BY_API, ""), ENODEV);
    assert_int_equal(door_close(door, 1), ENODEV);
    assert_told("");
    assert_int_equal(door_open(door, DOOR_BOTH, DOOR_BY_API, ""), 0);
    assert_told("open 2 api ");
}

static void test_no_lock_at_all(void **state)
{
    struct relay *none[DOOR_LOCKS] = {NULL, NULL};

    (void)state;
    door = door_free(door);
    assert_int_equal(door_new(none, &door), 0);
    assert_int_equal(door_open(door, DOOR_BOTH, DOOR_BY_API, ""), ENODEV);
    assert_int_equal(door_open(door, 3, DOOR_BY_API, ""), EINVAL);
}

static void test_long_name_is_cut(void **state)
{
    char by[DOOR_MAX_BY + 2];
    char want[sizeof(told)];

    (void)state;
    memset(by, 'x', sizeof(by));
    by[DOOR_MAX_BY + 1] = '\0';
    assert_int_equal(door_open(door, 1, DOOR_BY_API, by), 0);
    (void)snprintf(want, sizeof(want), "open 1 api %.*s", DOOR_MAX_BY, by);
    assert_told(want);
}

static void test_nobody_need_listen(void **state)
{
    (void)state;
    door_listen(door, NULL, NULL);
    assert_int_equal(door_open(door, 1, DOOR_BY_API, ""), 0);
    advance(3000);
    assert_false(relay_sim_is_on(relays[0]));
    assert_null(door_free(NULL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_lock),
        TEST(test_both_locks_with_their_own_times),
        TEST(test_set_times_are_within_limits),
        TEST(test_who_opens_now_and_who_waits),
        TEST(test_numbers),
        TEST(test_close),
        TEST(test_close_drops_what_waits),
        TEST(test_one_relay_fails),
        TEST(test_failure_of_the_first_is_not_forgotten),
        TEST(test_delayed_failure_names_who),
        TEST(test_a_lock_that_is_not_there),
        TEST(test_no_lock_at_all),
        TEST(test_long_name_is_cut),
        TEST(test_nobody_need_listen),
    };

    log_set_level(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("door", tests, NULL, NULL);
}
