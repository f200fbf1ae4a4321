/* SPDX-License-Identifier: MIT */
#include "panel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "settings/store.h"
#include "sip/agent.h"

/* A change that waits for its turn, or has it. */
struct change {
    struct panel *panel;
    panel_edit_fn *edit;
    panel_done_fn *done;
    void *arg;
    struct settings edited; /* what is being stored */
    int err;
    struct change *next;
};

struct panel {
    struct panel_config config;
    struct settings settings;
    struct change *first; /* has its turn */
    struct change **end;
    unsigned n_changes;
    struct timer turn; /* gives the first its turn, or its refusal */
    bool is_backup_due;
};

static void give_turn(struct panel *panel);

static bool sip_is_on(const struct settings *settings)
{
    return settings->sip_is_set && settings->sip_enable == SWITCH_ON &&
           settings->sip.password[0]; /* none: the key file was lost */
}

/* What SIP sees of the settings. Field by field: unused bytes of a string do not count. */
static bool sip_is_same(const struct settings *a, const struct settings *b)
{
    const struct sip_settings *x = &a->sip, *y = &b->sip;

    return a->sip_is_set == b->sip_is_set && a->sip_enable == b->sip_enable &&
           !strcmp(x->proxy, y->proxy) && !strcmp(x->realm, y->realm) &&
           !strcmp(x->user, y->user) && !strcmp(x->password, y->password) &&
           x->transport == y->transport && !strcmp(x->user_id, y->user_id) &&
           !strcmp(x->stun_ip, y->stun_ip) && x->stun_port == y->stun_port &&
           x->registration_interval_s == y->registration_interval_s &&
           !strcmp(x->outbound, y->outbound);
}

static void apply(struct panel *panel, const struct settings *edited)
{
    bool is_same = sip_is_same(&panel->settings, edited);
    bool is_about_sip = !strcmp(panel->settings.admin_hash, edited->admin_hash);
    struct agent_status status;

    agent_status(panel->config.agent, &status);
    panel->settings = *edited;
    if (!sip_is_on(edited))
        agent_apply(panel->config.agent, NULL);
    else if (!is_same || (is_about_sip && status.state != AGENT_REGISTERED)) /* asks for a try */
        agent_apply(panel->config.agent, &panel->settings.sip);
    if (!is_same)
        event_emit(panel->config.events, EVENT_SETTINGS_CHANGED, "SIP settings of %s at %s, SIP %s",
                   edited->sip.user, edited->sip.realm, sip_is_on(edited) ? "on" : "off");
}

static void back_up(void *arg)
{
    struct panel *panel = arg;
    int err = store_backup(panel->config.store);

    if (err)
        log_warn("store: no backup could be made: %s", strerror(err));
}

static void on_backed_up(void *arg)
{
    (void)arg;
}

/* The first one is over: tell, then the next one. */
static void finish_first(struct panel *panel, int err)
{
    struct change *change = panel->first;

    if (!err)
        panel->is_backup_due = true;
    change->done(err, change->arg); /* may ask for another change: it waits behind this one */
    panel->first = change->next;
    if (!panel->first)
        panel->end = &panel->first;
    panel->n_changes--;
    explicit_bzero(change, sizeof(*change));
    free(change);

    if (panel->first) {
        give_turn(panel);
    } else if (panel->is_backup_due) {
        panel->is_backup_due = false;
        (void)worker_submit(panel->config.store_worker, back_up, on_backed_up, panel);
    }
}

static void save(void *arg)
{
    struct change *change = arg;

    change->err = store_save(change->panel->config.store, &change->edited);
}

static void on_saved(void *arg)
{
    struct change *change = arg;
    struct panel *panel = change->panel;

    if (change->err)
        log_error("store: the change is not stored, the old settings go on: %s",
                  strerror(change->err));
    else
        apply(panel, &change->edited);
    finish_first(panel, change->err);
}

static void on_refused(void *arg)
{
    struct panel *panel = arg;

    finish_first(panel, panel->first->err);
}

static void give_turn(struct panel *panel)
{
    struct change *change = panel->first;
    int err;

    change->edited = panel->settings;
    err = change->edit(&change->edited, change->arg);
    if (!err)
        err = worker_submit(panel->config.store_worker, save, on_saved, change);
    if (!err) /* change is the worker's now, until on_saved */
        return;
    change->err = err;
    timer_start(&panel->turn, 0, on_refused, panel); /* never from inside panel_change */
}

int panel_change(struct panel *panel, panel_edit_fn *edit, panel_done_fn *done, void *arg)
{
    struct change *change;

    if (panel->n_changes >= PANEL_MAX_CHANGES)
        return EBUSY;
    change = calloc(1, sizeof(*change));
    if (!change)
        return ENOMEM;
    change->panel = panel;
    change->edit = edit;
    change->done = done;
    change->arg = arg;
    *panel->end = change;
    panel->end = &change->next;
    panel->n_changes++;
    if (panel->n_changes == 1)
        give_turn(panel);
    return 0;
}

int panel_new(const struct panel_config *config, const struct settings *settings,
              struct panel **ret_panel)
{
    struct panel *panel = calloc(1, sizeof(*panel));

    if (!panel)
        return ENOMEM;
    panel->config = *config;
    panel->settings = *settings;
    panel->end = &panel->first;
    if (sip_is_on(settings))
        agent_apply(config->agent, &settings->sip);
    *ret_panel = panel;
    return 0;
}

struct panel *panel_free(struct panel *panel)
{
    if (!panel)
        return NULL;
    timer_stop(&panel->turn);
    while (panel->first) {
        struct change *change = panel->first;

        panel->first = change->next;
        explicit_bzero(change, sizeof(*change));
        free(change);
    }
    explicit_bzero(&panel->settings, sizeof(panel->settings));
    free(panel);
    return NULL;
}

const struct settings *panel_settings(const struct panel *panel)
{
    return &panel->settings;
}

const struct panel_identity *panel_identity(const struct panel *panel)
{
    return &panel->config.identity;
}

const char *panel_problem(const struct panel *panel)
{
    return store_problem(panel->config.store);
}

void panel_sip_register_now(struct panel *panel)
{
    agent_register_now(panel->config.agent);
}

void panel_sip_status(const struct panel *panel, struct panel_sip_status *ret_status)
{
    const struct settings *settings = &panel->settings;
    struct agent_status agent;
    const char *reason = agent.reason;

    agent_status(panel->config.agent, &agent);
    memset(ret_status, 0, sizeof(*ret_status));
    if (settings->sip_enable != SWITCH_ON)
        ret_status->state = PANEL_SIP_OFFLINE;
    else if (agent.state == AGENT_REGISTERED)
        ret_status->state = PANEL_SIP_OK;
    else
        ret_status->state = PANEL_SIP_ERROR;

    if (!settings->sip_is_set)
        reason = panel_problem(panel)[0] ? panel_problem(panel) : "no SIP settings yet";
    else if (settings->sip_enable != SWITCH_ON)
        reason = "SIP is switched off";
    else if (!settings->sip.password[0])
        reason = "the SIP password is lost: type it again";
    else if (agent.state != AGENT_REGISTERED && !reason[0])
        reason = "registering";
    (void)snprintf(ret_status->reason, sizeof(ret_status->reason), "%s", reason);
    ret_status->code = agent.code;
    ret_status->register_last_attempt_s = agent.last_attempt_at_s;
    ret_status->expires_at_s = agent.expires_at_s;
    ret_status->next_attempt_at_s = agent.next_attempt_at_s;
}
