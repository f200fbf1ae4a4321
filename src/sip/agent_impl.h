/* SPDX-License-Identifier: MIT */
/* agent_impl.h - the inside of an agent, for agent.c (its account) and agent_calls.c only. */
#ifndef SIP_AGENT_IMPL_H
#define SIP_AGENT_IMPL_H

#include "base/timer.h"
#include "sip/agent.h"
#include "sip/unasked.h"

struct binding;
struct calls;
struct check;
struct resolver;
struct tls_trust;
struct transport;

struct agent {
    struct agent_config config;
    char instance[64]; /* urn:uuid:SERIAL */
    struct trace *trace;
    struct transport *transport;
    struct resolver *resolver;
    struct tls_trust *trust;
    struct tls_trust *old_trust; /* what the binding still uses; NULL: trust */
    bool is_strict;
    bool is_retrying;
    unsigned longest_pause_s;
    struct unasked_limit unasked;

    struct binding *binding;      /* of settings; NULL while off */
    struct sip_settings settings; /* in use while there is a binding */

    struct calls *calls;

    struct check *check; /* NULL: none runs */
    agent_checked_fn *checked;
    void *checked_arg;

    bool is_leaving; /* the goodbye is on its way; then next_* is taken up */
    bool next_is_on;
    struct sip_settings next_settings;
    struct timer leave_timer;
    agent_stopped_fn *stopped; /* set: the end */
    void *stopped_arg;
};

#endif
