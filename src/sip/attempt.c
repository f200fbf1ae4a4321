/* SPDX-License-Identifier: MIT */
#include "sip/attempt.h"

#include <errno.h>
#include <stdlib.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/clock.h"
#include "base/timer.h"
#include "sip/explain.h"
#include "sip/identity.h"
#include "sip/tls_peer.h"
#include "sip/tls_trust.h"
#include "sip/transport.h"

struct attempt {
    struct attempt_config config;
    enum sip_transport kind;
    struct host realm;
    struct tls_trust *trust;
    bool is_strict;
    struct registration *registration;
    struct tls_peer *tls;
    struct tls_trust_wait *wait; /* for the CAs */
    struct timer limit;          /* of what is waited for */
    unsigned limit_s;
    bool is_connecting; /* the limit is the connection's, not yet the answer's */
    bool is_flow_mute;  /* no answer came over the TCP or TLS connection: it is not used again */
};

/* ---- what comes of it ---- */

static void on_result(const struct registration_result *result, void *arg)
{
    struct attempt *attempt = arg;

    timer_stop(&attempt->limit);
    if (result->outcome == REGISTRATION_UNREACHABLE)
        attempt->is_flow_mute = result->err == ETIMEDOUT && attempt->kind != SIP_TRANSPORT_UDP;
    attempt->config.on_result(result, attempt->config.arg);
}

/* It takes too long. */
static void on_limit(void *arg)
{
    struct attempt *attempt = arg;
    const struct registration_result result = {
        .outcome = REGISTRATION_UNREACHABLE,
        .err = attempt->is_connecting ? ETIME : ETIMEDOUT,
        .phrase = "",
        .explanation = "",
        .redirect = "",
    };

    registration_cancel(attempt->registration);
    if (attempt->kind != SIP_TRANSPORT_UDP)
        transport_close_connections(attempt->config.transport);
    on_result(&result, attempt);
}

void attempt_explain(const struct attempt *attempt, int err, unsigned waited_s, const char *to,
                     char *buf, size_t size)
{
    const struct explain_fault fault = {
        .err = err,
        .to = to,
        .transport = attempt->kind,
        .tls_problem = attempt->tls ? tls_peer_problem(attempt->tls) : "",
        .waited_s = waited_s ? waited_s : attempt->limit_s,
    };

    explain_unreachable(buf, size, &fault);
}

/* ---- the way there ---- */

static void on_trust_ready(void *arg)
{
    struct attempt *attempt = arg;

    attempt->wait = NULL;
    attempt->config.on_ready(attempt->config.arg);
}

int attempt_prepare(struct attempt *attempt, const struct host *server)
{
    if (attempt->kind != SIP_TRANSPORT_TLS)
        return 0;
    /* No certificate is valid yet when the clock stands before this program was made. */
    if (attempt->is_strict && clock_unix_s() < PORTERO_RELEASED_AT_S)
        return EAGAIN;
    if (!attempt->tls && attempt->is_strict) {
        attempt->wait = tls_trust_cancel(attempt->wait);
        if (tls_trust_read(attempt->config.worker, on_trust_ready, attempt, &attempt->wait))
            return EINPROGRESS;
    }
    if (!attempt->tls)
        return tls_peer_new(server, &attempt->realm, attempt->trust, attempt->is_strict,
                            &attempt->tls);
    tls_peer_clear_problem(attempt->tls);
    return 0;
}

static void start_limit(struct attempt *attempt, unsigned limit_ms, bool is_connecting)
{
    attempt->limit_s = limit_ms / 1000;
    attempt->is_connecting = is_connecting;
    timer_start(&attempt->limit, limit_ms, on_limit, attempt);
}

int attempt_send(struct attempt *attempt, const struct sa *server, unsigned answer_ms)
{
    bool is_udp = attempt->kind == SIP_TRANSPORT_UDP;
    int err;

    if (attempt->is_flow_mute) /* only now: when that was found the library was still in it */
        transport_close_connections(attempt->config.transport);
    attempt->is_flow_mute = false;
    err = transport_open(attempt->config.transport, server, attempt->kind,
                         attempt->tls ? tls_peer_context(attempt->tls) : NULL);
    start_limit(attempt, is_udp ? answer_ms : ATTEMPT_CONNECT_MS, !is_udp);
    if (!err)
        err = registration_send(attempt->registration, server);
    if (err)
        timer_stop(&attempt->limit);
    return err;
}

void attempt_connected(struct attempt *attempt, unsigned answer_ms)
{
    registration_connected(attempt->registration);
    if (timer_is_running(&attempt->limit) && attempt->is_connecting)
        start_limit(attempt, answer_ms, false);
}

void attempt_take_your_time(struct attempt *attempt)
{
    timer_stop(&attempt->limit);
}

void attempt_cancel(struct attempt *attempt)
{
    timer_stop(&attempt->limit);
    attempt->wait = tls_trust_cancel(attempt->wait);
    registration_cancel(attempt->registration);
}

void attempt_release(struct attempt *attempt)
{
    if (!attempt->tls)
        return;
    transport_close_connections(attempt->config.transport);
    attempt->tls = tls_peer_free(attempt->tls);
}

struct registration *attempt_registration(const struct attempt *attempt)
{
    return attempt->registration;
}

/* ---- life ---- */

static void use(struct attempt *attempt, const struct sip_settings *settings)
{
    struct identity identity;

    identity_make(settings, &identity);
    attempt->kind = settings->transport;
    attempt->realm = identity.realm;
}

void attempt_set(struct attempt *attempt, const struct sip_settings *settings,
                 struct tls_trust *trust, bool is_strict)
{
    use(attempt, settings);
    registration_set(attempt->registration, settings);
    attempt->trust = trust;
    attempt->is_strict = is_strict;
}

int attempt_new(const struct attempt_config *config, const struct sip_settings *settings,
                struct attempt **ret_attempt)
{
    struct attempt *attempt = calloc(1, sizeof(*attempt));
    struct registration_config registration = {
        .transport = config->transport,
        .instance = config->instance,
        .user_agent = config->user_agent,
        .on_result = on_result,
        .arg = attempt,
    };
    int err;

    if (!attempt)
        return ENOMEM;
    attempt->config = *config;
    use(attempt, settings);
    err = registration_new(&registration, settings, &attempt->registration);
    if (err)
        attempt_free(attempt);
    else
        *ret_attempt = attempt;
    return err;
}

struct attempt *attempt_free(struct attempt *attempt)
{
    if (!attempt)
        return NULL;
    timer_stop(&attempt->limit);
    tls_trust_cancel(attempt->wait);
    registration_free(attempt->registration);
    attempt_release(attempt);
    free(attempt);
    return NULL;
}
