/* SPDX-License-Identifier: MIT */
/* account.h - what a call needs to know of its account: a value, good for the time of one call of
 * a function; pointers are borrowed from the binding. */
#ifndef SIP_ACCOUNT_H
#define SIP_ACCOUNT_H

struct identity;
struct sa;
struct sip_auth;
struct sip_settings;

struct account {
    const struct identity *identity;
    const struct sip_settings *settings;
    const struct sa *server;      /* NULL: its name was never looked up */
    const struct sa *servers;     /* all of its addresses; server is among them */
    unsigned n_servers;           /* RESOLVER_MAX_ADDRESSES at most */
    const struct sip_auth *known; /* who was given credentials at registration */
    const char *contact;          /* the URI that is registered; "": none */
    const struct sa *stun_server; /* NULL: off, or not known */
    const char *reason;           /* why it is not registered; "" */
};

#endif
