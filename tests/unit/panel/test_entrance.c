/* SPDX-License-Identifier: MIT */
/* With the real door and simulated relays, but a list of one identifier. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/hand_clock.h"
#include "base/timer.h"
#include "door/door.h"
#include "door/relay_sim.h"
#include "panel/doors.h"
#include "panel/entrance.h"
#include "settings/settings.h"

static struct relay *relays[DOOR_LOCKS];
static struct door *door;
static struct event_bus *events;
static struct doors doors;
static struct entrance *entrance;
static struct settings settings, old;
static enum identifiers_verdict verdict;
static uint32_t used;
static char told[4000]; /* "name [field=value field=value]\n" */

static void on_event(const struct event *event, void *arg)
{
    size_t len = strlen(told);

    (void)arg;
    if (event->kind == EVENT_LOCK_CLOSED)
        return;
    len += (size_t)snprintf(told + len, sizeof(told) - len, "%s [", event_name(event->kind));
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

static enum identifiers_verdict match(enum identifier_type type, const char *scanned, int64_t now_s,
                                      struct identifier *ret_identifier, void *list)
{
    const struct identifier found = {.uid = 7,
                                     .type = type,
                                     .lock = IDENTIFIER_SECOND,
                                     .name = "Flat 12",
                                     .number = "00-00-00-07"};

    (void)now_s;
    (void)list;
    if (strcmp(scanned, "7") != 0)
        return IDENTIFIERS_UNKNOWN;
    *ret_identifier = found;
    return verdict;
}

static void on_used(uint32_t uid, void *list)
{
    (void)list;
    used = uid;
}

static void advance(uint64_t ms)
{
    hand_clock_advance_ms(ms);
    timer_run_due();
}

static int setup(void **state)
{
    const struct entrance_config config = {.doors = &doors, .match = match, .used = on_used};
    struct entrance_config with_events = config;

    (void)state;
    hand_clock_stand();
    told[0] = '\0';
    used = 0;
    verdict = IDENTIFIERS_GRANTED;
    settings_init(&settings);
    assert_int_equal(relay_sim_new("1", &relays[0]), 0);
    assert_int_equal(relay_sim_new("2", &relays[1]), 0);
    assert_int_equal(door_new(relays, &door), 0);
    assert_int_equal(event_bus_new(&events), 0);
    assert_int_equal(event_listen(events, on_event, NULL), 0);
    doors = (struct doors){.door = door, .events = events};
    doors_start(&doors, &settings.locks);
    with_events.events = events;
    assert_int_equal(entrance_new(&with_events, &entrance), 0);
    entrance_use(entrance, NULL, &settings);
    assert_told("");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    entrance = entrance_free(entrance);
    doors_stop(&doors);
    door = door_free(door);
    events = event_bus_free(events);
    return 0;
}

static enum entrance_result hold(enum identifier_type type, const char *number)
{
    struct scan scan;

    assert_null(scan_read(type, number, &scan));
    return entrance_scan(entrance, &scan);
}

static void change(void)
{
    entrance_use(entrance, &old, &settings);
    old = settings;
    told[0] = '\0';
}

static void assert_open(bool first, bool second)
{
    assert_int_equal(door_is_open(door, 1), first);
    assert_int_equal(door_is_open(door, 2), second);
    (void)door_close(door, DOOR_BOTH);
}

static void test_list(void **state)
{
    (void)state;
    assert_int_equal(hold(IDENTIFIER_CARD, "7"), ENTRANCE_GRANTED);
    assert_open(false, true);
    assert_int_equal(used, 7);
    assert_told("access_granted_by_valid_identifier [number=00-00-00-07 owner=Flat 12 type=card "
                "lock=2]\n");
    assert_int_equal(hold(IDENTIFIER_CODE, "7"), ENTRANCE_GRANTED);
    assert_open(false, true);
    assert_told("access_granted_by_valid_identifier [number=00-00-00-07 owner=Flat 12 "
                "type=inputCode lock=2]\n");
    used = 0;
    verdict = IDENTIFIERS_EXPIRED;
    assert_int_equal(hold(IDENTIFIER_CODE, "7"), ENTRANCE_DENIED);
    assert_told("access_denied_by_not_valid_identifier [number=**** owner=Flat 12 type=inputCode "
                "lock=2 reason=expired]\n");
    assert_int_equal(hold(IDENTIFIER_CARD, "8"), ENTRANCE_DENIED);
    assert_told("access_denied_by_unknown_card [card=8 number=8 type=card]\n");
    assert_open(false, false);
    assert_int_equal(used, 0);
}

static void test_codes_pause(void **state)
{
    struct entrance_state now;

    (void)state;
    settings.entry.is_code_on = true;
    (void)snprintf(settings.entry.code, sizeof(settings.entry.code), "4711");
    change();
    for (int i = 0; i < 5; i++)
        assert_int_equal(hold(IDENTIFIER_CODE, "1"), ENTRANCE_DENIED);
    assert_non_null(strstr(told, "access_denied_by_too_many_input_codes [seconds=60]\n"));
    told[0] = '\0';
    assert_int_equal(hold(IDENTIFIER_CODE, "4711"), ENTRANCE_PAUSED);
    assert_told("");
    assert_int_equal(hold(IDENTIFIER_CARD, "7"), ENTRANCE_GRANTED);
    assert_open(false, true);
    advance(59999);
    assert_int_equal(hold(IDENTIFIER_CODE, "4711"), ENTRANCE_PAUSED);
    entrance_state(entrance, &now);
    assert_int_equal(now.code_wait_ms, 1);
    assert_int_equal(now.last, ENTRANCE_PAUSED);
    advance(1);
    told[0] = '\0';
    assert_int_equal(hold(IDENTIFIER_CODE, "4711"), ENTRANCE_GRANTED);
    assert_open(true, true);
    assert_told("access_granted_by_master_code [number=**** owner=master code type=inputCode "
                "lock=all]\n");
}

static void test_exit_button(void **state)
{
    (void)state;
    assert_int_equal(entrance_exit_button(entrance), ENTRANCE_GRANTED);
    assert_open(true, false);
    assert_told("lock_was_opened_by_exit_btn [lock=1]\n");
    settings.entry.is_exit_button_on = false;
    change();
    assert_int_equal(entrance_exit_button(entrance), ENTRANCE_NOTHING);
    assert_open(false, false);
    assert_told("");
}

static void test_free_button(void **state)
{
    const int64_t set_ms = INT64_C(1800000000000);

    (void)state;
    hand_clock_step_unix_ms(set_ms - clock_unix_ms());
    assert_int_equal(entrance_free_button(entrance), ENTRANCE_NOTHING);
    settings.entry.is_free_on = true;
    settings.entry.n_free_times = ENTRY_DAYS;
    for (unsigned day = 0; day < ENTRY_DAYS; day++)
        settings.entry.free_times[day] = (struct free_time){ENTRY_LOCK_SECOND, true, day, 0, 86399};
    change();
    assert_int_equal(entrance_free_button(entrance), ENTRANCE_GRANTED);
    assert_open(false, true);
    assert_told("lock_was_opened_by_free_access_button [lock=2]\n");
    hand_clock_step_unix_ms(-set_ms); /* a clock that is not set */
    assert_int_equal(entrance_free_button(entrance), ENTRANCE_NOTHING);
}

static void test_sensor(void **state)
{
    struct entrance_state now;

    (void)state;
    settings.entry.opening_delay_s = 10;
    settings.entry.is_repeated = true;
    settings.entry.repeat_delay_s = 5;
    change();
    entrance_sensor(entrance, false); /* no news */
    assert_told("");
    entrance_sensor(entrance, true);
    entrance_sensor(entrance, true);
    advance(9999);
    assert_told("door_sensor_was_opened []\n");
    advance(1);
    assert_told("door_was_not_closed_too_long [seconds=10]\n");
    advance(5000);
    assert_told("door_was_not_closed_too_long [seconds=15]\n");
    entrance_state(entrance, &now);
    assert_true(now.is_open && now.is_too_long);
    assert_int_equal(now.open_ms, 15000);
    settings.entry.opening_delay_s = 20; /* longer, while it is open */
    change();
    advance(4999);
    assert_told("");
    advance(1);
    assert_told("door_was_not_closed_too_long [seconds=20]\n");
    entrance_sensor(entrance, false);
    assert_told("door_sensor_was_closed []\n");
    advance(60000);
    assert_told("");
    settings.entry.is_sensor_on = false;
    change();
    entrance_sensor(entrance, true);
    advance(60000);
    assert_told("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_list, setup, teardown),
        cmocka_unit_test_setup_teardown(test_codes_pause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exit_button, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_button, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sensor, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
