/* SPDX-License-Identifier: MIT */
#include "sip/agent_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>

#include "sip/account.h"
#include "sip/binding.h"
#include "sip/calls.h"
#include "sip/check.h"
#include "sip/identity.h"
#include "sip/resolver.h"
#include "sip/sip_auth.h"
#include "sip/tls_trust.h"
#include "sip/trace.h"
#include "sip/transport.h"

#define USER_AGENT "Portero/" PORTERO_VERSION

enum { LONGEST_PAUSE_S = 900 };

/* Calls may also come from the proxy's addresses where an outbound one stands before it. */
static void use_proxy(struct agent *agent, const struct sip_settings *settings)
{
    struct host host;
    bool has_other = settings && settings->outbound[0] &&
                     !host_parse(settings->proxy, HOST_FORM_PORT | HOST_FORM_SCHEME, &host);

    calls_set_proxy(agent->calls, has_other ? &host : NULL,
                    settings ? settings->transport : SIP_TRANSPORT_UDP);
}

static void switch_off(struct agent *agent)
{
    use_proxy(agent, NULL);
    agent->binding = binding_free(agent->binding);
    transport_close_connections(agent->transport);
    agent->old_trust = tls_trust_free(agent->old_trust);
    sip_settings_wipe(&agent->settings);
}

/* Take up settings. The binding stays if the address-of-record does, so that its Call-ID goes
 * on: a goodbye that the old server gets late then cannot undo what comes now. */
static void switch_to(struct agent *agent, const struct sip_settings *settings)
{
    const struct binding_config config = {
        .transport = agent->transport,
        .resolver = agent->resolver,
        .events = agent->config.events,
        .worker = agent->config.resolver_worker,
        .instance = agent->instance,
        .user_agent = USER_AGENT,
        .keepalive_s = agent->config.keepalive_s,
        .keepalive_is_options = agent->config.keepalive_is_options,
    };

    if (agent->binding && !identity_is_same_aor(&agent->settings, settings))
        agent->binding = binding_free(agent->binding);
    if (agent->binding) {
        binding_stop(agent->binding);
        binding_release(agent->binding);
    }
    /* What is told in a call by TCP comes and goes by its connection. */
    if (agent->settings.transport == SIP_TRANSPORT_TLS || !calls_has_any(agent->calls))
        transport_close_connections(agent->transport);
    agent->old_trust = tls_trust_free(agent->old_trust);
    if (!agent->binding && binding_new(&config, settings, &agent->binding))
        return; /* no memory: off, until the next change */
    agent->settings = *settings;
    use_proxy(agent, settings);
    binding_set_retry(agent->binding, agent->is_retrying, agent->longest_pause_s);
    binding_start(agent->binding, settings, agent->trust, agent->is_strict);
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

/* From inside the library: what comes now frees what it is using. */
static void on_goodbye_answered(void *arg)
{
    struct agent *agent = arg;

    if (agent->is_leaving)
        timer_start(&agent->leave_timer, 0, on_left, agent);
}

/* Say goodbye to the server, then on_left. */
static void leave(struct agent *agent, uint64_t within_ms)
{
    if (agent->is_leaving) { /* once is enough; only the time may change */
        if (timer_left_ms(&agent->leave_timer) > within_ms)
            timer_start(&agent->leave_timer, within_ms, on_left, agent);
        return;
    }
    agent->is_leaving = true;
    if (!agent->binding || !binding_leave(agent->binding, on_goodbye_answered, agent))
        within_ms = 0;
    timer_start(&agent->leave_timer, within_ms, on_left, agent);
}

void agent_apply(struct agent *agent, const struct sip_settings *settings)
{
    if (agent->stopped)
        return;
    if (!agent->is_leaving) {
        if (!agent->binding && !settings) {
            calls_end_all(agent->calls); /* direct ones: off is off */
            return;
        }
        if (agent->binding && settings && !agent->old_trust &&
            identity_is_same_account(&agent->settings, settings)) {
            agent->settings = *settings;
            binding_set_retry(agent->binding, agent->is_retrying, agent->longest_pause_s);
            binding_start(agent->binding, settings, agent->trust, agent->is_strict);
            return;
        }
    }
    /* Calls by UDP or TCP go on until they end, on the old account, and by their connections; a TLS
     * connection goes with its account, and then nobody could be told. */
    if (!settings || agent->settings.transport == SIP_TRANSPORT_TLS)
        calls_end_all(agent->calls);
    agent->next_is_on = settings != NULL;
    if (settings)
        agent->next_settings = *settings;
    leave(agent, AGENT_LEAVE_MS);
}

void agent_register_now(struct agent *agent)
{
    if (agent->binding && !agent->is_leaving)
        binding_again(agent->binding);
}

void agent_stop(struct agent *agent, agent_stopped_fn *stopped, void *arg)
{
    agent->stopped = stopped;
    agent->stopped_arg = arg;
    if (agent->check)
        check_stop(agent->check);
    calls_end_all(agent->calls); /* before the goodbye to the server */
    calls_listen(agent->calls, NULL, NULL);
    leave(agent, AGENT_STOP_MS);
}

void agent_set_retry(struct agent *agent, bool is_on, unsigned longest_s)
{
    agent->is_retrying = is_on;
    agent->longest_pause_s = longest_s;
    if (agent->binding)
        binding_set_retry(agent->binding, is_on, longest_s);
}

int agent_set_trust(struct agent *agent, const char *ca_pem, bool is_strict)
{
    struct tls_trust *trust = NULL;
    int err = tls_trust_new(agent->config.ca_file, &trust);

    if (!err && ca_pem && ca_pem[0])
        err = tls_trust_add(trust, ca_pem);
    if (err) {
        tls_trust_free(trust);
        return err;
    }
    if (agent->binding && !agent->old_trust)
        agent->old_trust = agent->trust;
    else
        tls_trust_free(agent->trust);
    agent->trust = trust;
    agent->is_strict = is_strict;
    return 0;
}

static void on_checked(const struct report *report, void *arg)
{
    struct agent *agent = arg;
    struct check *check = agent->check;

    if (check_has_displaced(check))
        agent_register_now(agent);
    agent->check = NULL; /* who is told may ask for the next one at once */
    agent->checked(report, agent->checked_arg);
    check_free(check);
}

int agent_check(struct agent *agent, const struct sip_settings *settings, agent_checked_fn *checked,
                void *arg)
{
    const struct check_config config = {
        .bind = agent->config.bind,
        .resolver = agent->resolver,
        .worker = agent->config.resolver_worker,
        .trust = agent->trust,
        .is_strict = agent->is_strict,
        .software = USER_AGENT,
        .trace = agent->trace,
        .running_contact = agent->binding ? binding_bound_contact(agent->binding) : NULL,
    };

    if (agent->stopped)
        return ECANCELED;
    if (agent->check)
        return EBUSY;
    agent->checked = checked;
    agent->checked_arg = arg;
    return check_start(&config, settings, on_checked, agent, &agent->check);
}

void agent_network_changed(struct agent *agent, bool link_is_back)
{
    if (!agent->binding && !agent->stopped)
        transport_follow(agent->transport);
    calls_network_changed(agent->calls);
    if (agent->binding && !agent->is_leaving)
        binding_network_changed(agent->binding, link_is_back);
}

void agent_clock_stepped(struct agent *agent)
{
    if (agent->binding && !agent->is_leaving)
        binding_clock_stepped(agent->binding);
}

const struct trace *agent_trace(const struct agent *agent)
{
    return agent->trace;
}

void agent_status(const struct agent *agent, struct agent_status *ret_status)
{
    memset(ret_status, 0, sizeof(*ret_status));
    if (agent->binding)
        binding_status(agent->binding, ret_status);
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

    if (agent->binding && !agent->stopped) /* off: no answer to SIP at all */
        unasked_answer(sip, msg, &agent->unasked);
}

static enum transport_verdict on_call_request(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    struct agent *agent = arg;

    return agent->calls ? calls_on_request(agent->calls, sip, msg) : TRANSPORT_UNASKED;
}

static bool is_of_peer(const struct sip_msg *msg, void *arg)
{
    const struct agent *agent = arg;

    return !agent->calls || calls_is_of_peer(agent->calls, msg);
}

static bool read_account(struct account *ret_account, void *arg)
{
    struct agent *agent = arg;

    if (!agent->binding || agent->is_leaving)
        return false;
    binding_account(agent->binding, ret_account);
    return true;
}

static void on_traffic(const struct trace_entry *message, size_t len, void *arg)
{
    struct agent *agent = arg;

    if (message->is_sent && message->transport[0] == 't' && agent->binding)
        binding_connected(agent->binding);
    if (len > 4) /* more than a keep-alive */
        trace_add(agent->trace, message, len);
}

static int open_transport(struct agent *agent)
{
    const struct transport_config config = {
        .bind = agent->config.bind,
        .software = USER_AGENT,
        .on_request = on_request,
        .on_call_request = on_call_request,
        .is_of_peer = is_of_peer,
        .on_traffic = on_traffic,
        .arg = agent,
    };
    int err = transport_new(&config, &agent->transport);

    if (err)
        return err;
    err = transport_open(agent->transport, NULL, SIP_TRANSPORT_UDP, NULL);
    /* Without a configured address it is tried again when there is something to register. */
    return agent->config.bind ? err : 0;
}

int agent_new(const struct agent_config *config, struct agent **ret_agent)
{
    struct agent *agent = calloc(1, sizeof(*agent));
    int err;

    if (!agent)
        return ENOMEM;
    agent->config = *config;
    agent->is_strict = true;
    agent->is_retrying = true;
    agent->longest_pause_s = LONGEST_PAUSE_S;
    (void)snprintf(agent->instance, sizeof(agent->instance), "urn:uuid:%s", config->serial);
    err = sip_auth_check();
    if (err)
        goto out;
    err = tls_trust_new(config->ca_file, &agent->trust);
    if (err == EINVAL)
        err = ENOMSG;
    if (err)
        goto out;
    err = trace_new(&agent->trace);
    if (err)
        goto out;
    err = resolver_new(config->resolver_worker, config->nameserver, &agent->resolver);
    if (err)
        goto out;
    err = open_transport(agent);
    if (err)
        goto out;
    err = calls_new(&(struct calls_config){.transport = agent->transport,
                                           .resolver = agent->resolver,
                                           .sound = config->sound,
                                           .account = read_account,
                                           .arg = agent},
                    &agent->calls);

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
    timer_stop(&agent->leave_timer);
    if (agent->check) {
        agent->check = check_free(agent->check);
        agent->checked(NULL, agent->checked_arg);
    }
    agent->binding = binding_free(agent->binding);
    agent->calls = calls_free(agent->calls);
    transport_free(agent->transport);
    resolver_free(agent->resolver);
    tls_trust_free(agent->old_trust);
    tls_trust_free(agent->trust);
    trace_free(agent->trace);
    sip_settings_wipe(&agent->settings);
    sip_settings_wipe(&agent->next_settings);
    free(agent);
    return NULL;
}
