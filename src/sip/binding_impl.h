/* SPDX-License-Identifier: MIT */
/* binding_impl.h - the inside of a binding, for binding.c (what comes from outside) and
 * binding_tries.c (what it does by itself) only. */
#ifndef SIP_BINDING_IMPL_H
#define SIP_BINDING_IMPL_H

#include "base/moment.h"
#include "base/timer.h"
#include "sip/attempt.h"
#include "sip/binding.h"
#include "sip/identity.h"
#include "sip/retry.h"
#include "sip/target.h"

struct binding {
    struct binding_config config;
    struct sip_settings settings;
    struct identity identity;
    struct tls_trust *trust;
    bool is_strict;

    struct target *target;
    struct attempt *attempt;
    struct registration *registration; /* the attempt's */
    struct nat *nat;                   /* STUN and keep-alive; runs while bound */
    struct knock *knock;               /* runs while we wait for a TCP or TLS server to come back */

    bool is_retrying; /* see agent_set_retry */
    unsigned longest_pause_s;
    struct retry retry;
    struct timer next;   /* refresh or retry */
    struct timer expiry; /* the binding's end; runs while bound */

    binding_left_fn *left; /* set while leaving */
    void *left_arg;

    bool is_started;
    bool is_bound;
    bool is_moving;       /* the REGISTER under way corrects our Contact */
    bool is_network_down; /* when the kernel told last */
    int code;
    char reason[AGENT_MAX_REASON];
    struct moment attempt_at, next_at, expires_at; /* what people are told */
};

/* A timer_fn: forget what is under way, and begin from the name on. */
void binding_begin(void *arg);

/* There is no binding, or none any more; the reason is set. */
void binding_unbind(struct binding *binding);

/* The binding ends by itself then, if nothing comes before that. */
void binding_expire_in(struct binding *binding, uint64_t left_ms);

/* Go on with the address in use: TLS is ready now. */
void binding_on_ready(void *arg);

/* A registration_result_fn and a target_found_fn. */
void binding_on_result(const struct registration_result *result, void *arg);
void binding_on_found(int err, bool has_moved, void *arg);

#endif
