/* SPDX-License-Identifier: MIT */
/* nat.h - what a binding needs behind a NAT while it lives: our public address by STUN (UDP),
 * and something sent now and then so that the way back stays open, and a dead one is noticed.
 * Loop thread only. Never blocks. */
#ifndef SIP_NAT_H
#define SIP_NAT_H

#include <stdbool.h>

#include "settings/sip_settings.h"

struct agent_status;
struct nat;
struct resolver;
struct sa;
struct transport;

/* Our public address is known, or has changed; NULL: it is not known any more. */
typedef void nat_public_address_fn(const struct sa *mapped, void *arg);

/* The server does not answer our OPTIONS. Should free the nat; may do so from inside. */
typedef void nat_dead_fn(int err, void *arg);

struct nat_config {
    struct transport *transport;         /* borrowed */
    struct resolver *resolver;           /* borrowed */
    const struct sip_settings *settings; /* borrowed for the call */
    const char *aor;                     /* borrowed */
    const char *user_agent;              /* borrowed */
    const struct sa *server;             /* where we are bound; borrowed for the call */
    unsigned keepalive_s;                /* 0: send nothing */
    bool is_options;                     /* over UDP by OPTIONS instead of CRLF (RFC 5626) */
    nat_public_address_fn *on_public_address;
    nat_dead_fn *on_dead;
    void *arg;
};

/* Returns 0 or ENOMEM; caller owns *ret_nat. */
int nat_new(const struct nat_config *config, struct nat **ret_nat);
struct nat *nat_free(struct nat *nat);

/* The STUN server's address; NULL: off, or not known. nat may be NULL. Borrowed. */
const struct sa *nat_stun_server(const struct nat *nat);

/* Fill in public_address and what is to be said of STUN. nat may be NULL. */
void nat_status(const struct nat *nat, const struct sip_settings *settings,
                struct agent_status *status);

#endif
