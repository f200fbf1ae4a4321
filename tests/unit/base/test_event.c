/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/event.h"

static char told[2000];
static char a[] = "a", b[] = "b", c[] = "c";

static void listen_as(const char *name, const struct event *event)
{
    size_t len = strlen(told);

    (void)snprintf(told + len, sizeof(told) - len, "%s:%s:%s;", name, event_name(event->kind),
                   event->text);
}

static void on_event(const struct event *event, void *arg)
{
    listen_as(arg, event);
}

static void test_listeners_are_told_in_order(void **state)
{
    struct event_bus *bus = NULL;

    (void)state;
    told[0] = '\0';
    assert_int_equal(event_bus_new(&bus), 0);
    event_emit(bus, EVENT_DEVICE_BOOTED, "nobody listens");
    assert_int_equal(event_listen(bus, on_event, a), 0);
    assert_int_equal(event_listen(bus, on_event, b), 0);
    event_emit(bus, EVENT_SIP_REGISTERED, "%s for %d s", "sip:1@pbx.a", 30);
    assert_int_equal(event_listen(bus, on_event, c), 0);
    event_emit(bus, EVENT_PASSWORD_CHANGED, "%s", "");
    assert_string_equal(told, "a:sip_registered:sip:1@pbx.a for 30 s;"
                              "b:sip_registered:sip:1@pbx.a for 30 s;"
                              "a:password_changed:;b:password_changed:;c:password_changed:;");
    assert_null(event_bus_free(bus));
    assert_null(event_bus_free(NULL));
}

static void on_fields(const struct event *event, void *arg)
{
    struct event *seen = arg;

    assert_int_equal(event->n_fields, 2);
    assert_string_equal(event->fields[1].name, "by");
    assert_string_equal(event->fields[1].value, "sip:1@pbx.a");
    assert_string_equal(event->text, "lock 2");
    assert_true(event->at_ms > 0);
    *seen = *event;
}

static void test_fields_for_programs(void **state)
{
    const struct event_field fields[] = {{"lock", "2"}, {"by", "sip:1@pbx.a"}};
    struct event_bus *bus = NULL;
    struct event seen = {.n_fields = 0};

    (void)state;
    assert_int_equal(event_bus_new(&bus), 0);
    assert_int_equal(event_listen(bus, on_fields, &seen), 0);
    event_emit_with(bus, EVENT_OPENED_BY_CALL, fields, 2, "lock %d", 2);
    assert_int_equal(seen.kind, EVENT_OPENED_BY_CALL);
    event_emit_with(NULL, EVENT_OPENED_BY_CALL, fields, 2, "nobody");
    event_bus_free(bus);
}

static void test_who_does_not_listen_is_not_told(void **state)
{
    struct event_bus *bus = NULL;

    (void)state;
    told[0] = '\0';
    assert_int_equal(event_bus_new(&bus), 0);
    assert_int_equal(event_listen(bus, on_event, a), 0);
    assert_int_equal(event_listen(bus, on_event, b), 0);
    event_unlisten(bus, on_event, a);
    event_unlisten(bus, on_event, c); /* never did */
    event_emit(bus, EVENT_DEVICE_BOOTED, "x");
    assert_string_equal(told, "b:device_booted:x;");
    event_bus_free(bus);
}

static void test_no_bus_is_nobody_listening(void **state)
{
    (void)state;
    event_emit(NULL, EVENT_DEVICE_BOOTED, "%d", 1);
}

static void test_long_text_is_cut(void **state)
{
    struct event_bus *bus = NULL;
    char text[1000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    told[0] = '\0';
    assert_int_equal(event_bus_new(&bus), 0);
    assert_int_equal(event_listen(bus, on_event, a), 0);
    event_emit(bus, EVENT_DEVICE_BOOTED, "%s", text);
    assert_int_equal(strspn(told + strlen("a:device_booted:"), "x"), 399);
    event_bus_free(bus);
}

static void test_every_kind_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_KINDS; i++) {
        assert_non_null(event_name((enum event_kind)i));
        assert_non_null(event_category((enum event_kind)i));
        assert_non_null(event_priority((enum event_kind)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(event_name((enum event_kind)i), event_name((enum event_kind)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_listeners_are_told_in_order),
        cmocka_unit_test(test_fields_for_programs),
        cmocka_unit_test(test_who_does_not_listen_is_not_told),
        cmocka_unit_test(test_no_bus_is_nobody_listening),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_every_kind_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
