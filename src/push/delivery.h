/* SPDX-License-Identifier: MIT */
/* delivery.h - one message on its way to one receiver: by HTTP POST, over TCP or in a datagram.
 * Loop thread only. Never blocks; whatever the receiver does, it costs a few KiB and some
 * seconds. */
#ifndef PUSH_DELIVERY_H
#define PUSH_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/syslog_settings.h"

struct delivery;
struct worker;

enum {
    DELIVERY_MAX_MESSAGE = 1024,
    DELIVERY_MAX_REASON = 160,
    DELIVERY_CONNECT_MS = 5000,       /* for each address */
    DELIVERY_ANSWER_MS = 5000,        /* from the connection to the answer */
    DELIVERY_MUTE_MS = 500,           /* the same of who is known not to answer */
    DELIVERY_UDP_MS = 100,            /* for the word that nobody is there */
    DELIVERY_MAX_DRAINED = 64 * 1024, /* bytes read from who sends without end */
};

enum delivery_outcome {
    DELIVERY_TAKEN,
    DELIVERY_SILENT,  /* HTTP: its kernel has all, but no word of an answer came */
    DELIVERY_REFUSED, /* HTTP: not this message (400, 413, 422) */
    DELIVERY_NOT_NOW, /* HTTP: any other answer */
    DELIVERY_FAILED,
};

/* Write the message, now that our own address on the way is known ("192.0.2.7"). Returns its
 * length, at most DELIVERY_MAX_MESSAGE. */
typedef size_t delivery_write_fn(const char *our_address, char *buf, void *arg);

/* Once, from the loop, never from inside delivery_start. reason: why not, in plain words; borrowed.
 * May free the delivery. */
typedef void delivery_done_fn(enum delivery_outcome outcome, const char *reason, void *arg);

struct delivery_config {
    const char *host; /* borrowed for the call */
    uint16_t port;
    enum syslog_transport transport;
    /* HTTP to who reads to the end of a connection and never answers: then our end comes at
     * once, and its end of the connection is answer enough. */
    bool is_mute;
    struct worker *names; /* borrowed; see name_lookup.h */
    delivery_write_fn *write;
    delivery_done_fn *done;
    void *arg;
};

/* Returns 0 or an errno value; caller owns *ret_delivery. */
int delivery_start(const struct delivery_config *config, struct delivery **ret_delivery);

/* Gives up what is under way. NULL is fine; returns NULL. */
struct delivery *delivery_free(struct delivery *delivery);

#endif
