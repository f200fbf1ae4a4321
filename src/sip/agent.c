/* SPDX-License-Identifier: MIT */
#include "sip/agent.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>
#include <re_sys.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/timer.h"
#include "sip/identity.h"
#include "sip/registration.h"
#include "sip/resolver.h"
#include "sip/retry.h"
#include "sip/sip_auth.h"
#include "sip/tls_peer.h"
#include "sip/tls_trust.h"
#include "sip/transport.h"
#include "sip/unasked.h"

#define USER_AGENT "Portero/" PORTERO_VERSION

struct agent {
    struct agent_config config;
    char instance[64]; /* urn:uuid:SERIAL */
    struct transport *transport;
    struct resolver *resolver;
    struct resolver_query *query;
    struct tls_trust *trust;
    struct tls_peer *tls;
    struct registration *registration; /* of settings; NULL while off */
    struct unasked_limit unasked;

    bool is_on;
    struct sip_settings settings; /* in use while is_on */
    struct identity identity;

    bool is_leaving; /* the goodbye is on its way; then next_* is taken up */
    bool next_is_on;
    struct sip_settings next_settings;
    agent_stopped_fn *stopped; /* set: the end */
    void *stopped_arg;

    struct sa addrs[RESOLVER_MAX_ADDRESSES];
    unsigned n_addrs;
    unsigned addr; /* the one in use, or to try next */
    struct retry retry;
    struct timer next;   /* refresh, retry, or the end of leaving */
    struct timer expiry; /* the binding's end */
    struct timer connect; /* runs until the connection stands */
    struct agent_status status;
};

static void begin(void *arg);
static void try_address(void *arg);

/* ---- what people are told ---- */

static void set_reason(struct agent *agent, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void set_reason(struct agent *agent, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(agent->status.reason, sizeof(agent->status.reason), fmt, ap);
    va_end(ap);
}

static void address_text(const struct agent *agent, char *buf, size_t size)
{
    if (re_snprintf(buf, size, "%J", &agent->addrs[agent->addr]) < 0)
        buf[0] = '\0';
}

/* No binding (any more). */
static void set_trying(struct agent *agent)
{
    bool was_registered = agent->status.state == AGENT_REGISTERED;

    agent->status.state = AGENT_TRYING;
    agent->status.expires_at_s = 0;
    timer_stop(&agent->expiry);
    if (was_registered)
        event_emit(agent->config.events, EVENT_SIP_REGISTRATION_LOST, "%s: %s",
                   agent->identity.aor, agent->status.reason);
}

static void explain_unreachable(struct agent *agent, int err)
{
    char to[64];
    const char *tls_problem = agent->tls ? tls_peer_problem(agent->tls) : "";

    address_text(agent, to, sizeof(to));
    if (tls_problem[0]) {
        set_reason(agent, "%s", tls_problem);
        return;
    }
    switch (err) {
    case ETIMEDOUT:
        set_reason(agent, "no answer from %s in 32 s", to);
        break;
    case ETIME:
        set_reason(agent, "no %s with %s in %d s",
                   agent->tls ? "TLS handshake" : "TCP connection", to, AGENT_CONNECT_MS / 1000);
        break;
    case ECONNREFUSED:
        set_reason(agent, "%s refuses %s connections: is the server running?", to,
                   sip_transport_name(agent->settings.transport));
        break;
    case ECONNRESET:
    case EPIPE:
        set_reason(agent, "%s closed the connection", to);
        break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
        set_reason(agent, "no route to %s: is the network up?", to);
        break;
    case EAFNOSUPPORT:
        set_reason(agent, "%s cannot be reached from the configured SIP address", to);
        break;
    case EPROTO:
        set_reason(agent, "%s does not speak TLS", to);
        break;
    case EADDRINUSE:
        set_reason(agent, "the SIP port is in use by another program");
        break;
    default:
        set_reason(agent, "cannot reach %s: %s", to, strerror(err));
        break;
    }
}

static void explain_refusal(struct agent *agent, const struct registration_result *result)
{
    const char *phrase = result->phrase[0] ? result->phrase : "no reason given";

    if (result->is_wrong_password)
        set_reason(agent, "wrong password: %d %s", result->code, phrase);
    else if (result->explanation[0])
        set_reason(agent, "%s (%d %s)", result->explanation, result->code, phrase);
    else if (result->code == 404)
        set_reason(agent, "the server does not know this user: %d %s", result->code, phrase);
    else if (result->outcome == REGISTRATION_UNAVAILABLE)
        set_reason(agent, "the server cannot register us now: %d %s", result->code, phrase);
    else
        set_reason(agent, "the server refuses to register us: %d %s", result->code, phrase);
}

/* ---- trying, and trying again ---- */

static void try_later(struct agent *agent, bool is_refused, uint32_t at_least_s)
{
    uint64_t wait_ms = retry_next_ms(&agent->retry, is_refused, rand_u32());

    if (wait_ms < at_least_s * 1000ull)
        wait_ms = at_least_s * 1000ull;
    agent->status.next_attempt_at_s = clock_unix_s() + (int64_t)((wait_ms + 999) / 1000);
    timer_start(&agent->next, wait_ms, begin, agent);
}

/* The server could not be reached: its next address at once, or all again later. At once is
 * from the loop: the library may be busy with the connection that the next try would free. */
static void on_fault(struct agent *agent, int err)
{
    explain_unreachable(agent, err);
    set_trying(agent);
    if (++agent->addr < agent->n_addrs)
        timer_start(&agent->next, 0, try_address, agent);
    else
        try_later(agent, false, 0);
}

static void on_sent(void *arg)
{
    struct agent *agent = arg;

    timer_stop(&agent->connect);
}

static void on_connect_late(void *arg)
{
    struct agent *agent = arg;

    registration_cancel(agent->registration);
    transport_close_connections(agent->transport);
    on_fault(agent, ETIME);
}

static void on_expired(void *arg)
{
    struct agent *agent = arg;

    set_reason(agent, "the registration has expired before the server answered the next one");
    set_trying(agent);
}

static void on_bound(struct agent *agent, const struct registration_result *result)
{
    bool was_registered = agent->status.state == AGENT_REGISTERED;
    uint64_t refresh_ms = registration_refresh_ms(result->granted_s);
    char to[64];

    agent->retry = (struct retry){0};
    agent->status.state = AGENT_REGISTERED;
    agent->status.reason[0] = '\0';
    agent->status.expires_at_s = clock_unix_s() + result->granted_s;
    agent->status.next_attempt_at_s = clock_unix_s() + (int64_t)(refresh_ms / 1000);
    timer_start(&agent->next, refresh_ms, try_address, agent);
    timer_start(&agent->expiry, result->granted_s * 1000ull, on_expired, agent);
    if (!was_registered) {
        address_text(agent, to, sizeof(to));
        event_emit(agent->config.events, EVENT_SIP_REGISTERED, "%s at %s by %s for %u s",
                   agent->identity.aor, to, sip_transport_name(agent->settings.transport),
                   result->granted_s);
    }
}

static void on_left(void *arg);

static void on_result(const struct registration_result *result, void *arg)
{
    struct agent *agent = arg;

    if (agent->is_leaving) {
        if (result->outcome != REGISTRATION_FLOW_LOST)
            timer_start(&agent->next, 0, on_left, agent);
        return;
    }
    if (result->code)
        agent->status.code = result->code;
    switch (result->outcome) {
    case REGISTRATION_BOUND:
        on_bound(agent, result);
        break;
    case REGISTRATION_REMOVED:
        break;
    case REGISTRATION_REFUSED:
    case REGISTRATION_UNAVAILABLE:
        explain_refusal(agent, result);
        set_trying(agent);
        try_later(agent, result->outcome == REGISTRATION_REFUSED, result->retry_after_s);
        break;
    case REGISTRATION_UNREACHABLE:
        timer_stop(&agent->connect);
        on_fault(agent, result->err);
        break;
    case REGISTRATION_FLOW_LOST:
        agent->addr = agent->n_addrs - 1; /* all again: the address was good so far */
        on_fault(agent, result->err);
        break;
    }
}

/* The context fits one pair of names; made again when they change. */
static int prepare_tls(struct agent *agent)
{
    int err;

    if (agent->settings.transport != SIP_TRANSPORT_TLS)
        return 0;
    if (agent->tls) {
        tls_peer_clear_problem(agent->tls);
        return 0;
    }
    err = tls_peer_new(&agent->identity.next_hop, &agent->identity.realm, agent->trust,
                       &agent->tls);
    if (err)
        set_reason(agent, "TLS cannot be set up: %s", strerror(err));
    return err;
}

/* Register at the address in use: a new attempt, or the refresh of a binding. */
static void try_address(void *arg)
{
    struct agent *agent = arg;
    const struct sa *server = &agent->addrs[agent->addr];
    char to[64];
    int err;

    agent->status.next_attempt_at_s = 0;
    if (prepare_tls(agent)) {
        set_trying(agent);
        try_later(agent, false, 0);
        return;
    }
    err = transport_open(agent->transport, server, agent->settings.transport,
                         agent->tls ? tls_peer_context(agent->tls) : NULL);
    if (!err && agent->settings.transport != SIP_TRANSPORT_UDP)
        timer_start(&agent->connect, AGENT_CONNECT_MS, on_connect_late, agent);
    if (!err)
        err = registration_send(agent->registration, server);
    if (err) {
        timer_stop(&agent->connect);
        on_fault(agent, err);
        return;
    }
    agent->status.last_attempt_at_s = clock_unix_s();
    if (agent->status.state != AGENT_REGISTERED && !agent->status.reason[0]) {
        address_text(agent, to, sizeof(to));
        set_reason(agent, "waiting for the answer of %s", to);
    }
}

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, void *arg)
{
    struct agent *agent = arg;
    const char *host = agent->identity.next_hop.name;

    agent->query = NULL;
    if (err) {
        if (err == ENOENT)
            set_reason(agent, "there is no host named %s: is the proxy spelled right?", host);
        else
            set_reason(agent, "the name %s cannot be looked up now: does DNS work?", host);
        set_trying(agent);
        try_later(agent, false, 0);
        return;
    }
    memcpy(agent->addrs, addrs, n_addrs * sizeof(*addrs));
    agent->n_addrs = n_addrs;
    agent->addr = 0;
    try_address(agent);
}

/* One attempt, from the name on. */
static void begin(void *arg)
{
    struct agent *agent = arg;
    int err;

    timer_stop(&agent->next);
    agent->query = resolver_cancel(agent->query);
    registration_cancel(agent->registration);
    agent->status.next_attempt_at_s = 0;
    err = resolver_find(agent->resolver, &agent->identity.next_hop, agent->settings.transport,
                        on_found, agent, &agent->query);
    if (err) {
        set_reason(agent, "the server's name cannot be looked up: %s", strerror(err));
        set_trying(agent);
        try_later(agent, false, 0);
    }
}

/* ---- changes ---- */

static void stop_trying(struct agent *agent)
{
    timer_stop(&agent->next);
    timer_stop(&agent->expiry);
    timer_stop(&agent->connect);
    agent->query = resolver_cancel(agent->query);
    if (agent->registration)
        registration_cancel(agent->registration);
}

static void switch_off(struct agent *agent)
{
    stop_trying(agent);
    agent->registration = registration_free(agent->registration);
    transport_close_connections(agent->transport);
    agent->tls = tls_peer_free(agent->tls);
    agent->is_on = false;
    sip_settings_wipe(&agent->settings);
    agent->status.state = AGENT_OFF;
    agent->status.code = 0;
    agent->status.expires_at_s = 0;
    agent->status.next_attempt_at_s = 0;
    agent->status.reason[0] = '\0';
}

/* Take up settings: sockets, TLS and address list are made again, the registration only if
 * the address-of-record is another one: its Call-ID and CSeq make a late goodbye harmless. */
static void switch_to(struct agent *agent, const struct sip_settings *settings)
{
    struct registration_config config = {
        .sip = transport_sip(agent->transport),
        .instance = agent->instance,
        .user_agent = USER_AGENT,
        .on_result = on_result,
        .arg = agent,
    };
    int err = 0;

    stop_trying(agent);
    transport_close_connections(agent->transport);
    agent->tls = tls_peer_free(agent->tls);
    if (agent->registration && !identity_is_same_aor(&agent->settings, settings))
        agent->registration = registration_free(agent->registration);
    if (agent->registration) {
        registration_set(agent->registration, settings);
        registration_forget_credentials(agent->registration);
    } else {
        err = registration_new(&config, settings, &agent->registration);
    }
    agent->settings = *settings;
    identity_make(settings, &agent->identity);
    agent->is_on = true;
    agent->retry = (struct retry){0};
    agent->status.state = AGENT_TRYING;
    agent->status.code = 0;
    agent->status.expires_at_s = 0;
    agent->status.reason[0] = '\0';
    if (err) {
        set_reason(agent, "out of memory");
        agent->is_on = false;
        return;
    }
    begin(agent);
}

/* The old account has been left, or has had its time. */
static void on_left(void *arg)
{
    struct agent *agent = arg;

    agent->is_leaving = false;
    if (agent->stopped) {
        switch_off(agent);
        agent->stopped(agent->stopped_arg);
        return;
    }
    if (agent->next_is_on)
        switch_to(agent, &agent->next_settings);
    else
        switch_off(agent);
    sip_settings_wipe(&agent->next_settings);
}

/* Say goodbye to the server, then on_left. */
static void leave(struct agent *agent, uint64_t within_ms)
{
    bool has_told;

    if (agent->is_leaving) { /* once is enough; only the time may change */
        if (timer_left_ms(&agent->next) > within_ms)
            timer_start(&agent->next, within_ms, on_left, agent);
        return;
    }
    stop_trying(agent);
    has_told = agent->is_on && agent->n_addrs && agent->addr < agent->n_addrs &&
               registration_may_be_bound(agent->registration) &&
               !registration_remove(agent->registration);
    agent->is_leaving = true;
    if (agent->status.state == AGENT_REGISTERED)
        agent->status.state = AGENT_TRYING;
    agent->status.expires_at_s = 0;
    timer_start(&agent->next, has_told ? within_ms : 0, on_left, agent);
}

/* The same account at the same server: what differs is the password, say. */
static void continue_with(struct agent *agent, const struct sip_settings *settings)
{
    agent->settings = *settings;
    identity_make(settings, &agent->identity);
    registration_set(agent->registration, settings);
    registration_forget_credentials(agent->registration);
    agent->retry = (struct retry){0};
    agent_register_now(agent);
}

void agent_apply(struct agent *agent, const struct sip_settings *settings)
{
    if (agent->stopped)
        return;
    if (!agent->is_leaving && agent->is_on && settings &&
        identity_is_same_account(&agent->settings, settings)) {
        continue_with(agent, settings);
        return;
    }
    if (!agent->is_leaving && !agent->is_on && !settings)
        return;
    agent->next_is_on = settings != NULL;
    if (settings)
        agent->next_settings = *settings;
    leave(agent, AGENT_LEAVE_MS);
}

void agent_register_now(struct agent *agent)
{
    if (agent->is_on && !agent->is_leaving)
        begin(agent);
}

void agent_stop(struct agent *agent, agent_stopped_fn *stopped, void *arg)
{
    agent->stopped = stopped;
    agent->stopped_arg = arg;
    leave(agent, AGENT_STOP_MS);
}

const struct agent_status *agent_status(const struct agent *agent)
{
    return &agent->status;
}

void agent_local_address(const struct agent *agent, char *buf, size_t size)
{
    struct sa local;

    transport_local(agent->transport, &local);
    if (!sa_isset(&local, SA_ADDR) || re_snprintf(buf, size, "%J", &local) < 0)
        (void)snprintf(buf, size, "0.0.0.0:0");
}

static void on_request(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    struct agent *agent = arg;

    if (agent->is_on && !agent->stopped) /* off: no answer to SIP at all */
        unasked_answer(sip, msg, &agent->unasked);
}

int agent_new(const struct agent_config *config, struct agent **ret_agent)
{
    struct agent *agent = calloc(1, sizeof(*agent));
    struct transport_config transport = {
        .bind = config->bind,
        .software = USER_AGENT,
        .on_request = on_request,
        .on_sent = on_sent,
        .arg = agent,
    };
    int err;

    if (!agent)
        return ENOMEM;
    agent->config = *config;
    (void)snprintf(agent->instance, sizeof(agent->instance), "urn:uuid:%s", config->serial);
    err = sip_auth_check();
    if (err)
        goto out;
    err = tls_trust_new(config->ca_file, &agent->trust);
    if (err == EINVAL)
        err = ENOMSG;
    if (err)
        goto out;
    err = resolver_new(config->resolver_worker, config->nameserver, &agent->resolver);
    if (err)
        goto out;
    err = transport_new(&transport, &agent->transport);
    if (err)
        goto out;
    err = transport_open(agent->transport, NULL, SIP_TRANSPORT_UDP, NULL);
    if (err && !config->bind)
        err = 0; /* tried again when there is something to register */

out:
    if (err)
        agent_free(agent);
    else
        *ret_agent = agent;
    return err;
}

struct agent *agent_free(struct agent *agent)
{
    if (!agent)
        return NULL;
    if (agent->transport && agent->resolver)
        stop_trying(agent);
    registration_free(agent->registration);
    transport_free(agent->transport);
    tls_peer_free(agent->tls);
    tls_trust_free(agent->trust);
    resolver_free(agent->resolver);
    sip_settings_wipe(&agent->settings);
    sip_settings_wipe(&agent->next_settings);
    free(agent);
    return NULL;
}
