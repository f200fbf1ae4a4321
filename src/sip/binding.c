/* SPDX-License-Identifier: MIT */
#include "sip/binding.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>
#include <re_sys.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/moment.h"
#include "base/network.h"
#include "base/timer.h"
#include "sip/explain.h"
#include "sip/identity.h"
#include "sip/knock.h"
#include "sip/nat.h"
#include "sip/registration.h"
#include "sip/resolver.h"
#include "sip/retry.h"
#include "sip/tls_peer.h"
#include "sip/transport.h"

/* No certificate is valid yet when the clock stands before this program was made. */
enum { CLOCK_RETRY_MS = 10000 };

/* A door that nobody can call for longer than this because a server said so once is no use. */
enum { LONGEST_RETRY_AFTER_S = 3600 };

struct binding {
    struct binding_config config;
    struct sip_settings settings;
    struct identity identity;
    const struct tls_trust *trust;
    bool is_strict;

    struct registration *registration;
    struct tls_peer *tls;
    struct nat *nat;     /* STUN and keep-alive; runs while bound */
    struct knock *knock; /* runs while we wait for a TCP or TLS server to come back */
    struct resolver_query *query;
    struct host target; /* the next hop, or where it has redirected us */
    unsigned n_redirects;
    struct sa addrs[RESOLVER_MAX_ADDRESSES];
    unsigned n_addrs;
    unsigned addr;           /* the one in use, or to try next */
    uint64_t addrs_until_ms; /* monotonic: then the name is looked up again */

    bool is_retrying; /* see agent_set_retry */
    unsigned longest_pause_s;
    struct retry retry;
    struct timer next;   /* refresh or retry */
    struct timer expiry; /* the binding's end; runs while bound */
    struct timer limit;  /* of the attempt under way */
    unsigned limit_s;
    bool is_connecting; /* the limit is the connection's, not yet the answer's */

    binding_left_fn *left; /* set while leaving */
    void *left_arg;

    bool is_flow_mute; /* no answer came over the TCP or TLS connection: it is not used again */
    bool is_started;
    bool is_bound;
    bool is_moving;       /* the REGISTER under way corrects our Contact */
    bool is_network_down; /* when the kernel told last */
    int code;
    char reason[AGENT_MAX_REASON];
    struct moment attempt_at, next_at, expires_at; /* what people are told */
};

static void begin(void *arg);
static void look_up(struct binding *binding);
static void refresh(void *arg);
static void try_address(void *arg);

static void try_in(struct binding *binding, uint64_t wait_ms, timer_fn *how)
{
    binding->next_at = moment_in(wait_ms);
    timer_start(&binding->next, wait_ms, how, binding);
}

static void address_text(const struct binding *binding, char *buf, size_t size)
{
    buf[0] = '\0';
    if (binding->addr < binding->n_addrs)
        (void)re_snprintf(buf, size, "%J", &binding->addrs[binding->addr]);
}

/* No binding (any more); the reason is set. */
static void set_unbound(struct binding *binding)
{
    bool was_bound = binding->is_bound;

    binding->is_bound = false;
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
    try_in(binding, wait_ms, begin);
}

static void set_fault(struct binding *binding, int err, const char *to)
{
    const struct explain_fault fault = {
        .err = err,
        .to = to,
        .transport = binding->settings.transport,
        .tls_problem = binding->tls ? tls_peer_problem(binding->tls) : "",
        .waited_s = binding->limit_s,
    };

    explain_unreachable(binding->reason, sizeof(binding->reason), &fault);
}

/* The server takes connections again: no need to wait for the pause's end. */
static void on_knock_answered(void *arg)
{
    struct binding *binding = arg;

    binding->knock = knock_stop(binding->knock);
    begin(binding);
}

/* A server that is only down for a moment is worth more tries than the pauses allow. Only where
 * connections are refused: one that takes them and then fails would answer each knock. */
static void start_knocking(struct binding *binding)
{
    if (binding->settings.transport == SIP_TRANSPORT_UDP || !binding->is_retrying)
        return;
    binding->knock = knock_stop(binding->knock);
    (void)knock_start(&binding->addrs[0], on_knock_answered, binding, &binding->knock);
}

/* The server could not be reached: its next address at once, or all again later. At once is
 * from the loop: the library may be busy with the connection that the next try would free. */
static void on_fault(struct binding *binding, int err)
{
    char to[64];

    timer_stop(&binding->limit);
    binding->is_flow_mute = err == ETIMEDOUT && binding->settings.transport != SIP_TRANSPORT_UDP;
    binding->code = 0;
    address_text(binding, to, sizeof(to));
    set_fault(binding, err, to);
    set_unbound(binding);
    if (++binding->addr < binding->n_addrs)
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
    set_unbound(binding);
}

/* Our address as seen from outside has changed, or is known now: bind that one. */
static void on_public_address(const struct sa *mapped, void *arg)
{
    struct binding *binding = arg;

    if (registration_set_public(binding->registration, mapped) && binding->is_bound)
        try_in(binding, 0, try_address);
}

static void on_flow_dead(int err, void *arg)
{
    struct binding *binding = arg;

    binding->addrs[0] = binding->addrs[binding->addr];
    binding->addr = 0;
    binding->n_addrs = 1; /* what counts is the flow, not the address: all again */
    binding->limit_s = BINDING_ANSWER_MS / 1000;
    on_fault(binding, err);
}

static void start_nat(struct binding *binding)
{
    const struct nat_config config = {
        .transport = binding->config.transport,
        .resolver = binding->config.resolver,
        .settings = &binding->settings,
        .aor = binding->identity.aor,
        .user_agent = binding->config.user_agent,
        .server = &binding->addrs[binding->addr],
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

    timer_stop(&binding->limit);
    binding->retry = (struct retry){0};
    binding->n_redirects = 0; /* a cluster may redirect each refresh */
    binding->is_bound = true;
    binding->reason[0] = '\0';
    try_in(binding, registration_refresh_ms(result->granted_s), refresh);
    binding->expires_at = moment_in(result->granted_s * 1000ull);
    timer_start(&binding->expiry, result->granted_s * 1000ull, on_expired, binding);
    start_nat(binding);
    /* Once: a server that sees us elsewhere each time is not asked without end. */
    binding->is_moving = registration_has_moved(binding->registration) && !binding->is_moving;
    if (binding->is_moving)
        try_in(binding, 0, try_address);
    if (!was_bound) {
        address_text(binding, to, sizeof(to));
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
    look_up(binding);
}

/* 301 or 302. Returns true if we go there. */
static bool follow_redirect(struct binding *binding, const char *to)
{
    struct host host;

    if (host_parse(to, HOST_FORM_PORT, &host)) {
        (void)snprintf(binding->reason, sizeof(binding->reason),
                       "the server redirects us, but not to an address we can use");
        return false;
    }
    if (!identity_owns_host(&binding->identity, &host) ||
        ++binding->n_redirects > BINDING_MAX_REDIRECTS) {
        (void)snprintf(binding->reason, sizeof(binding->reason),
                       "the server redirects us to %.100s, which is %s", host.name,
                       binding->n_redirects > BINDING_MAX_REDIRECTS ? "one too many"
                                                                    : "not of this account");
        return false;
    }
    binding->target = host;
    try_in(binding, 0, go_to_target);
    return true;
}

static void on_answer(struct binding *binding, const struct registration_result *result)
{
    timer_stop(&binding->limit);
    if (result->outcome == REGISTRATION_REDIRECTED) {
        if (follow_redirect(binding, result->redirect))
            return;
    } else {
        explain_answer(binding->reason, sizeof(binding->reason), result);
    }
    set_unbound(binding);
    try_later(binding, result->outcome != REGISTRATION_UNAVAILABLE, result->retry_after_s);
}

static void on_result(const struct registration_result *result, void *arg)
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
        on_fault(binding, result->err);
        break;
    case REGISTRATION_FLOW_LOST:
        /* After a refusal the pause and its reason stand, whatever becomes of the connection. */
        if (binding->is_bound)
            on_flow_dead(result->err, binding);
        break;
    }
}

/* ---- one attempt ---- */

/* Returns true if TLS is ready, or not needed; else the reason is set and it is tried again. */
static bool prepare_tls(struct binding *binding)
{
    if (binding->settings.transport != SIP_TRANSPORT_TLS)
        return true;
    if (binding->is_strict && clock_unix_s() < PORTERO_RELEASED_AT_S) {
        (void)snprintf(binding->reason, sizeof(binding->reason),
                       "clock is not set yet: no certificate can be checked");
        set_unbound(binding);
        if (binding->is_retrying)
            try_in(binding, CLOCK_RETRY_MS, begin);
        return false;
    }
    if (binding->tls) {
        tls_peer_clear_problem(binding->tls);
        return true;
    }
    if (tls_peer_new(&binding->target, &binding->identity.realm, binding->trust, binding->is_strict,
                     &binding->tls)) {
        (void)snprintf(binding->reason, sizeof(binding->reason), "TLS cannot be set up");
        set_unbound(binding);
        try_later(binding, false, 0);
        return false;
    }
    return true;
}

/* The attempt takes too long. */
static void on_limit(void *arg)
{
    struct binding *binding = arg;
    registration_cancel(binding->registration);
    if (binding->settings.transport != SIP_TRANSPORT_UDP)
        transport_close_connections(binding->config.transport);
    on_fault(binding, binding->is_connecting ? ETIME : ETIMEDOUT);
}

static void limit_attempt(struct binding *binding, unsigned limit_ms)
{
    binding->limit_s = limit_ms / 1000;
    binding->is_connecting = false;
    timer_start(&binding->limit, limit_ms, on_limit, binding);
}

/* For an answer we wait as RFC 3261 says, but less while another address could do better. */
static void limit_answer(struct binding *binding)
{
    bool has_more = binding->addr + 1 < binding->n_addrs && !binding->is_bound;

    limit_attempt(binding, has_more ? BINDING_NEXT_ADDRESS_MS : BINDING_ANSWER_MS);
}

void binding_connected(struct binding *binding)
{
    registration_connected(binding->registration);
    if (timer_is_running(&binding->limit) && binding->is_connecting)
        limit_answer(binding);
}

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s, void *arg)
{
    struct binding *binding = arg;
    const char *host = binding->target.name;
    struct sa current = {0};
    bool is_gone;

    binding->query = NULL;
    timer_stop(&binding->limit);
    if (err && err != ENOENT && binding->is_bound) {
        try_address(binding); /* better the address of before than none */
        return;
    }
    if (err) {
        explain_lookup(binding->reason, sizeof(binding->reason), err, host);
        set_unbound(binding);
        try_later(binding, false, 0);
        return;
    }
    if (binding->addr < binding->n_addrs)
        current = binding->addrs[binding->addr];
    memcpy(binding->addrs, addrs, n_addrs * sizeof(*addrs));
    binding->n_addrs = n_addrs;
    binding->addr = 0;
    is_gone = binding->is_bound;
    binding->addrs_until_ms = clock_monotonic_ms() + ttl_s * 1000ull;
    for (unsigned i = 0; i < n_addrs && binding->is_bound; i++) {
        if (sa_cmp(&addrs[i], &current, SA_ALL)) {
            binding->addr = i; /* still a good one: stay */
            is_gone = false;
        }
    }
    if (is_gone)
        binding->nat = nat_free(binding->nat); /* it holds the way to the other one */
    try_address(binding);
}

static void look_up(struct binding *binding)
{
    int err = resolver_find(binding->config.resolver, &binding->target, binding->settings.transport,
                            on_found, binding, &binding->query);

    if (!err)
        return;
    (void)snprintf(binding->reason, sizeof(binding->reason),
                   "the server's name cannot be looked up: %s", strerror(err));
    set_unbound(binding);
    try_later(binding, false, 0);
}

/* Register at the address in use: a new attempt, or the refresh of a binding. */
static void try_address(void *arg)
{
    struct binding *binding = arg;
    const struct sa *server = &binding->addrs[binding->addr];
    char to[64];
    int err;

    if (binding->query)
        return; /* on_found goes on */
    if (!prepare_tls(binding))
        return;
    if (binding->is_flow_mute) /* only now: when that was found the library was still in it */
        transport_close_connections(binding->config.transport);
    binding->is_flow_mute = false;
    err = transport_open(binding->config.transport, server, binding->settings.transport,
                         binding->tls ? tls_peer_context(binding->tls) : NULL);
    if (binding->settings.transport == SIP_TRANSPORT_UDP) {
        limit_answer(binding);
    } else {
        limit_attempt(binding, BINDING_CONNECT_MS);
        binding->is_connecting = true;
    }
    if (!err)
        err = registration_send(binding->registration, server);
    if (err) {
        on_fault(binding, err);
        return;
    }
    binding->attempt_at = moment_in(0);
    if (!binding->is_bound && !binding->reason[0]) {
        address_text(binding, to, sizeof(to));
        (void)snprintf(binding->reason, sizeof(binding->reason), "waiting for the answer of %s",
                       to);
    }
}

/* DNS takes too long for a binding that is about to end: at the address of before. */
static void on_found_late(void *arg)
{
    struct binding *binding = arg;

    binding->query = resolver_cancel(binding->query);
    try_address(binding);
}

/* Only here the records' time counts: of one answer each address has its turn, however short its
 * life is. */
static void refresh(void *arg)
{
    struct binding *binding = arg;

    if (binding->query)
        return; /* on_found goes on */
    if (clock_monotonic_ms() < binding->addrs_until_ms) {
        try_address(binding);
        return;
    }
    timer_start(&binding->limit, BINDING_LOOK_UP_MS, on_found_late, binding);
    look_up(binding);
}

/* From the name on. */
static void begin(void *arg)
{
    struct binding *binding = arg;

    timer_stop(&binding->next);
    timer_stop(&binding->limit);
    binding->knock = knock_stop(binding->knock);
    binding->query = resolver_cancel(binding->query);
    registration_cancel(binding->registration);
    if (strcasecmp(binding->target.name, binding->identity.next_hop.name) != 0)
        binding_release(binding); /* its TLS context was for where we were redirected to */
    binding->target = binding->identity.next_hop;
    binding->n_redirects = 0;
    look_up(binding);
}

/* ---- what comes from outside ---- */

/* How the way to the server is now. Returns 0, ENETDOWN (no link: the reason is set) or another
 * errno value. */
static int look_at_network(struct binding *binding, struct sa *ret_local)
{
    const struct sa *server = &binding->addrs[binding->addr < binding->n_addrs ? binding->addr : 0];
    char name[IF_NAMESIZE];
    int err = transport_choose(binding->config.transport, server, ret_local);

    if (err) {
        set_fault(binding, err, binding->identity.next_hop.name);
    } else if (!network_is_up(&ret_local->u.sa, name)) {
        (void)snprintf(binding->reason, sizeof(binding->reason),
                       "the network is down: %s has no link", name[0] ? name : "no interface");
        err = ENETDOWN;
    }
    return err;
}

void binding_network_changed(struct binding *binding, bool link_is_back)
{
    bool was_down = binding->is_network_down;
    struct sa old, now;
    char reason[AGENT_MAX_REASON];

    if (!binding->is_started || binding->left)
        return;
    if (!binding->n_addrs) { /* not even the name could be looked up */
        if (!binding->query)
            begin(binding);
        return;
    }
    (void)snprintf(reason, sizeof(reason), "%s", binding->reason);
    transport_local(binding->config.transport, &old);
    binding->is_network_down = look_at_network(binding, &now) != 0;
    if (binding->is_network_down) {
        set_unbound(binding);
        return;
    }
    (void)snprintf(binding->reason, sizeof(binding->reason), "%s", reason);
    /* Whatever else the kernel tells (another card, a route elsewhere) is not about us; only a
     * server that we could not reach may be behind the link that is back. */
    if (was_down || !sa_cmp(&old, &now, SA_ADDR) ||
        (link_is_back && !binding->is_bound && !binding->retry.n_refused)) {
        binding->retry.n_faults = 0;
        binding->nat = nat_free(binding->nat); /* it asks from the old socket */
        begin(binding);
    }
}

void binding_clock_stepped(struct binding *binding)
{
    if (binding->is_started && !binding->is_bound && !binding->left &&
        binding->settings.transport == SIP_TRANSPORT_TLS)
        begin(binding);
}

void binding_set_retry(struct binding *binding, bool is_on, unsigned longest_s)
{
    binding->is_retrying = is_on;
    binding->longest_pause_s = longest_s;
}

void binding_start(struct binding *binding, const struct sip_settings *settings,
                   const struct tls_trust *trust, bool is_strict)
{
    uint64_t bound_ms = timer_left_ms(&binding->expiry);

    binding_stop(binding);
    if (binding->is_bound) /* until the server says otherwise, but no longer than it granted */
        timer_start(&binding->expiry, bound_ms, on_expired, binding);
    binding->settings = *settings;
    identity_make(settings, &binding->identity);
    registration_set(binding->registration, settings);
    registration_forget_credentials(binding->registration);
    if (!sip_settings_has_stun(settings))
        registration_set_public(binding->registration, NULL);
    binding->trust = trust;
    binding->is_strict = is_strict;
    binding->left = NULL;
    binding->retry = (struct retry){0};
    binding->is_started = true;
    begin(binding);
}

void binding_again(struct binding *binding)
{
    binding_start(binding, &binding->settings, binding->trust, binding->is_strict);
}

void binding_stop(struct binding *binding)
{
    timer_stop(&binding->next);
    timer_stop(&binding->expiry);
    timer_stop(&binding->limit);
    binding->knock = knock_stop(binding->knock);
    binding->query = resolver_cancel(binding->query);
    registration_cancel(binding->registration);
    binding->nat = nat_free(binding->nat);
    binding->is_started = false;
}

bool binding_leave(struct binding *binding, binding_left_fn *left, void *arg)
{
    bool has_told = registration_may_be_bound(binding->registration);

    binding_stop(binding);
    binding->is_bound = false;
    binding->left = left;
    binding->left_arg = arg;
    return has_told && !registration_remove(binding->registration);
}

void binding_release(struct binding *binding)
{
    binding->nat = nat_free(binding->nat);
    if (!binding->tls)
        return;
    transport_close_connections(binding->config.transport);
    binding->tls = tls_peer_free(binding->tls);
}

void binding_status(const struct binding *binding, struct agent_status *ret_status)
{
    ret_status->state = binding->is_bound ? AGENT_REGISTERED : AGENT_TRYING;
    ret_status->code = binding->code;
    (void)snprintf(ret_status->reason, sizeof(ret_status->reason), "%s", binding->reason);
    ret_status->last_attempt_at_s = moment_unix_s(&binding->attempt_at);
    if (timer_is_running(&binding->expiry))
        ret_status->expires_at_s = moment_unix_s(&binding->expires_at);
    if (timer_is_running(&binding->next))
        ret_status->next_attempt_at_s = moment_unix_s(&binding->next_at);
    ret_status->is_unchecked =
        binding->settings.transport == SIP_TRANSPORT_TLS && !binding->is_strict;
    nat_status(binding->nat, &binding->settings, ret_status);
}

int binding_new(const struct binding_config *config, const struct sip_settings *settings,
                struct binding **ret_binding)
{
    struct binding *binding = calloc(1, sizeof(*binding));
    struct registration_config registration = {
        .transport = config->transport,
        .instance = config->instance,
        .user_agent = config->user_agent,
        .on_result = on_result,
    };
    int err;

    if (!binding)
        return ENOMEM;
    binding->config = *config;
    binding->settings = *settings;
    identity_make(settings, &binding->identity);
    binding->target = binding->identity.next_hop;
    registration.arg = binding;
    err = registration_new(&registration, settings, &binding->registration);
    if (err)
        binding_free(binding);
    else
        *ret_binding = binding;
    return err;
}

struct binding *binding_free(struct binding *binding)
{
    if (!binding)
        return NULL;
    if (binding->registration)
        binding_stop(binding);
    registration_free(binding->registration);
    binding_release(binding);
    sip_settings_wipe(&binding->settings);
    free(binding);
    return NULL;
}
