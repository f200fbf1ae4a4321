/* SPDX-License-Identifier: MIT */
#include "base/event.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct listener {
    event_fn *fn;
    void *arg;
    struct listener *next;
};

struct event_bus {
    struct listener *first;
};

static const struct {
    const char *name, *category, *priority;
} kinds[] = {
    [EVENT_DEVICE_BOOTED] = {"device_booted", "info", "low"},
    [EVENT_SIP_REGISTERED] = {"sip_registered", "info", "low"},
    [EVENT_SIP_REGISTRATION_LOST] = {"sip_registration_lost", "info", "medium"},
    [EVENT_SETTINGS_CHANGED] = {"settings_changed", "system", "low"},
    [EVENT_SUCCESSFUL_LOGIN] = {"successful_login_api_call", "system", "low"},
    [EVENT_INCORRECT_LOGIN] = {"incorrect_login_api_call", "system", "medium"},
    [EVENT_PASSWORD_CHANGED] = {"password_changed", "system", "medium"},
    [EVENT_BUTTON_PRESSED] = {"button_pressed", "info", "low"},
    [EVENT_OUTGOING_CALL] = {"outgoing_call", "info", "low"},
    [EVENT_OUTGOING_CALL_WEB] = {"outgoing_call_web", "info", "low"},
    [EVENT_OUTGOING_CALL_MISSED] = {"outgoing_call_missed", "info", "low"},
    [EVENT_INCOMING_CALL] = {"incoming_call", "info", "low"},
    [EVENT_CALL_RINGING] = {"call_ringing", "info", "low"},
    [EVENT_CALL_ANSWERED] = {"call_answered", "info", "low"},
    [EVENT_CALL_ENDED] = {"call_ended", "info", "low"},
    [EVENT_WRONG_DTMF_CODE] = {"access_denied_by_wrong_dtmf_code", "access", "medium"},
    [EVENT_OPENED_BY_CALL] = {"access_granted_by_call_host", "access", "medium"},
    [EVENT_OPENED_BY_API] = {"access_granted_by_api_call", "access", "medium"},
    [EVENT_OPENED_BY_EMERGENCY] = {"emergency_lock_is_opened", "access", "high"},
    [EVENT_OPENED_BY_BUTTON] = {"lock_was_opened_by_exit_btn", "access", "medium"},
    [EVENT_OPENED_BY_FREE_BUTTON] = {"lock_was_opened_by_free_access_button", "access", "medium"},
    [EVENT_GRANTED] = {"access_granted_by_valid_identifier", "access", "medium"},
    [EVENT_GRANTED_MASTER_CODE] = {"access_granted_by_master_code", "access", "medium"},
    [EVENT_GRANTED_BY_SERVER] = {"access_granted_by_remote_server_api_call", "access", "medium"},
    [EVENT_DENIED_BY_SERVER] = {"access_denied_by_remote_server_api_call", "access", "medium"},
    [EVENT_DENIED] = {"access_denied_by_not_valid_identifier", "access", "medium"},
    [EVENT_DENIED_CODE] = {"access_denied_by_not_valid_input_code", "access", "medium"},
    [EVENT_DENIED_CARD] = {"access_denied_by_unknown_card", "access", "medium"},
    [EVENT_DENIED_QR] = {"access_denied_by_unknown_qr", "access", "medium"},
    [EVENT_CODES_PAUSED] = {"access_denied_by_too_many_input_codes", "access", "high"},
    [EVENT_SENSOR_OPENED] = {"door_sensor_was_opened", "access", "low"},
    [EVENT_SENSOR_CLOSED] = {"door_sensor_was_closed", "access", "low"},
    [EVENT_DOOR_HELD] = {"door_was_not_closed_too_long", "emergency", "high"},
    [EVENT_LOCK_CLOSED] = {"lock_was_closed", "access", "low"},
    [EVENT_LOCK_STUCK] = {"lock_does_not_close", "emergency", "critical"},
    [EVENT_LOCK_FAILED] = {"lock_does_not_open", "emergency", "critical"},
    [EVENT_OPENING_DROPPED] = {"lock_opening_was_dropped", "access", "medium"},
};

int event_bus_new(struct event_bus **ret_bus)
{
    struct event_bus *bus = calloc(1, sizeof(*bus));

    if (!bus)
        return ENOMEM;
    *ret_bus = bus;
    return 0;
}

struct event_bus *event_bus_free(struct event_bus *bus)
{
    if (!bus)
        return NULL;
    while (bus->first) {
        struct listener *listener = bus->first;

        bus->first = listener->next;
        free(listener);
    }
    free(bus);
    return NULL;
}

int event_listen(struct event_bus *bus, event_fn *fn, void *arg)
{
    struct listener **end = &bus->first;
    struct listener *listener = calloc(1, sizeof(*listener));

    if (!listener)
        return ENOMEM;
    listener->fn = fn;
    listener->arg = arg;
    while (*end)
        end = &(*end)->next;
    *end = listener;
    return 0;
}

void event_unlisten(struct event_bus *bus, event_fn *fn, void *arg)
{
    struct listener **place = &bus->first;

    while (*place) {
        struct listener *listener = *place;

        if (listener->fn == fn && listener->arg == arg) {
            *place = listener->next;
            free(listener);
            return;
        }
        place = &listener->next;
    }
}

static void tell(struct event_bus *bus, struct event *event, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void tell(struct event_bus *bus, struct event *event, const char *fmt, va_list ap)
{
    char text[EVENT_MAX_TEXT];

    (void)vsnprintf(text, sizeof(text), fmt, ap);
    event->text = text;
    event->at_ms = clock_unix_ms();
    for (struct listener *listener = bus->first; listener; listener = listener->next)
        listener->fn(event, listener->arg);
}

void event_emit(struct event_bus *bus, enum event_kind kind, const char *fmt, ...)
{
    struct event event = {.kind = kind};
    va_list ap;

    if (!bus)
        return;
    va_start(ap, fmt);
    tell(bus, &event, fmt, ap);
    va_end(ap);
}

void event_emit_with(struct event_bus *bus, enum event_kind kind, const struct event_field *fields,
                     unsigned n_fields, const char *fmt, ...)
{
    struct event event = {.kind = kind, .fields = fields, .n_fields = n_fields};
    va_list ap;

    if (!bus)
        return;
    va_start(ap, fmt);
    tell(bus, &event, fmt, ap);
    va_end(ap);
}

const char *event_name(enum event_kind kind)
{
    return kinds[kind].name;
}

const char *event_category(enum event_kind kind)
{
    return kinds[kind].category;
}

const char *event_priority(enum event_kind kind)
{
    return kinds[kind].priority;
}
