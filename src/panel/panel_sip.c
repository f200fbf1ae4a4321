/* SPDX-License-Identifier: MIT */
#include "panel/panel_sip.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/log.h"
#include "panel/panel.h"
#include "sip/agent.h"
#include "sip/trace.h"

static const struct sip_settings *account_of(const struct settings *settings, unsigned i)
{
    return i == 0 ? &settings->sip : &settings->second;
}

static bool account_is_set(const struct settings *settings, unsigned i)
{
    return i == 0 ? settings->sip_is_set : settings->second_is_set;
}

static bool account_is_on(const struct settings *settings, unsigned i)
{
    return account_is_set(settings, i) && settings->sip_enable == SWITCH_ON &&
           account_of(settings, i)->password[0]; /* none: the key file was lost */
}

static bool trust_is_same(const struct settings *a, const struct settings *b)
{
    return a->sip_tls_is_checked == b->sip_tls_is_checked && !strcmp(a->sip_ca_pem, b->sip_ca_pem);
}

static bool retry_is_same(const struct settings *a, const struct settings *b)
{
    return a->is_reregister == b->is_reregister && a->reregister_time_s == b->reregister_time_s;
}

/* What SIP sees of the settings. Field by field: unused bytes of a string do not count. */
static bool account_is_same(const struct settings *a, const struct settings *b, unsigned i)
{
    const struct sip_settings *x = account_of(a, i), *y = account_of(b, i);

    return account_is_set(a, i) == account_is_set(b, i) && a->sip_enable == b->sip_enable &&
           !strcmp(x->proxy, y->proxy) && !strcmp(x->realm, y->realm) &&
           !strcmp(x->user, y->user) && !strcmp(x->password, y->password) &&
           x->transport == y->transport && !strcmp(x->user_id, y->user_id) &&
           !strcmp(x->stun_ip, y->stun_ip) && x->stun_port == y->stun_port &&
           x->registration_interval_s == y->registration_interval_s &&
           !strcmp(x->outbound, y->outbound);
}

/* Of the first agent only what is wrong is told: the second one says the same. */
static void set_trust(const struct panel_sip *sip, const struct settings *settings)
{
    if (!settings->sip_tls_is_checked)
        log_warn("the certificate of a SIP server is not checked: anybody could be it");
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        int err = sip->agents[i] ? agent_set_trust(sip->agents[i], settings->sip_ca_pem,
                                                   settings->sip_tls_is_checked)
                                 : 0;

        if (err)
            log_error("the CAs for SIP cannot be used: %s", strerror(err));
    }
}

static void set_retry(const struct panel_sip *sip, const struct settings *settings)
{
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        if (sip->agents[i])
            agent_set_retry(sip->agents[i], settings->is_reregister, settings->reregister_time_s);
    }
}

/* is_asked: the change may be somebody's wish for another try. */
static void apply_account(struct agent *agent, const struct settings *old,
                          const struct settings *edited, unsigned i, bool is_asked)
{
    const struct sip_settings *account = account_of(edited, i);
    bool trusts_others = account->transport == SIP_TRANSPORT_TLS && !trust_is_same(old, edited);
    struct agent_status status;

    agent_status(agent, &status);
    if (!account_is_on(edited, i)) {
        /* Only when it goes off: without an account there may be direct calls, which no other
         * setting ends. */
        if (account_is_on(old, i) || old->sip_enable != edited->sip_enable)
            agent_apply(agent, NULL);
    } else if (!account_is_same(old, edited, i) || trusts_others ||
               (is_asked && status.state != AGENT_REGISTERED))
        agent_apply(agent, account);
}

void panel_sip_start(const struct panel_sip *sip, const struct settings *settings)
{
    if (!settings->sip_tls_is_checked || settings->sip_ca_pem[0])
        set_trust(sip, settings);
    set_retry(sip, settings);
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        if (sip->agents[i] && account_is_on(settings, i))
            agent_apply(sip->agents[i], account_of(settings, i));
    }
}

void panel_sip_apply(const struct panel_sip *sip, const struct settings *old,
                     const struct settings *edited)
{
    bool is_asked = !strcmp(old->admin_hash, edited->admin_hash) &&
                    !strcmp(old->https_certificate_pem, edited->https_certificate_pem);

    if (!trust_is_same(old, edited))
        set_trust(sip, edited);
    if (!retry_is_same(old, edited))
        set_retry(sip, edited);
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        if (sip->agents[i])
            apply_account(sip->agents[i], old, edited, i, is_asked);
    }
}

static void tell_change(struct event_bus *events, const struct settings *old,
                        const struct settings *edited, unsigned i)
{
    const struct sip_settings *account = account_of(edited, i);
    const char *which = i == 0 ? "SIP settings" : "second SIP settings";

    if (account_is_set(edited, i))
        event_emit(events, EVENT_SETTINGS_CHANGED, "%s of %s at %s, SIP %s", which, account->user,
                   account->realm, account_is_on(edited, i) ? "on" : "off");
    else if (account_is_set(old, i))
        event_emit(events, EVENT_SETTINGS_CHANGED, "%s removed", which);
    else if (i == 0) /* the switch, before there are any */
        event_emit(events, EVENT_SETTINGS_CHANGED, "SIP %s, no settings yet",
                   edited->sip_enable == SWITCH_ON ? "on" : "off");
}

void panel_sip_tell(const struct panel_sip *sip, const struct settings *old,
                    const struct settings *edited)
{
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        if (!account_is_same(old, edited, i))
            tell_change(sip->events, old, edited, i);
    }
}

/* What is to be said of the settings before SIP has its say; NULL: nothing. */
static const char *reason_of_settings(const struct settings *settings, const char *problem,
                                      unsigned i)
{
    if (!account_is_set(settings, i))
        return problem[0] ? problem : "no SIP settings yet";
    if (settings->sip_enable != SWITCH_ON)
        return "SIP is switched off";
    if (!account_of(settings, i)->password[0])
        return "the SIP password is lost: type it again";
    return NULL;
}

static enum panel_sip_state state_of(const struct settings *settings, unsigned i,
                                     enum agent_state state)
{
    /* A second account is no fault while nobody has set it. */
    if (settings->sip_enable != SWITCH_ON || (i > 0 && !account_is_set(settings, i)))
        return PANEL_SIP_OFFLINE;
    return state == AGENT_REGISTERED ? PANEL_SIP_OK : PANEL_SIP_ERROR;
}

void panel_sip_read_status(const struct panel_sip *sip, const struct settings *settings,
                           const char *problem, unsigned account,
                           struct panel_sip_status *ret_status)
{
    unsigned i = account - 1;
    struct agent_status agent = {.state = AGENT_OFF};
    const char *reason = reason_of_settings(settings, problem, i);

    if (sip->agents[i])
        agent_status(sip->agents[i], &agent);
    memset(ret_status, 0, sizeof(*ret_status));
    ret_status->state = state_of(settings, i, agent.state);
    if (!reason && agent.state != AGENT_REGISTERED && !agent.reason[0])
        reason = "registering";
    (void)snprintf(ret_status->reason, sizeof(ret_status->reason), "%s",
                   reason ? reason : agent.reason);
    ret_status->code = agent.code;
    ret_status->register_last_attempt_s = agent.last_attempt_at_s;
    ret_status->expires_at_s = agent.expires_at_s;
    ret_status->next_attempt_at_s = agent.next_attempt_at_s;
    (void)snprintf(ret_status->public_address, sizeof(ret_status->public_address), "%s",
                   agent.public_address);
    (void)snprintf(ret_status->stun, sizeof(ret_status->stun), "%s",
                   agent.stun[0] ? agent.stun : "off");
    ret_status->is_set = account_is_set(settings, i);
    ret_status->is_tls = account_of(settings, i)->transport == SIP_TRANSPORT_TLS;
    ret_status->is_tls_verified = ret_status->is_tls && settings->sip_tls_is_checked;
}

int panel_sip_start_check(const struct panel_sip *sip, const struct settings *settings,
                          unsigned account, panel_checked_fn *done, void *arg)
{
    unsigned i = account - 1;

    if (!sip->agents[i])
        return ENOTSUP;
    return agent_check(sip->agents[i], account_is_set(settings, i) ? account_of(settings, i) : NULL,
                       done, arg);
}

struct shower {
    unsigned account;
    panel_sip_message_fn *show;
    void *arg;
};

static void show_entry(const struct trace_entry *entry, void *arg)
{
    const struct shower *shower = arg;
    const struct panel_sip_message message = {
        .account = shower->account,
        .at_ms = entry->at_ms,
        .is_sent = entry->is_sent,
        .transport = entry->transport,
        .peer = entry->peer,
        .text = entry->text,
    };

    shower->show(&message, shower->arg);
}

void panel_sip_show_trace(const struct panel_sip *sip, panel_sip_message_fn *show, void *arg)
{
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        struct shower shower = {.account = i + 1, .show = show, .arg = arg};

        if (sip->agents[i])
            trace_show(agent_trace(sip->agents[i]), show_entry, &shower);
    }
}
