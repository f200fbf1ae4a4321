/* SPDX-License-Identifier: MIT */
/* binding.h - keeps one account bound at its registrar: finds the server, registers, refreshes,
 * holds the way open, tries again after every kind of failure. Loop thread only. */
#ifndef SIP_BINDING_H
#define SIP_BINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/sip_settings.h"
#include "sip/agent.h"

struct account;
struct binding;
struct resolver;
struct tls_trust;
struct transport;
struct worker;

enum {
    BINDING_ANSWER_MS = 32000,      /* RFC 3261: timer F */
    BINDING_NEXT_ADDRESS_MS = 4000, /* for an answer, while there is another address to try */
    BINDING_LOOK_UP_MS = 2000,      /* for DNS before a refresh: then the address of before */
};

struct binding_config {
    struct transport *transport; /* borrowed */
    struct resolver *resolver;   /* borrowed */
    struct event_bus *events;    /* borrowed */
    struct worker *worker;       /* for reading CAs; borrowed */
    const char *instance;        /* "urn:uuid:..."; borrowed */
    const char *user_agent;      /* borrowed */
    unsigned keepalive_s;        /* 0: off */
    bool keepalive_is_options;   /* else CRLF */
};

typedef void binding_left_fn(void *arg);

/* Make a binding for the address-of-record in settings; starts nothing.
 * Returns 0 or ENOMEM; caller owns *ret_binding. */
int binding_new(const struct binding_config *config, const struct sip_settings *settings,
                struct binding **ret_binding);
struct binding *binding_free(struct binding *binding);

/* Begin now, from the name on, with all counters of failure at zero.
 *   settings   of the same address-of-record, maybe at another server; copied
 *   trust      for TLS; borrowed until the next binding_start or binding_free
 *   is_strict  false: take any certificate */
void binding_start(struct binding *binding, const struct sip_settings *settings,
                   struct tls_trust *trust, bool is_strict);

/* Begin now with what it was started with, and with all counters of failure at zero. */
void binding_again(struct binding *binding);

/* Stop all timers and what is under way; the registrar is told nothing. */
void binding_stop(struct binding *binding);

/* Stop, and ask the registrar to forget us. left is called from inside a callback of the
 * library: free nothing there. Returns false if there is nobody to tell; then it is not called. */
bool binding_leave(struct binding *binding, binding_left_fn *left, void *arg);

/* Give up what depends on the transport (TLS context, STUN): before its sockets go. */
void binding_release(struct binding *binding);

/* A message has gone out over a TCP or TLS connection: it stands. */
void binding_connected(struct binding *binding);

/* Links, addresses or routes have changed. */
void binding_network_changed(struct binding *binding, bool link_is_back);

/* The clock was set. */
void binding_clock_stepped(struct binding *binding);

/* See agent_set_retry. */
void binding_set_retry(struct binding *binding, bool is_on, unsigned longest_s);

/* The Contact URI that is bound; "": none. Borrowed until the next answer. */
const char *binding_bound_contact(const struct binding *binding);

/* What of the status is this binding's. */
void binding_status(const struct binding *binding, struct agent_status *ret_status);

/* What a call of this account needs. */
void binding_account(const struct binding *binding, struct account *ret_account);

#endif
