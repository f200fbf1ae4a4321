/* SPDX-License-Identifier: MIT */
/* registration.h - one address-of-record at its registrar: sends REGISTER to a given address,
 * answers challenges, says what came of it (RFC 3261 section 10, RFC 5626). When to send is the
 * agent's business. Loop thread only. Never blocks. */
#ifndef SIP_REGISTRATION_H
#define SIP_REGISTRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/sip_settings.h"
#include "sip/identity.h"

struct registration;
struct sa;
struct sip_auth;
struct transport;

/* How long a connection may take no bytes of ours: RFC 5626 section 4.4.1 waits as long for a
 * pong. */
enum { REGISTRATION_FLOW_DEAD_MS = 10000 };

enum registration_outcome {
    REGISTRATION_BOUND,       /* the binding is confirmed */
    REGISTRATION_REMOVED,     /* the binding is gone, or there was none */
    REGISTRATION_REFUSED,     /* credentials or account refused: asking again will not help soon */
    REGISTRATION_UNAVAILABLE, /* the server cannot now */
    REGISTRATION_REDIRECTED,  /* to another server: see redirect */
    REGISTRATION_UNREACHABLE, /* no answer, or no connection */
    REGISTRATION_FLOW_LOST,   /* later: the TCP or TLS connection of a binding is gone */
};

enum { REGISTRATION_MAX_CONTACT = IDENTITY_MAX_USER + 96 };

struct sip_msg;

/* What came of it. Valid for the time of the call. */
struct registration_result {
    enum registration_outcome outcome;
    int err;                 /* REGISTRATION_UNREACHABLE, _FLOW_LOST: errno value; ECONNABORTED: the
                                other end of the connection no longer acknowledges */
    int code;                /* SIP status code; 0: none */
    const char *phrase;      /* its reason phrase, printable ASCII; "" */
    bool is_wrong_password;  /* REGISTRATION_REFUSED: because of the credentials */
    const char *explanation; /* more than code and phrase say; "" mostly */
    const char *redirect;    /* REGISTRATION_REDIRECTED: host[:port]; "" if it is unusable */
    uint32_t granted_s;      /* REGISTRATION_BOUND: until it expires */
    const struct sip_msg *msg; /* REGISTRATION_BOUND: the answer */
    uint32_t retry_after_s;    /* what the server asked us to wait; 0: nothing */
};

/* May send again, but not free the registration. */
typedef void registration_result_fn(const struct registration_result *result, void *arg);

struct registration_config {
    struct transport *transport; /* borrowed */
    const char *instance;        /* "urn:uuid:...", borrowed */
    const char *user_agent;      /* borrowed */
    registration_result_fn *on_result;
    void *arg;
};

/* Make a registration for the address-of-record in settings; sends nothing.
 * Returns 0 or ENOMEM; caller owns *ret_registration. */
int registration_new(const struct registration_config *config, const struct sip_settings *settings,
                     struct registration **ret_registration);

/* Forgets what is under way; says no goodbye. NULL is fine; returns NULL. */
struct registration *registration_free(struct registration *registration);

/* Other settings for the same address-of-record. Copied; the next request uses them. */
void registration_set(struct registration *registration, const struct sip_settings *settings);

/* The address to put into the Contact over UDP: how we are seen from outside. NULL: our own.
 * Copied. Returns true if that makes another Contact than before. */
bool registration_set_public(struct registration *registration, const struct sa *mapped);

/* Over UDP, with a public address set: does the server see us elsewhere than the Contact says
 * (RFC 3581)? That is so behind a NAT that maps each way of its own; the next request puts the
 * server's view into the Contact. */
bool registration_has_moved(const struct registration *registration);

/* Ask server to bind us. Same Call-ID as before, next CSeq; if our Contact has changed, the old
 * one is removed by the same request. What was under way is forgotten. on_result is called
 * later, once. Returns 0 or an errno value, then it is not called. */
int registration_send(struct registration *registration, const struct sa *server);

/* Ask the server of the last request to remove our binding; else as registration_send. */
int registration_remove(struct registration *registration);

/* A message has gone out over a TCP or TLS connection. If it is the one made for our request we are
 * told from now on when it closes, though no answer has come yet. */
void registration_connected(struct registration *registration);

/* Forget what is under way: on_result will not be called for it. */
void registration_cancel(struct registration *registration);

/* A binding may be there: one was confirmed or asked for and not removed since. */
bool registration_may_be_bound(const struct registration *registration);

/* Credentials have changed: do not answer from the ones of before. */
void registration_forget_credentials(struct registration *registration);

/* The URI that is bound; "": none. Borrowed until the next request. */
const char *registration_contact(const struct registration *registration);

/* What it authenticates with. Borrowed. */
const struct sip_auth *registration_auth(const struct registration *registration);

/* When to refresh a binding of granted_s, in ms: at 90 %, at least 5 s before its end, never
 * sooner than 1 s. */
uint64_t registration_refresh_ms(uint32_t granted_s);

#endif
