/* SPDX-License-Identifier: MIT */
/* event.h - facts, told to whoever listens: the log, the page, later syslog and MQTT.
 * Loop thread only. Never blocks. */
#ifndef BASE_EVENT_H
#define BASE_EVENT_H

#include <stdint.h>

/* What can happen. Names, category and priority: the table in event.c; names as the panel API's log
 * has them where it knows them. */
enum event_kind {
    EVENT_DEVICE_BOOTED,
    EVENT_SIP_REGISTERED,
    EVENT_SIP_REGISTRATION_LOST,
    EVENT_SETTINGS_CHANGED,
    EVENT_SUCCESSFUL_LOGIN,
    EVENT_INCORRECT_LOGIN,
    EVENT_PASSWORD_CHANGED,
    EVENT_BUTTON_PRESSED,        /* number */
    EVENT_OUTGOING_CALL,         /* number, by: keypad, api, page; dialling begins */
    EVENT_OUTGOING_CALL_WEB,     /* the same, started by API or page */
    EVENT_OUTGOING_CALL_MISSED,  /* number: nobody has answered, all targets */
    EVENT_INCOMING_CALL,         /* number, uri */
    EVENT_CALL_RINGING,          /* call, number, uri */
    EVENT_CALL_ANSWERED,         /* call, number, uri */
    EVENT_CALL_ENDED,            /* call, number, uri, reason, duration_s */
    EVENT_WRONG_DTMF_CODE,       /* uri */
    EVENT_OPENED_BY_CALL,        /* lock, by */
    EVENT_OPENED_BY_API,         /* lock, by */
    EVENT_OPENED_BY_EMERGENCY,   /* lock, by */
    EVENT_OPENED_BY_BUTTON,      /* lock */
    EVENT_OPENED_BY_FREE_BUTTON, /* lock */
    EVENT_GRANTED,             /* number, owner, type, lock: a card, QR code or code of the list */
    EVENT_GRANTED_MASTER_CODE, /* number, owner, type, lock */
    EVENT_GRANTED_BY_SERVER,   /* number, type, lock */
    EVENT_DENIED_BY_SERVER,    /* number, type */
    EVENT_DENIED,              /* number, owner, type, lock, reason: of the list, but not now */
    EVENT_DENIED_CODE,         /* number, type */
    EVENT_DENIED_CARD,         /* card, number, type */
    EVENT_DENIED_QR,           /* number, type */
    EVENT_CODES_PAUSED,        /* seconds */
    EVENT_SENSOR_OPENED,
    EVENT_SENSOR_CLOSED,
    EVENT_DOOR_HELD,       /* seconds */
    EVENT_LOCK_CLOSED,     /* lock */
    EVENT_LOCK_STUCK,      /* lock, reason */
    EVENT_LOCK_FAILED,     /* lock, reason */
    EVENT_OPENING_DROPPED, /* lock, by: it waited for its delay, and will not come */
    EVENT_KINDS            /* how many there are */
};

enum { EVENT_MAX_FIELDS = 6, EVENT_MAX_TEXT = 400 };

/* name: static. value: borrowed for the time of the call. */
struct event_field {
    const char *name;
    const char *value;
};

/* A value; text is borrowed for the time of the call. */
struct event {
    enum event_kind kind;
    int64_t at_ms;    /* Unix time */
    const char *text; /* what happened to whom, in plain words; never a secret; may be "" */
    const struct event_field *fields; /* the same for programs */
    unsigned n_fields;
};

struct event_bus;

typedef void event_fn(const struct event *event, void *arg);

/* Returns 0 or ENOMEM; caller owns *ret_bus. */
int event_bus_new(struct event_bus **ret_bus);
struct event_bus *event_bus_free(struct event_bus *bus);

/* fn is told every event from now on, from inside event_emit. It may not free the bus.
 * Returns 0 or ENOMEM. */
int event_listen(struct event_bus *bus, event_fn *fn, void *arg);

/* fn is not told any more with this arg. Not from inside event_emit. */
void event_unlisten(struct event_bus *bus, event_fn *fn, void *arg);

/* bus may be NULL: then nobody listens. */
void event_emit(struct event_bus *bus, enum event_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with fields for programs, at most EVENT_MAX_FIELDS; copied by nobody: listeners do. */
void event_emit_with(struct event_bus *bus, enum event_kind kind, const struct event_field *fields,
                     unsigned n_fields, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* "access", "info", "system" or "emergency"; "low", "medium", "high" or "critical". */
const char *event_category(enum event_kind kind);
const char *event_priority(enum event_kind kind);

/* "sip_registered" and so on. */
const char *event_name(enum event_kind kind);

#endif
