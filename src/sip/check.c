/* SPDX-License-Identifier: MIT */
#include "sip/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>
#include <re_sys.h>

#include "base/clock.h"
#include "base/report.h"
#include "base/timer.h"
#include "sip/advise.h"
#include "sip/attempt.h"
#include "sip/binding.h"
#include "sip/contact.h"
#include "sip/explain.h"
#include "sip/identity.h"
#include "sip/registration.h"
#include "sip/resolver.h"
#include "sip/stun.h"
#include "sip/target.h"
#include "sip/tls_peer.h"
#include "sip/tls_trust.h"
#include "sip/trace.h"
#include "sip/transport.h"
#include "sip/unasked.h"

enum step { RESOLVE, CONNECT, CERTIFICATE, REGISTER, STUN, STEPS };

static const char *const step_names[STEPS] = {"resolve", "connect", "certificate", "register",
                                              "stun"};

enum {
    LEAVE_UNSURE_MS = 500, /* for the goodbye to a server that has not answered */
    MAX_SA_TEXT = 64,
};

struct check {
    struct check_config config;
    struct sip_settings settings;
    bool has_settings;
    struct identity identity;
    char instance[64]; /* urn:uuid:..., of this check only */
    check_done_fn *done;
    void *arg;

    struct report report;
    enum step step;
    struct transport *transport;
    struct registration *registration;
    struct tls_peer *tls;
    struct tls_trust_wait *wait; /* for the CAs */
    struct target *target;
    struct resolver_query *query; /* for the STUN server */
    struct stun_query *stun;
    char stun_name[SIP_SETTINGS_MAX_URI + 8];
    struct unasked_limit unasked;
    uint64_t began_ms; /* the connection */
    char running_contact[REGISTRATION_MAX_CONTACT];
    bool has_displaced; /* see check_has_displaced */

    struct timer next;  /* goes on from the loop: the library may be in the middle of something */
    struct timer limit; /* of what is waited for */
    unsigned limit_s;
    struct timer whole;
    bool is_over; /* nothing but the goodbye is left */
    bool is_bound;
};

static void try_address(void *arg);

static int make_tls(struct check *check, const struct host *server)
{
    if (check->settings.transport != SIP_TRANSPORT_TLS)
        return 0;
    return tls_peer_new(server, &check->identity.realm, check->config.trust,
                        check->config.is_strict, &check->tls);
}

static struct report_step *step_of(struct check *check, enum step step)
{
    return &check->report.steps[step];
}

static void pass(struct check *check, enum step step)
{
    step_of(check, step)->result = REPORT_OK;
    check->step = step + 1;
}

/* ---- the end ---- */

static void finish(void *arg)
{
    struct check *check = arg;

    timer_stop(&check->next);
    timer_stop(&check->limit);
    timer_stop(&check->whole);
    check->done(&check->report, check->arg); /* may have freed it */
}

static void on_no_goodbye(void *arg)
{
    struct check *check = arg;

    if (check->is_bound)
        report_see(step_of(check, REGISTER),
                   "the server has not confirmed that this registration of the check is removed; "
                   "it ends by itself");
    finish(check);
}

/* From the loop: leave nothing behind, then tell. */
static void clean_up(void *arg)
{
    struct check *check = arg;

    check->wait = tls_trust_cancel(check->wait);
    target_cancel(check->target);
    check->query = resolver_cancel(check->query);
    check->stun = stun_query_stop(check->stun);
    if (check->step < REGISTER || !registration_may_be_bound(check->registration) ||
        registration_remove(check->registration)) {
        finish(check);
        return;
    }
    timer_start(&check->limit, check->is_bound ? CHECK_LEAVE_MS : LEAVE_UNSURE_MS, on_no_goodbye,
                check);
}

static void end(struct check *check)
{
    if (check->is_over)
        return;
    check->is_over = true;
    timer_stop(&check->limit);
    timer_stop(&check->whole);
    timer_start(&check->next, 0, clean_up, check);
}

/* The step at hand has failed; what was seen is there already. */
static void fail(struct check *check, const char *advice)
{
    struct report_step *step = step_of(check, check->step);

    step->result = REPORT_FAILED;
    (void)snprintf(step->advice, sizeof(step->advice), "%s", advice);
    end(check);
}

static void on_whole_limit(void *arg)
{
    struct check *check = arg;

    report_see(step_of(check, check->step), "not finished after %u s", CHECK_MAX_MS / 1000);
    fail(check, "try again; look at what takes so long");
}

void check_stop(struct check *check)
{
    if (check->is_over)
        return;
    report_see(step_of(check, check->step), "the panel is stopping");
    fail(check, "try again when it runs");
}

/* ---- stun ---- */

static void fail_stun(struct check *check, int err, unsigned code)
{
    char text[AGENT_MAX_REASON];

    explain_stun(text, sizeof(text), err, code, check->stun_name);
    report_see(step_of(check, STUN), "%s", text);
    fail(check, advise_stun(err));
}

static void on_mapped(int err, unsigned code, const struct sa *mapped, void *arg)
{
    struct check *check = arg;
    struct sa local;
    char text[MAX_SA_TEXT];

    if (check->is_over)
        return;
    if (err) {
        fail_stun(check, err, code);
        return;
    }
    transport_local(check->transport, &local);
    (void)re_snprintf(text, sizeof(text), "%J", mapped);
    report_see(step_of(check, STUN), "%s sees us as %s: %s", check->stun_name, text,
               sa_cmp(mapped, &local, SA_ALL) ? "no NAT in between" : "there is a NAT in between");
    step_of(check, STUN)->result = REPORT_OK;
    end(check);
}

static void on_stun_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s,
                          void *arg)
{
    struct check *check = arg;
    struct udp_sock *socket = transport_udp_socket(check->transport);
    struct sa local;

    (void)ttl_s;
    check->query = NULL;
    transport_local(check->transport, &local);
    for (unsigned i = 0; i < n_addrs && !err; i++) {
        if (sa_af(&addrs[i]) != sa_af(&local))
            continue;
        if (!socket || stun_query_start(socket, &addrs[i], on_mapped, check, &check->stun))
            break;
        return;
    }
    fail_stun(check, err ? ENOENT : EAFNOSUPPORT, 0);
}

static void try_stun(void *arg)
{
    struct check *check = arg;
    const struct sip_settings *settings = &check->settings;
    struct host host;

    if (!sip_settings_has_stun(settings) || host_parse(settings->stun_ip, HOST_FORM_BARE, &host)) {
        if (settings->transport == SIP_TRANSPORT_UDP)
            report_see(step_of(check, STUN), "off");
        else
            report_see(step_of(check, STUN), "not needed over %s",
                       sip_transport_name(settings->transport));
        step_of(check, STUN)->result = REPORT_OK;
        end(check);
        return;
    }
    host.port = settings->stun_port;
    (void)snprintf(check->stun_name, sizeof(check->stun_name), "%s:%u", host.name, host.port);
    if (resolver_find(check->config.resolver, &host, SIP_TRANSPORT_UDP, on_stun_found, check,
                      &check->query))
        fail_stun(check, ENOENT, 0);
}

/* ---- connect, certificate, register ---- */

static void server_text(const struct check *check, char text[MAX_SA_TEXT])
{
    target_address_text(check->target, text, MAX_SA_TEXT);
}

static void see_certificate(struct check *check, const struct tls_peer_seen *seen)
{
    if (seen->has_certificate)
        report_see(step_of(check, CERTIFICATE), "for %s, issued by \"%s\", valid until %s%s",
                   seen->name, seen->issuer, seen->valid_until,
                   check->config.is_strict ? "" : "; NOT CHECKED, as sip/tls says");
}

/* The TCP connection stands since stood_ms. */
static void pass_connect(struct check *check, uint64_t stood_ms)
{
    char to[MAX_SA_TEXT];

    server_text(check, to);
    report_see(step_of(check, CONNECT), "TCP to %s stands after %u ms", to,
               (unsigned)(stood_ms - check->began_ms));
    pass(check, CONNECT);
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
        step_of(check, CERTIFICATE)->result = REPORT_OK;
    }
    check->step = REGISTER;
}

/* The fault belongs to TLS once the connection has stood. */
static void blame_tls(struct check *check)
{
    struct tls_peer_seen seen;

    if (check->step != CONNECT || !check->tls)
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

    if (check->step != CERTIFICATE)
        return advise_unreachable(err, check->settings.transport);
    tls_peer_seen(check->tls, &seen);
    return advise_certificate(err, seen.has_certificate);
}

/* Another address: what was seen of this one goes to connect. */
static void go_to_next(struct check *check, const char *text)
{
    struct report_step *connect = step_of(check, CONNECT);

    report_see(connect, "%s, so on to the next address", text);
    connect->result = REPORT_NOT_RUN;
    for (enum step step = CERTIFICATE; step <= REGISTER; step++) {
        step_of(check, step)->result = REPORT_NOT_RUN;
        step_of(check, step)->seen[0] = '\0';
    }
    (void)target_next(check->target);
    check->step = CONNECT;
    timer_start(&check->next, 0, try_address, check);
}

static void on_fault(struct check *check, int err)
{
    char to[MAX_SA_TEXT], text[AGENT_MAX_REASON];
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
    if (check->step == CONNECT && fault.transport == SIP_TRANSPORT_TLS)
        fault.transport = SIP_TRANSPORT_TCP; /* it is TCP that does not stand */
    explain_unreachable(text, sizeof(text), &fault);
    if (target_has_next(check->target)) {
        go_to_next(check, text);
        return;
    }
    report_see(step_of(check, check->step), "%s", text);
    fail(check, advice_for(check, err));
}

static void on_limit(void *arg)
{
    struct check *check = arg;
    bool is_connecting = check->step == CONNECT;

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
    struct report_step *step = step_of(check, REGISTER);

    check->is_bound = true;
    report_see(step, "registered %s for %u s", check->identity.aor, result->granted_s);
    /* All that is bound stands in the answer (RFC 3261 section 10.3). */
    check->has_displaced = check->running_contact[0] && result->msg &&
                           !contact_is_listed(result->msg, check->running_contact);
    if (check->has_displaced)
        report_see(step, "the server keeps only one registration, so the panel's own is made again "
                         "after this");
    pass(check, REGISTER);
    timer_start(&check->next, 0, try_stun, check);
}

static void on_refused(struct check *check, const struct registration_result *result)
{
    char text[AGENT_MAX_REASON];

    explain_answer(text, sizeof(text), result);
    report_see(step_of(check, REGISTER), "%s", text);
    fail(check, advise_answer(result));
}

/* From the loop: another name has to be checked, so the connection and its TLS context go. */
static void go_to_target(void *arg)
{
    struct check *check = arg;
    int err;

    transport_close_connections(check->transport);
    check->tls = tls_peer_free(check->tls);
    check->step = RESOLVE;
    err = make_tls(check, target_host(check->target));
    if (!err)
        err = target_find(check->target, 0);
    if (!err)
        return;
    report_see(step_of(check, RESOLVE), "the other server cannot be looked up: %s", strerror(err));
    fail(check, "try again");
}

/* As the panel itself does: to servers of the same account only. Each step that is run again there
 * adds what it sees to what it has seen. */
static void on_redirected(struct check *check, const struct registration_result *result)
{
    char text[AGENT_MAX_REASON];

    if (!target_redirect(check->target, result->redirect, text, sizeof(text))) {
        report_see(step_of(check, REGISTER), "%d %s: %s", result->code, result->phrase, text);
        fail(check, advise_answer(result));
        return;
    }
    report_see(step_of(check, REGISTER), "%d %s: the server sends us on to %s", result->code,
               result->phrase, result->redirect);
    for (enum step step = RESOLVE; step <= REGISTER; step++)
        step_of(check, step)->result = REPORT_NOT_RUN;
    timer_start(&check->next, 0, go_to_target, check);
}

static void on_result(const struct registration_result *result, void *arg)
{
    struct check *check = arg;

    if (result->outcome == REGISTRATION_FLOW_LOST)
        return; /* what we still want of the server will tell */
    timer_stop(&check->limit);
    if (check->is_over) {
        bool is_gone = result->outcome == REGISTRATION_REMOVED;

        timer_start(&check->next, 0, is_gone ? finish : on_no_goodbye, check);
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

static void on_traffic(const struct trace_entry *message, size_t len, void *arg)
{
    struct check *check = arg;

    if (message->is_sent && message->transport[0] == 't' && check->step == CONNECT &&
        !check->is_over) {
        on_connected(check);
        limit_answer(check);
    }
    if (check->config.trace && len > 4) /* more than a keep-alive */
        trace_add(check->config.trace, message, len);
}

static void on_request(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    struct check *check = arg;

    unasked_answer(sip, msg, &check->unasked);
}

static void pass_udp(struct check *check)
{
    struct sa local;
    char to[MAX_SA_TEXT], from[MAX_SA_TEXT];

    transport_local(check->transport, &local);
    server_text(check, to);
    (void)re_snprintf(from, sizeof(from), "%J", &local);
    report_see(step_of(check, CONNECT), "UDP to %s from %s: there is a route", to, from);
    pass(check, CONNECT);
    check->step = REGISTER;
}

static void try_address(void *arg)
{
    struct check *check = arg;
    const struct sa *server = target_address(check->target);
    bool is_udp = check->settings.transport == SIP_TRANSPORT_UDP;
    int err;

    if (check->tls)
        tls_peer_clear_problem(check->tls);
    check->step = CONNECT;
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

static void on_found(int err, bool has_moved, void *arg)
{
    struct check *check = arg;
    struct report_step *step = step_of(check, RESOLVE);
    const struct host *host = target_host(check->target);
    char text[AGENT_MAX_REASON];

    (void)has_moved;
    if (err) {
        explain_lookup(text, sizeof(text), err, host->name);
        report_see(step, "%s", text);
        fail(check, advise_lookup(err));
        return;
    }
    report_see(step, "%s%s", host->is_address ? "" : host->name, host->is_address ? "" : ": ");
    for (unsigned i = 0; i < target_count(check->target); i++) {
        size_t len = strlen(step->seen);

        (void)re_snprintf(step->seen + len, sizeof(step->seen) - len, "%s%J", i ? ", " : "",
                          target_address_at(check->target, i));
    }
    pass(check, RESOLVE);
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
    report_see(step_of(check, RESOLVE), "the server cannot be looked up: %s", strerror(err));
    fail(check, "try again");
}

static void begin(void *arg)
{
    struct check *check = arg;

    if (!check->has_settings) {
        report_see(step_of(check, RESOLVE), "no SIP settings yet");
        fail(check, "enter them on the page, or with portero settings set");
        return;
    }
    if (!check->settings.password[0]) {
        report_see(step_of(check, RESOLVE), "the SIP password is lost");
        fail(check, "type it again");
        return;
    }
    if (check->settings.transport != SIP_TRANSPORT_TLS || !check->config.is_strict ||
        !tls_trust_read(check->config.worker, look_up, check, &check->wait))
        look_up(check);
}

/* ---- life ---- */

/* The same address as the panel's own, but any free port. */
static int open_transport(struct check *check)
{
    char bind[MAX_SA_TEXT];
    struct transport_config config = {
        .bind = bind,
        .software = check->config.software,
        .on_request = on_request,
        .on_traffic = on_traffic,
        .arg = check,
    };
    const char *configured = check->config.bind ? check->config.bind : "0.0.0.0";
    struct sa addr;

    if (sa_decode(&addr, configured, strlen(configured)))
        return EINVAL;
    sa_set_port(&addr, 0);
    (void)re_snprintf(bind, sizeof(bind), "%J", &addr);
    return transport_new(&config, &check->transport);
}

static int make_parts(struct check *check)
{
    struct registration_config registration = {
        .instance = check->instance,
        .user_agent = check->config.software,
        .on_result = on_result,
        .arg = check,
    };
    int err = open_transport(check);

    if (err)
        return err;
    registration.transport = check->transport;
    err = target_new(check->config.resolver, &check->settings, on_found, check, &check->target);
    if (!err)
        err = registration_new(&registration, &check->settings, &check->registration);
    return err;
}

int check_start(const struct check_config *config, const struct sip_settings *settings,
                check_done_fn *done, void *arg, struct check **ret_check)
{
    struct check *check = calloc(1, sizeof(*check));
    int err;

    if (!check)
        return ENOMEM;
    check->config = *config;
    check->config.trust = tls_trust_ref(config->trust);
    check->config.running_contact = NULL;
    check->done = done;
    check->arg = arg;
    check->has_settings = settings != NULL;
    check->settings = settings ? *settings : sip_settings_default;
    identity_make(&check->settings, &check->identity);
    if (config->running_contact)
        (void)snprintf(check->running_contact, sizeof(check->running_contact), "%s",
                       config->running_contact);
    report_init(&check->report, step_names, STEPS);
    /* RFC 4122 section 4.4: a random one */
    (void)re_snprintf(check->instance, sizeof(check->instance),
                      "urn:uuid:%08x-%04x-4%03x-a%03x-%04x%08x", rand_u32(), rand_u16(),
                      rand_u16() & 0xfff, rand_u16() & 0xfff, rand_u16(), rand_u32());
    err = make_parts(check);
    if (err) {
        check_free(check);
        return err;
    }
    timer_start(&check->whole, CHECK_MAX_MS, on_whole_limit, check);
    timer_start(&check->next, 0, begin, check);
    *ret_check = check;
    return 0;
}

bool check_has_displaced(const struct check *check)
{
    return check->has_displaced;
}

struct check *check_free(struct check *check)
{
    if (!check)
        return NULL;
    timer_stop(&check->next);
    timer_stop(&check->limit);
    timer_stop(&check->whole);
    tls_trust_cancel(check->wait);
    target_free(check->target);
    resolver_cancel(check->query);
    stun_query_stop(check->stun);
    registration_free(check->registration);
    transport_free(check->transport);
    tls_peer_free(check->tls);
    tls_trust_free(check->config.trust);
    sip_settings_wipe(&check->settings);
    free(check);
    return NULL;
}
