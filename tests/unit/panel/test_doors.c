/* SPDX-License-Identifier: MIT */
/* With the real door and simulated relays. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/hand_clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "door/door.h"
#include "door/relay_sim.h"
#include "panel/doors.h"

static struct relay *relays[DOOR_LOCKS];
static struct door *door;
static struct event_bus *events;
static struct doors doors;
static struct lock_settings settings;
static struct dtmf_typed typed;
static char told[4000]; /* "name text [field=value field=value]\n" */

static void on_event(const struct event *event, void *arg)
{
    size_t len = strlen(told);

    (void)arg;
    len += (size_t)snprintf(told + len, sizeof(told) - len, "%s %s [", event_name(event->kind),
                            event->text);
    for (unsigned i = 0; i < event->n_fields; i++)
        len += (size_t)snprintf(told + len, sizeof(told) - len, "%s%s=%s", i ? " " : "",
                                event->fields[i].name, event->fields[i].value);
    (void)snprintf(told + len, sizeof(told) - len, "]\n");
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
    memset(&typed, 0, sizeof(typed));
    settings = lock_settings_default;
    assert_int_equal(relay_sim_new("1", &relays[0]), 0);
    assert_int_equal(relay_sim_new("2", &relays[1]), 0);
    assert_int_equal(door_new(relays, &door), 0);
    assert_int_equal(event_bus_new(&events), 0);
    assert_int_equal(event_listen(events, on_event, NULL), 0);
    doors = (struct doors){.door = door, .events = events};
    doors_start(&doors, &settings);
    assert_told("");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    doors_stop(&doors);
    door = door_free(door);
    events = event_bus_free(events);
    return 0;
}

static void type(const char *digits)
{
    for (; *digits; digits++)
        (void)doors_digit(&doors, &typed, *digits, DOORS_CALLED, "101@pbx.example.com");
}

/* In a call of their own. */
static void type_as_caller(const char *digits)
{
    struct dtmf_typed theirs = {.count = 0};

    for (; *digits; digits++)
        (void)doors_digit(&doors, &theirs, *digits, DOORS_CALLER, "9@x");
    doors_digits_over(&doors, &theirs, DOORS_CALLER, "9@x");
}

static void test_open_and_closed_are_events(void **state)
{
    struct panel_lock_state lock;

    (void)state;
    assert_int_equal(doors_open(&doors, 1, "192.0.2.7"), 0);
    assert_told("access_granted_by_api_call lock 1, by 192.0.2.7 [lock=1 by=192.0.2.7]\n");
    doors_lock_state(&doors, 1, &lock);
    assert_true(lock.is_there && lock.is_open);
    assert_int_equal(lock.left_ms, 3000);
    assert_string_equal(lock.problem, "");
    advance(3000);
    assert_told("lock_was_closed lock 1 [lock=1]\n");
    doors_lock_state(&doors, 1, &lock);
    assert_true(lock.is_there && !lock.is_open && !lock.left_ms);
}

static void test_numbers(void **state)
{
    (void)state;
    assert_int_equal(doors_open(&doors, 3, "x"), EINVAL);
    assert_int_equal(doors_open(&doors, 77, "x"), EINVAL);
    assert_int_equal(doors_emergency_open(&doors, 1, 0, "x"), EINVAL);
    assert_int_equal(doors_emergency_open(&doors, 1, 604801, "x"), EINVAL);
    assert_int_equal(doors_emergency_open(&doors, 3, 1, "x"), EINVAL);
    assert_int_equal(doors_emergency_close(&doors, 3), EINVAL);
    assert_told("");
    assert_false(relay_sim_is_on(relays[0]) || relay_sim_is_on(relays[1]));
}

static void test_emergency(void **state)
{
    struct panel_lock_state lock;

    (void)state;
    settings.delay_s[0] = 5;
    doors_follow(&doors, &lock_settings_default, &settings);
    told[0] = '\0';
    assert_int_equal(doors_emergency_open(&doors, 1, 604800, "192.0.2.7"), 0);
    assert_told("emergency_lock_is_opened lock 1, by 192.0.2.7 [lock=1 by=192.0.2.7]\n");
    doors_lock_state(&doors, 1, &lock);
    assert_int_equal(lock.left_ms, 604800000);
    assert_int_equal(doors_emergency_close(&doors, PANEL_BOTH_LOCKS), 0);
    assert_told("lock_was_closed lock 1 [lock=1]\n");
}

static void test_closing_tells_of_an_opening_that_waits(void **state)
{
    (void)state;
    settings.delay_s[0] = 5;
    doors_follow(&doors, &lock_settings_default, &settings);
    told[0] = '\0';
    assert_int_equal(doors_open(&doors, 1, "192.0.2.7"), 0);
    assert_int_equal(doors_emergency_close(&doors, PANEL_BOTH_LOCKS), 0);
    assert_told("lock_opening_was_dropped lock 1: closed before it was opened, by 192.0.2.7"
                " [lock=1 by=192.0.2.7]\n");
    advance(5000);
    assert_told("");
}

static void test_settings_are_followed_and_told_without_codes(void **state)
{
    (void)state;
    settings.timeout_s[1] = 7;
    settings.delay_s[1] = 2;
    memcpy(settings.dtmf_code[2], "4711", 5);
    doors_follow(&doors, &lock_settings_default, &settings);
    assert_told("settings_changed locks: open for 3 and 7 s, after 0 and 2 s []\n");
    doors_follow(&doors, &settings, &settings);
    assert_told("");
    type("4711");
    advance(1999);
    assert_told("");
    advance(1);
    assert_told("access_granted_by_call_host lock 2, by 101@pbx.example.com"
                " [lock=2 by=101@pbx.example.com]\n");
    advance(6999);
    assert_true(relay_sim_is_on(relays[1]));
    advance(1);
    assert_told("lock_was_closed lock 2 [lock=2]\n");
}

static void test_digits_open(void **state)
{
    (void)state;
    assert_true(doors_digit(&doors, &typed, '*', DOORS_CALLED, "101@pbx"));
    assert_told("access_granted_by_call_host lock 1, by 101@pbx [lock=1 by=101@pbx]\n"
                "access_granted_by_call_host lock 2, by 101@pbx [lock=2 by=101@pbx]\n");
    advance(3000);
    told[0] = '\0';
    assert_false(doors_digit(&doors, &typed, '7', DOORS_CALLED, "101@pbx"));
    assert_true(doors_digit(&doors, &typed, '#', DOORS_CALLED, "101@pbx"));
    assert_told("access_granted_by_call_host lock 1, by 101@pbx [lock=1 by=101@pbx]\n");
}

static void test_wrong_digits_are_told_but_never_which(void **state)
{
    static const char wrong[] = "access_denied_by_wrong_dtmf_code by 101@pbx.example.com"
                                " [uri=101@pbx.example.com]\n";

    (void)state;
    for (unsigned i = 0; i < DTMF_CODE_MAX_WRONG; i++) {
        type("5678");
        assert_told(wrong);
    }
    type("9");
    assert_told("access_denied_by_wrong_dtmf_code by 101@pbx.example.com: too many, no more digits"
                " are taken in this call [uri=101@pbx.example.com]\n");
    type("#*0");
    assert_told("");
    assert_false(relay_sim_is_on(relays[0]) || relay_sim_is_on(relays[1]));
    memset(&typed, 0, sizeof(typed)); /* another call */
    type("0");
    assert_true(relay_sim_is_on(relays[1]));
}

static unsigned count_told(const char *what)
{
    unsigned n = 0;

    for (const char *at = told; (at = strstr(at, what)) != NULL; at++)
        n++;
    told[0] = '\0';
    return n;
}

/* Each call for itself stays below the limit of a call. */
static void test_callers_cannot_guess_on_by_calling_again(void **state)
{
    (void)state;
    memcpy(settings.dtmf_code, (char[3][5]){"", "4711", ""}, sizeof(settings.dtmf_code));
    doors_follow(&doors, &lock_settings_default, &settings);
    told[0] = '\0';
    for (unsigned i = 0; i < DTMF_TRIES_MAX_WRONG - 1; i++)
        type_as_caller(i % 2 ? "5678" : "471"); /* hanging up before the last digit counts, too */
    assert_int_equal(count_told("for 600 s"), 0);
    type_as_caller("4712");
    assert_int_equal(count_told("access_denied_by_wrong_dtmf_code by 9@x: too many by callers, for"
                                " 600 s nothing that a caller types opens [uri=9@x]\n"),
                     1);
    type_as_caller("4711");
    type_as_caller("5678");
    type_as_caller("5678123456789");
    assert_told(""); /* told once */
    assert_false(relay_sim_is_on(relays[0]));
    type("4711"); /* whom the panel has called is not concerned */
    assert_true(relay_sim_is_on(relays[0]));
    advance(DTMF_TRIES_PAUSE_MS - 1);
    type_as_caller("4711");
    assert_false(relay_sim_is_on(relays[0]));
    advance(1);
    type_as_caller("4711");
    assert_true(relay_sim_is_on(relays[0]));
}

/* However many of theirs are wrong. */
static void test_whom_the_panel_calls_is_not_counted(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3 * DTMF_TRIES_MAX_WRONG; i++) {
        type("5678");
        doors_digits_over(&doors, &typed, DOORS_CALLED, "101@pbx");
    }
    assert_int_equal(count_told("for 600 s"), 0);
    type_as_caller("#");
    assert_true(relay_sim_is_on(relays[0]));
}

/* The group before is wrong, the digit opens: both count. */
static void test_opening_does_not_hide_a_wrong_group(void **state)
{
    struct dtmf_typed theirs = {.count = 0};

    (void)state;
    for (unsigned i = 0; i < DTMF_TRIES_MAX_WRONG; i++) {
        memset(&theirs, 0, sizeof(theirs));
        assert_false(doors_digit(&doors, &theirs, '5', DOORS_CALLER, "9@x"));
        advance(DTMF_CODE_PAUSE_MS);
        assert_true(doors_digit(&doors, &theirs, '#', DOORS_CALLER, "9@x"));
    }
    assert_false(doors_digit(&doors, &theirs, '#', DOORS_CALLER, "9@x"));
    assert_int_equal(count_told("for 600 s"), 1);
}

static void test_failing_relay(void **state)
{
    struct panel_lock_state lock;

    (void)state;
    relay_sim_fail_with(relays[0], ENODEV);
    assert_int_equal(doors_open(&doors, PANEL_BOTH_LOCKS, "x"), EIO);
    assert_true(relay_sim_is_on(relays[1]));
    assert_told("lock_does_not_close lock 1 does not close: relay 1: No such device; it is tried"
                " again until it does [lock=1 reason=No such device relay=1]\n"
                "lock_does_not_open lock 1 does not open: relay 1: No such device"
                " [lock=1 reason=No such device relay=1]\n"
                "access_granted_by_api_call lock 2, by x [lock=2 by=x]\n");
    doors_lock_state(&doors, 1, &lock);
    assert_string_equal(lock.problem, "does not close: relay 1: No such device");
    doors_lock_state(&doors, 2, &lock);
    assert_string_equal(lock.problem, "");
    type("#"); /* a failure by digits is told as well */
    assert_true(strstr(told, "lock_does_not_open") != NULL);
}

static void test_what_failed_before_the_panel_is_told(void **state)
{
    (void)state;
    doors_stop(&doors);
    door = door_free(door);
    relays[0] = NULL;
    assert_int_equal(relay_sim_new("2", &relays[1]), 0);
    relay_sim_fail_with(relays[1], ENOENT);
    assert_int_equal(door_new(relays, &door), 0);
    doors = (struct doors){.door = door, .events = events};
    doors_start(&doors, &settings);
    assert_told(
        "lock_does_not_close lock 2 does not close: relay 2: No such file or directory; it"
        " is tried again until it does [lock=2 reason=No such file or directory relay=2]\n");
    assert_int_equal(doors_open(&doors, 1, "x"), ENODEV);
    assert_int_equal(doors_emergency_close(&doors, 1), ENODEV);
    type("#"); /* of a lock that is not there */
    assert_told("");
}

static void test_no_door_at_all(void **state)
{
    struct doors none = {.events = events};
    struct panel_lock_state lock;

    (void)state;
    doors_start(&none, &settings);
    assert_int_equal(doors_open(&none, PANEL_BOTH_LOCKS, "x"), ENODEV);
    assert_int_equal(doors_open(&none, 3, "x"), EINVAL);
    assert_int_equal(doors_emergency_open(&none, 1, 5, "x"), ENODEV);
    assert_true(doors_digit(&none, &typed, '#', DOORS_CALLED, "x"));
    doors_lock_state(&none, 1, &lock);
    assert_false(lock.is_there);
    doors_stop(&none);
    assert_told("");
}

/* The door goes on when the panel has gone. */
static void test_stopped(void **state)
{
    (void)state;
    assert_int_equal(doors_open(&doors, 1, "x"), 0);
    told[0] = '\0';
    doors_stop(&doors);
    advance(3000);
    assert_false(relay_sim_is_on(relays[0]));
    assert_told("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_open_and_closed_are_events),
        TEST(test_numbers),
        TEST(test_emergency),
        TEST(test_closing_tells_of_an_opening_that_waits),
        TEST(test_settings_are_followed_and_told_without_codes),
        TEST(test_digits_open),
        TEST(test_wrong_digits_are_told_but_never_which),
        TEST(test_callers_cannot_guess_on_by_calling_again),
        TEST(test_whom_the_panel_calls_is_not_counted),
        TEST(test_opening_does_not_hide_a_wrong_group),
        TEST(test_failing_relay),
        TEST(test_what_failed_before_the_panel_is_told),
        TEST(test_no_door_at_all),
        TEST(test_stopped),
    };

    log_set_level(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("doors", tests, NULL, NULL);
}
