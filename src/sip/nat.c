/* SPDX-License-Identifier: MIT */
#include "sip/nat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_sys.h>
#include <re_uri.h>
#include <re_sip.h>

#include "base/log.h"
#include "base/timer.h"
#include "sip/agent.h"
#include "sip/explain.h"
#include "sip/resolver.h"
#include "sip/stun.h"
#include "sip/transport.h"

struct nat {
    struct nat_config config;
    struct sa server;
    enum sip_transport transport;
    struct host stun_host;
    char stun_name[SIP_SETTINGS_MAX_URI + 8]; /* "host:port", for messages */
    struct timer stun_later;                  /* it could not be asked: once more */
    struct resolver_query *query;
    struct stun_query *stun;
    struct sa stun_server; /* not set: unknown */
    struct sa mapped;      /* not set: unknown */
    char problem[AGENT_MAX_REASON];
    struct timer keepalive;
    struct sip_request *options;
};

/* ---- STUN ---- */

static void set_problem(struct nat *nat, int err, unsigned code)
{
    char old[AGENT_MAX_REASON];

    (void)snprintf(old, sizeof(old), "%s", nat->problem);
    explain_stun(nat->problem, sizeof(nat->problem), err, code, nat->stun_name);
    if (strcmp(old, nat->problem) != 0)
        log_warn("sip: %s: %s; registration goes on", nat->config.aor, nat->problem);
}

static void on_mapped(int err, unsigned code, const struct sa *mapped, void *arg)
{
    struct nat *nat = arg;

    if (err) {
        set_problem(nat, err, code);
        sa_init(&nat->mapped, AF_UNSPEC);
    } else {
        nat->problem[0] = '\0';
        nat->mapped = *mapped;
    }
    nat->config.on_public_address(err ? NULL : mapped, nat->config.arg);
}

static void ask_stun(void *arg);

static void ask_stun_later(struct nat *nat, int err)
{
    set_problem(nat, err, 0);
    timer_start(&nat->stun_later, STUN_INTERVAL_S * 1000ull, ask_stun, nat);
}

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s, void *arg)
{
    struct nat *nat = arg;
    struct udp_sock *socket = transport_udp_socket(nat->config.transport);
    struct sa local;

    (void)ttl_s;
    nat->query = NULL;
    transport_local(nat->config.transport, &local);
    for (unsigned i = 0; i < n_addrs && !err; i++) {
        if (sa_af(&addrs[i]) != sa_af(&local))
            continue;
        nat->stun_server = addrs[i];
        if (!socket || stun_query_start(socket, &addrs[i], on_mapped, nat, &nat->stun))
            break;
        return;
    }
    ask_stun_later(nat, err ? ENOENT : EAFNOSUPPORT);
}

static void ask_stun(void *arg)
{
    struct nat *nat = arg;

    if (resolver_find(nat->config.resolver, &nat->stun_host, SIP_TRANSPORT_UDP, on_found, nat,
                      &nat->query))
        ask_stun_later(nat, ENOENT);
}

static void start_stun(struct nat *nat, const struct sip_settings *settings)
{
    struct host *host = &nat->stun_host;

    if (!sip_settings_has_stun(settings) || host_parse(settings->stun_ip, HOST_FORM_BARE, host))
        return;
    host->port = settings->stun_port;
    (void)snprintf(nat->stun_name, sizeof(nat->stun_name), "%s:%u", host->name, host->port);
    ask_stun(nat);
}

/* ---- keep-alive ---- */

static void send_keepalive(void *arg);

static void plan_keepalive(struct nat *nat)
{
    /* RFC 5626 section 4.4: a little less each time, so that not all panels send at once */
    if (nat->config.keepalive_s)
        timer_start(&nat->keepalive, nat->config.keepalive_s * (800ull + rand_u16() % 201),
                    send_keepalive, nat);
}

/* Any answer will do: the server lives, and the way to it and back. */
static void on_options_answer(int err, const struct sip_msg *msg, void *arg)
{
    struct nat *nat = arg;

    if (!err && msg && msg->scode < 200)
        return;
    if (err)
        nat->config.on_dead(err, nat->config.arg);
    else
        plan_keepalive(nat);
}

static int send_options(struct nat *nat)
{
    return sip_requestf(
        &nat->options, transport_sip(nat->config.transport), true, "OPTIONS", nat->config.aor,
        transport_route(nat->config.transport, &nat->server, nat->transport), NULL, NULL,
        on_options_answer, nat,
        "To: <%s>\r\nFrom: <%s>;tag=%016llx\r\nCall-ID: %016llx%016llx\r\nCSeq: 1 OPTIONS\r\n"
        "User-Agent: %s\r\nContent-Length: 0\r\n\r\n",
        nat->config.aor, nat->config.aor, rand_u64(), rand_u64(), rand_u64(),
        nat->config.user_agent);
}

static void send_keepalive(void *arg)
{
    struct nat *nat = arg;

    if (nat->config.is_options && nat->transport == SIP_TRANSPORT_UDP) {
        if (!send_options(nat))
            return; /* its answer plans the next */
    } else {
        (void)transport_send_crlf(nat->config.transport, &nat->server, nat->transport);
    }
    plan_keepalive(nat);
}

/* ---- life ---- */

int nat_new(const struct nat_config *config, struct nat **ret_nat)
{
    struct nat *nat = calloc(1, sizeof(*nat));

    if (!nat)
        return ENOMEM;
    nat->config = *config;
    nat->config.settings = NULL;
    nat->server = *config->server;
    nat->transport = config->settings->transport;
    sa_init(&nat->mapped, AF_UNSPEC);
    sa_init(&nat->stun_server, AF_UNSPEC);
    start_stun(nat, config->settings);
    plan_keepalive(nat);
    *ret_nat = nat;
    return 0;
}

struct nat *nat_free(struct nat *nat)
{
    if (!nat)
        return NULL;
    timer_stop(&nat->keepalive);
    timer_stop(&nat->stun_later);
    nat->query = resolver_cancel(nat->query);
    stun_query_stop(nat->stun);
    mem_deref(nat->options);
    free(nat);
    return NULL;
}

const struct sa *nat_stun_server(const struct nat *nat)
{
    return nat && sa_isset(&nat->stun_server, SA_ALL) ? &nat->stun_server : NULL;
}

void nat_status(const struct nat *nat, const struct sip_settings *settings,
                struct agent_status *status)
{
    if (!sip_settings_has_stun(settings)) {
        (void)snprintf(status->stun, sizeof(status->stun), "off");
        return;
    }
    if (nat && nat->problem[0])
        (void)snprintf(status->stun, sizeof(status->stun), "%s", nat->problem);
    else
        (void)snprintf(status->stun, sizeof(status->stun), "%s",
                       nat && sa_isset(&nat->mapped, SA_ALL) ? "ok" : "not asked yet");
    if (nat && sa_isset(&nat->mapped, SA_ALL))
        (void)re_snprintf(status->public_address, sizeof(status->public_address), "%J",
                          &nat->mapped);
}
