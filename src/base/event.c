/* SPDX-License-Identifier: MIT */
#include "base/event.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_TEXT = 400 };

struct listener {
    event_fn *fn;
    void *arg;
    struct listener *next;
};

struct event_bus {
    struct listener *first;
};

static const char *const names[] = {
    [EVENT_DEVICE_BOOTED] = "device_booted",
    [EVENT_SIP_REGISTERED] = "sip_registered",
    [EVENT_SIP_REGISTRATION_LOST] = "sip_registration_lost",
    [EVENT_SETTINGS_CHANGED] = "settings_changed",
    [EVENT_SUCCESSFUL_LOGIN] = "successful_login_api_call",
    [EVENT_INCORRECT_LOGIN] = "incorrect_login_api_call",
    [EVENT_PASSWORD_CHANGED] = "password_changed",
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

void event_emit(struct event_bus *bus, enum event_kind kind, const char *fmt, ...)
{
    char text[MAX_TEXT];
    struct event event = {.kind = kind, .text = text};
    va_list ap;

    if (!bus)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    for (struct listener *listener = bus->first; listener; listener = listener->next)
        listener->fn(&event, listener->arg);
}

const char *event_name(enum event_kind kind)
{
    return names[kind];
}
