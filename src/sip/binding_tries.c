/* SPDX-License-Identifier: MIT */
#include "sip/binding_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>
#include <re_sys.h>

#include "base/event.h"
#include "sip/explain.h"
#include "sip/knock.h"
#include "sip/nat.h"

enum { CLOCK_RETRY_MS = 10000 };

/* A door that nobody can call for longer than this because a server said so once is no use. */
enum { LONGEST_RETRY_AFTER_S = 3600 };

static void look_up(struct binding *binding, uint64_t limit_ms);
static void refresh(void *arg);
static void try_address(void *arg);

static void try_in(struct binding *binding, uint64_t wait_ms, timer_fn *how)
{
    binding->next_at = moment_in(wait_ms);
    timer_start(&binding->next, wait_ms, how, binding);
}

/* No binding (any more); the reason is set. */
void binding_unbind(struct binding *binding)
{
    bool was_bound = binding->is_bound;

    binding->is_bound = false;
    target_unsettle(binding->target);
    timer_stop(&binding->expiry);
    binding->nat = nat_free(binding->nat);
    registration_set_public(binding->registration, NULL);
    if (was_bound)
        event_emit(binding->config.events, EVENT_SIP_REGISTRATION_LOST, "%s: %s",
                   binding->identity.aor, binding->reason);
}

static void try_later(struct binding *binding, bool is_refused, uint32_t at_least_s)
{
    uint64_t wait_ms =
        retry_next_ms(&binding->retry, is_refused, binding->longest_pause_s, rand_u32());

    if (!binding->is_retrying) {
        timer_stop(&binding->next);
        return;
    }
    if (at_least_s > LONGEST_RETRY_AFTER_S)
        at_least_s = LONGEST_RETRY_AFTER_S;
    if (wait_ms < at_least_s * 1000ull)
        wait_ms = at_least_s * 1000ull;
    try_in(binding, wait_ms, binding_begin);
}

/* The server takes connections again: no need to wait for the pause's end. */
static void on_knock_answered(void *arg)
{
    struct binding *binding = arg;

    binding->knock = knock_stop(binding->knock);
    binding_begin(binding);
}

/* A server that is only down for a moment is worth more tries than the pauses allow. Only where
 * connections are refused: one that takes them and then fails would answer each knock. */
static void start_knocking(struct binding *binding)
{
    if (binding->settings.transport == SIP_TRANSPORT_UDP || !binding->is_retrying)
        return;
    binding->knock = knock_stop(binding->knock);
    (void)knock_start(target_address(binding->target), on_knock_answered, binding, &binding->knock);
}

/* waited_s: see attempt_explain. The server could not be reached: its next address at once, or all
 * again later. At once is from the loop: the library may be busy with the connection that the next
 * try would free. */
static void on_fault(struct binding *binding, int err, unsigned waited_s)
{
    char to[64];

    binding->code = 0;
    target_address_text(binding->target, to, sizeof(to));
    attempt_explain(binding->attempt, err, waited_s, to, binding->reason, sizeof(binding->reason));
    binding_unbind(binding);
    if (target_next(binding->target))
        try_in(binding, 0, try_address);
    else {
        try_later(binding, false, 0);
        if (err == ECONNREFUSED)
            start_knocking(binding);
    }
}

static void on_expired(void *arg)
{
    struct binding *binding = arg;

    (void)snprintf(binding->reason, sizeof(binding->reason),
                   "the registration has expired before the server answered the next one");
    binding_unbind(binding);
}

void binding_expire_in(struct binding *binding, uint64_t left_ms)
{
    timer_start(&binding->expiry, left_ms, on_expired, binding);
}

/* Our address as seen from outside has changed, or is known now: bind that one. */
static void on_public_address(const struct sa *mapped, void *arg)
{
    struct binding *binding = arg;

    if (registration_set_public(binding->registration, mapped) && binding->is_bound)
        try_in(binding, 0, try_address);
}

/* What counts is the flow, not the address: all again. */
static void on_flow_dead(int err, void *arg)
{
    struct binding *binding = arg;

    target_keep_only_this(binding->target);
    attempt_take_your_time(binding->attempt);
    on_fault(binding, err, BINDING_ANSWER_MS / 1000);
}

static void start_nat(struct binding *binding)
{
    const struct nat_config config = {
        .transport = binding->config.transport,
        .resolver = binding->config.resolver,
        .settings = &binding->settings,
        .aor = binding->identity.aor,
        .user_agent = binding->config.user_agent,
        .server = target_address(binding->target),
        .keepalive_s = binding->config.keepalive_s,
        .is_options = binding->config.keepalive_is_options,
        .on_public_address = on_public_address,
        .on_dead = on_flow_dead,
        .arg = binding,
    };

    if (!binding->nat)
        (void)nat_new(&config, &binding->nat); /* without it we are registered all the same */
}

static void on_bound(struct binding *binding, const struct registration_result *result)
{
    bool was_bound = binding->is_bound;
    char to[64];

    binding->retry = (struct retry){0};
    binding->is_bound = true;
    target_settle(binding->target);
    binding->reason[0] = '\0';
    try_in(binding, registration_refresh_ms(result->granted_s), refresh);
    binding->expires_at = moment_in(result->granted_s * 1000ull);
    binding_expire_in(binding, result->granted_s * 1000ull);
    start_nat(binding);
    /* Once: a server that sees us elsewhere each time is not asked without end. */
    binding->is_moving = registration_has_moved(binding->registration) && !binding->is_moving;
    if (binding->is_moving)
        try_in(binding, 0, try_address);
    if (!was_bound) {
        target_address_text(binding->target, to, sizeof(to));
        event_emit(binding->config.events, EVENT_SIP_REGISTERED, "%s at %s by %s for %u s",
                   binding->identity.aor, to, sip_transport_name(binding->settings.transport),
                   result->granted_s);
    }
}

/* From the loop: another name has to be checked, so the connection and its TLS context go. */
static void go_to_target(void *arg)
{
    struct binding *binding = arg;

    binding_release(binding);
    look_up(binding, 0);
}

static void on_answer(struct binding *binding, const struct registration_result *result)
{
    if (result->outcome == REGISTRATION_REDIRECTED) {
        if (target_redirect(binding->target, result->redirect, binding->reason,
                            sizeof(binding->reason))) {
            try_in(binding, 0, go_to_target);
            return;
        }
    } else {
        explain_answer(binding->reason, sizeof(binding->reason), result);
    }
    binding_unbind(binding);
    try_later(binding, result->outcome != REGISTRATION_UNAVAILABLE, result->retry_after_s);
}

void binding_on_result(const struct registration_result *result, void *arg)
{
    struct binding *binding = arg;

    if (binding->left) {
        if (result->outcome != REGISTRATION_FLOW_LOST)
            binding->left(binding->left_arg);
        return;
    }
    if (result->code)
        binding->code = result->code;
    switch (result->outcome) {
    case REGISTRATION_BOUND:
        on_bound(binding, result);
        break;
    case REGISTRATION_REMOVED:
        break;
    case REGISTRATION_REFUSED:
    case REGISTRATION_UNAVAILABLE:
    case REGISTRATION_REDIRECTED:
        on_answer(binding, result);
        break;
    case REGISTRATION_UNREACHABLE:
        on_fault(binding, result->err, 0);
        break;
    case REGISTRATION_FLOW_LOST:
        /* After a refusal the pause and its reason stand, whatever becomes of the connection. */
        if (binding->is_bound)
            on_flow_dead(result->err, binding);
        break;
    }
}

/* ---- one attempt ---- */

/* Returns true if TLS is ready, or not needed; else it will be, or the reason is set and it is
 * tried again. */
static bool prepare(struct binding *binding)
{
    int err = attempt_prepare(binding->attempt, target_host(binding->target));

    if (!err)
        return true;
    if (err == EINPROGRESS)
        return false; /* binding_on_ready goes on */
    (void)snprintf(binding->reason, sizeof(binding->reason), "%s",
                   err == EAGAIN ? "clock is not set yet: no certificate can be checked"
                                 : "TLS cannot be set up");
    binding_unbind(binding);
    if (err != EAGAIN)
        try_later(binding, false, 0);
    else if (binding->is_retrying)
        try_in(binding, CLOCK_RETRY_MS, binding_begin);
    return false;
}

/* For an answer we wait as RFC 3261 says, but less while another address could do better. */
static unsigned answer_limit_ms(const struct binding *binding)
{
    bool has_more = target_has_next(binding->target) && !binding->is_bound;

    return has_more ? BINDING_NEXT_ADDRESS_MS : BINDING_ANSWER_MS;
}

void binding_connected(struct binding *binding)
{
    attempt_connected(binding->attempt, answer_limit_ms(binding));
}

void binding_on_found(int err, bool has_moved, void *arg)
{
    struct binding *binding = arg;

    if (err && (err == ENOENT || !binding->is_bound)) {
        explain_lookup(binding->reason, sizeof(binding->reason), err,
                       target_host(binding->target)->name);
        binding_unbind(binding);
        try_later(binding, false, 0);
        return;
    }
    if (has_moved)
        binding->nat = nat_free(binding->nat); /* it holds the way to the other one */
    try_address(binding); /* for a binding, better the address of before than none */
}

static void look_up(struct binding *binding, uint64_t limit_ms)
{
    int err = target_find(binding->target, limit_ms);

    if (!err)
        return;
    (void)snprintf(binding->reason, sizeof(binding->reason),
                   "the server's name cannot be looked up: %s", strerror(err));
    binding_unbind(binding);
    try_later(binding, false, 0);
}

/* Register at the address in use: a new attempt, or the refresh of a binding. */
static void try_address(void *arg)
{
    struct binding *binding = arg;
    char to[64];
    int err;

    if (target_is_finding(binding->target))
        return; /* binding_on_found goes on */
    if (!prepare(binding))
        return;
    err = attempt_send(binding->attempt, target_address(binding->target), answer_limit_ms(binding));
    if (err) {
        on_fault(binding, err, 0);
        return;
    }
    binding->attempt_at = moment_in(0);
    if (!binding->is_bound && !binding->reason[0]) {
        target_address_text(binding->target, to, sizeof(to));
        (void)snprintf(binding->reason, sizeof(binding->reason), "waiting for the answer of %s",
                       to);
    }
}

void binding_on_ready(void *arg)
{
    try_address(arg);
}

/* Only here the records' time counts: of one answer each address has its turn, however short its
 * life is. */
static void refresh(void *arg)
{
    struct binding *binding = arg;

    if (target_is_finding(binding->target))
        return; /* binding_on_found goes on */
    if (target_is_fresh(binding->target))
        try_address(binding);
    else
        look_up(binding, BINDING_LOOK_UP_MS);
}

/* From the name on. */
void binding_begin(void *arg)
{
    struct binding *binding = arg;

    timer_stop(&binding->next);
    binding->knock = knock_stop(binding->knock);
    attempt_cancel(binding->attempt);
    if (target_restart(binding->target))
        binding_release(binding); /* its TLS context was for where we were redirected to */
    look_up(binding, 0);
}
