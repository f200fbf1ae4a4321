/* SPDX-License-Identifier: MIT */
#include "sip/check_impl.h"

#include <errno.h>
#include <stdio.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>

#include "sip/advise.h"
#include "sip/agent.h"
#include "sip/explain.h"
#include "sip/resolver.h"
#include "sip/stun.h"
#include "sip/transport.h"

static void fail_stun(struct check *check, int err, unsigned code)
{
    char text[AGENT_MAX_REASON];

    explain_stun(text, sizeof(text), err, code, check->stun_name);
    report_see(check_step_of(check, CHECK_STUN), "%s", text);
    check_fail(check, advise_stun(err));
}

static void on_mapped(int err, unsigned code, const struct sa *mapped, void *arg)
{
    struct check *check = arg;
    struct sa local;
    char text[CHECK_MAX_SA_TEXT];

    if (check->is_over)
        return;
    if (err) {
        fail_stun(check, err, code);
        return;
    }
    transport_local(check->transport, &local);
    (void)re_snprintf(text, sizeof(text), "%J", mapped);
    report_see(check_step_of(check, CHECK_STUN), "%s sees us as %s: %s", check->stun_name, text,
               sa_cmp(mapped, &local, SA_ALL) ? "no NAT in between" : "there is a NAT in between");
    check_step_of(check, CHECK_STUN)->result = REPORT_OK;
    check_end(check);
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

void check_try_stun(void *arg)
{
    struct check *check = arg;
    const struct sip_settings *settings = &check->settings;
    struct host host;

    if (!sip_settings_has_stun(settings) || host_parse(settings->stun_ip, HOST_FORM_BARE, &host)) {
        if (settings->transport == SIP_TRANSPORT_UDP)
            report_see(check_step_of(check, CHECK_STUN), "off");
        else
            report_see(check_step_of(check, CHECK_STUN), "not needed over %s",
                       sip_transport_name(settings->transport));
        check_step_of(check, CHECK_STUN)->result = REPORT_OK;
        check_end(check);
        return;
    }
    host.port = settings->stun_port;
    (void)snprintf(check->stun_name, sizeof(check->stun_name), "%s:%u", host.name, host.port);
    if (resolver_find(check->config.resolver, &host, SIP_TRANSPORT_UDP, on_stun_found, check,
                      &check->query))
        fail_stun(check, ENOENT, 0);
}
