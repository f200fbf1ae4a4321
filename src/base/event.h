/* SPDX-License-Identifier: MIT */
/* event.h - facts, told to whoever listens: the log, the page, later syslog and MQTT.
 * Loop thread only. Never blocks. */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdint.h>

/* Names as the panel API's log has them where it knows them. */
enum event_kind {
    EVENT_DEVICE_BOOTED,
    EVENT_SIP_REGISTERED,
    EVENT_SIP_REGISTRATION_LOST,
    EVENT_SETTINGS_CHANGED,
    EVENT_SUCCESSFUL_LOGIN,
    EVENT_INCORRECT_LOGIN,
    EVENT_PASSWORD_CHANGED,
    EVENT_KINDS /* how many there are */
};

/* A value; text is borrowed for the time of the call. */
struct event {
    enum event_kind kind;
    const char *text; /* what happened to whom, in plain words; never a secret; may be "" */
};

struct event_bus;

typedef void event_fn(const struct event *event, void *arg);

/* Returns 0 or ENOMEM; caller owns *ret_bus. */
int event_bus_new(struct event_bus **ret_bus);
struct event_bus *event_bus_free(struct event_bus *bus);

/* fn is told every event from now on, from inside event_emit. It may not free the bus.
 * Returns 0 or ENOMEM. */
int event_listen(struct event_bus *bus, event_fn *fn, void *arg);

/* bus may be NULL: then nobody listens. */
void event_emit(struct event_bus *bus, enum event_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "sip_registered" and so on. */
const char *event_name(enum event_kind kind);

#endif
