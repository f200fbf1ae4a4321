/* SPDX-License-Identifier: MIT */
#include "sip/check_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>

#include "base/clock.h"
#include "sip/advise.h"
#include "sip/agent.h"
#include "sip/attempt.h"
#include "sip/binding.h"
#include "sip/contact.h"
#include "sip/explain.h"
#include "sip/target.h"
#include "sip/tls_peer.h"
#include "sip/tls_trust.h"
#include "sip/trace.h"
#include "sip/transport.h"

static void try_address(void *arg);

static int make_tls(struct check *check, const struct host *server)
{
    if (check->settings.transport != SIP_TRANSPORT_TLS)
        return 0;
    return tls_peer_new(server, &check->identity.realm, check->config.trust,
                        check->config.is_strict, &check->tls);
}

/* ---- connect, certificate, register ---- */

static void server_text(const struct check *check, char text[CHECK_MAX_SA_TEXT])
{
    target_address_text(check->target, text, CHECK_MAX_SA_TEXT);
}

static void see_certificate(struct check *check, const struct tls_peer_seen *seen)
{
    if (seen->has_certificate)
        report_see(check_step_of(check, CHECK_CERTIFICATE),
                   "for %s, issued by \"%s\", valid until %s%s", seen->name, seen->issuer,
                   seen->valid_until,
                   check->config.is_strict ? "" : "; NOT CHECKED, as sip/tls says");
}

/* The TCP connection stands since stood_ms. */
static void pass_connect(struct check *check, uint64_t stood_ms)
{
    char to[CHECK_MAX_SA_TEXT];

    server_text(check, to);
    report_see(check_step_of(check, CHECK_CONNECT), "TCP to %s stands after %u ms", to,
               (unsigned)(stood_ms - check->began_ms));
    check_pass(check, CHECK_CONNECT);
}

/* The first message leaves: TCP, and TLS on it, stand. */
static void on_connected(struct check *check)
{
    struct tls_peer_seen seen = {0};

    if (check->tls)
        tls_peer_seen(check->tls, &seen);
    pass_connect(check, check->tls && seen.began_at_ms ? seen.began_at_ms : clock_monotonic_ms());
    if (check->tls) {
        see_certificate(check, &seen);
        check_step_of(check, CHECK_CERTIFICATE)->result = REPORT_OK;
    }
    check->step = CHECK_REGISTER;
}

/* The fault belongs to TLS once the connection has stood. */
static void blame_tls(struct check *check)
{
    struct tls_peer_seen seen;

    if (check->step != CHECK_CONNECT || !check->tls)
        return;
    tls_peer_seen(check->tls, &seen);
    if (!seen.began_at_ms)
        return;
    pass_connect(check, seen.began_at_ms);
    see_certificate(check, &seen);
}

static const char *advice_for(const struct check *check, int err)
{
    struct tls_peer_seen seen;

    if (check->step != CHECK_CERTIFICATE)
        return advise_unreachable(err, check->settings.transport);
    tls_peer_seen(check->tls, &seen);
    return advise_certificate(err, seen.has_certificate);
}

/* Another address: what was seen of this one goes to connect. */
static void go_to_next(struct check *check, const char *text)
{
    struct report_step *connect = check_step_of(check, CHECK_CONNECT);

    report_see(connect, "%s, so on to the next address", text);
    connect->result = REPORT_NOT_RUN;
    for (enum check_step step = CHECK_CERTIFICATE; step <= CHECK_REGISTER; step++) {
        check_step_of(check, step)->result = REPORT_NOT_RUN;
        check_step_of(check, step)->seen[0] = '\0';
    }
    (void)target_next(check->target);
    check->step = CHECK_CONNECT;
    timer_start(&check->next, 0, try_address, check);
}

static void on_fault(struct check *check, int err)
{
    char to[CHECK_MAX_SA_TEXT], text[AGENT_MAX_REASON];
    struct explain_fault fault = {
        .err = err,
        .to = to,
        .transport = check->settings.transport,
        .waited_s = check->limit_s,
    };

    timer_stop(&check->limit);
    server_text(check, to);
    blame_tls(check);
    fault.tls_problem = check->tls ? tls_peer_problem(check->tls) : "";
    if (check->step == CHECK_CONNECT && fault.transport == SIP_TRANSPORT_TLS)
        fault.transport = SIP_TRANSPORT_TCP; /* it is TCP that does not stand */
    explain_unreachable(text, sizeof(text), &fault);
    if (target_has_next(check->target)) {
        go_to_next(check, text);
        return;
    }
    report_see(check_step_of(check, check->step), "%s", text);
    check_fail(check, advice_for(check, err));
}

static void on_limit(void *arg)
{
    struct check *check = arg;
    bool is_connecting = check->step == CHECK_CONNECT;

    registration_cancel(check->registration);
    if (check->settings.transport != SIP_TRANSPORT_UDP)
        transport_close_connections(check->transport);
    on_fault(check, is_connecting ? ETIME : ETIMEDOUT);
}

static void limit_wait(struct check *check, unsigned limit_ms)
{
    check->limit_s = limit_ms / 1000;
    timer_start(&check->limit, limit_ms, on_limit, check);
}

static void limit_answer(struct check *check)
{
    limit_wait(check, target_has_next(check->target) ? BINDING_NEXT_ADDRESS_MS : CHECK_ANSWER_MS);
}

static void on_bound(struct check *check, const struct registration_result *result)
{
    struct report_step *step = check_step_of(check, CHECK_REGISTER);

    check->is_bound = true;
    report_see(step, "registered %s for %u s", check->identity.aor, result->granted_s);
    /* All that is bound stands in the answer (RFC 3261 section 10.3). */
    check->has_displaced = check->running_contact[0] && result->msg &&
                           !contact_is_listed(result->msg, check->running_contact);
    if (check->has_displaced)
        report_see(step, "the server keeps only one registration, so the panel's own is made again "
                         "after this");
    check_pass(check, CHECK_REGISTER);
    timer_start(&check->next, 0, check_try_stun, check);
}

static void on_refused(struct check *check, const struct registration_result *result)
{
    char text[AGENT_MAX_REASON];

    explain_answer(text, sizeof(text), result);
    report_see(check_step_of(check, CHECK_REGISTER), "%s", text);
    check_fail(check, advise_answer(result));
}

/* From the loop: another name has to be checked, so the connection and its TLS context go. */
static void go_to_target(void *arg)
{
    struct check *check = arg;
    int err;

    transport_close_connections(check->transport);
    check->tls = tls_peer_free(check->tls);
    check->step = CHECK_RESOLVE;
    err = make_tls(check, target_host(check->target));
    if (!err)
        err = target_find(check->target, 0);
    if (!err)
        return;
    report_see(check_step_of(check, CHECK_RESOLVE), "the other server cannot be looked up: %s",
               strerror(err));
    check_fail(check, "try again");
}

/* As the panel itself does: to servers of the same account only. Each step that is run again there
 * adds what it sees to what it has seen. */
static void on_redirected(struct check *check, const struct registration_result *result)
{
    char text[AGENT_MAX_REASON];

    if (!target_redirect(check->target, result->redirect, text, sizeof(text))) {
        report_see(check_step_of(check, CHECK_REGISTER), "%d %s: %s", result->code, result->phrase,
                   text);
        check_fail(check, advise_answer(result));
        return;
    }
    report_see(check_step_of(check, CHECK_REGISTER), "%d %s: the server sends us on to %s",
               result->code, result->phrase, result->redirect);
    for (enum check_step step = CHECK_RESOLVE; step <= CHECK_REGISTER; step++)
        check_step_of(check, step)->result = REPORT_NOT_RUN;
    timer_start(&check->next, 0, go_to_target, check);
}

void check_on_result(const struct registration_result *result, void *arg)
{
    struct check *check = arg;

    if (result->outcome == REGISTRATION_FLOW_LOST)
        return; /* what we still want of the server will tell */
    timer_stop(&check->limit);
    if (check->is_over) {
        check_on_goodbye(check, result->outcome == REGISTRATION_REMOVED);
        return;
    }
    switch (result->outcome) {
    case REGISTRATION_BOUND:
        on_bound(check, result);
        break;
    case REGISTRATION_UNREACHABLE:
        on_fault(check, result->err);
        break;
    case REGISTRATION_REDIRECTED:
        on_redirected(check, result);
        break;
    default:
        on_refused(check, result);
        break;
    }
}

void check_on_traffic(const struct trace_entry *message, size_t len, void *arg)
{
    struct check *check = arg;

    if (message->is_sent && message->transport[0] == 't' && check->step == CHECK_CONNECT &&
        !check->is_over) {
        on_connected(check);
        limit_answer(check);
    }
    if (check->config.trace && len > 4) /* more than a keep-alive */
        trace_add(check->config.trace, message, len);
}

static void pass_udp(struct check *check)
{
    struct sa local;
    char to[CHECK_MAX_SA_TEXT], from[CHECK_MAX_SA_TEXT];

    transport_local(check->transport, &local);
    server_text(check, to);
    (void)re_snprintf(from, sizeof(from), "%J", &local);
    report_see(check_step_of(check, CHECK_CONNECT), "UDP to %s from %s: there is a route", to,
               from);
    check_pass(check, CHECK_CONNECT);
    check->step = CHECK_REGISTER;
}

static void try_address(void *arg)
{
    struct check *check = arg;
    const struct sa *server = target_address(check->target);
    bool is_udp = check->settings.transport == SIP_TRANSPORT_UDP;
    int err;

    if (check->tls)
        tls_peer_clear_problem(check->tls);
    check->step = CHECK_CONNECT;
    check->began_ms = clock_monotonic_ms();
    err = transport_open(check->transport, server, check->settings.transport,
                         check->tls ? tls_peer_context(check->tls) : NULL);
    if (!err && is_udp)
        pass_udp(check);
    if (is_udp)
        limit_answer(check);
    else
        limit_wait(check, ATTEMPT_CONNECT_MS);
    if (!err)
        err = registration_send(check->registration, server);
    if (err)
        on_fault(check, err);
}

/* ---- resolve ---- */

void check_on_found(int err, bool has_moved, void *arg)
{
    struct check *check = arg;
    struct report_step *step = check_step_of(check, CHECK_RESOLVE);
    const struct host *host = target_host(check->target);
    char text[AGENT_MAX_REASON];

    (void)has_moved;
    if (err) {
        explain_lookup(text, sizeof(text), err, host->name);
        report_see(step, "%s", text);
        check_fail(check, advise_lookup(err));
        return;
    }
    report_see(step, "%s%s", host->is_address ? "" : host->name, host->is_address ? "" : ": ");
    for (unsigned i = 0; i < target_count(check->target); i++) {
        size_t len = strlen(step->seen);

        (void)re_snprintf(step->seen + len, sizeof(step->seen) - len, "%s%J", i ? ", " : "",
                          target_address_at(check->target, i));
    }
    check_pass(check, CHECK_RESOLVE);
    try_address(check);
}

static void look_up(void *arg)
{
    struct check *check = arg;
    int err = make_tls(check, &check->identity.next_hop);

    check->wait = NULL;
    if (!err)
        err = target_find(check->target, 0);
    if (!err)
        return;
    report_see(check_step_of(check, CHECK_RESOLVE), "the server cannot be looked up: %s",
               strerror(err));
    check_fail(check, "try again");
}

void check_begin(void *arg)
{
    struct check *check = arg;

    if (!check->has_settings) {
        report_see(check_step_of(check, CHECK_RESOLVE), "no SIP settings yet");
        check_fail(check, "enter them on the page, or with portero settings set");
        return;
    }
    if (!check->settings.password[0]) {
        report_see(check_step_of(check, CHECK_RESOLVE), "the SIP password is lost");
        check_fail(check, "type it again");
        return;
    }
    if (check->settings.transport != SIP_TRANSPORT_TLS || !check->config.is_strict ||
        !tls_trust_read(check->config.worker, look_up, check, &check->wait))
        look_up(check);
}
