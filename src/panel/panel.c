/* SPDX-License-Identifier: MIT */
#include "panel/panel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "panel/doors.h"
#include "panel/panel_sip.h"
#include "settings/store.h"
#include "sip/agent.h"

/* A change that waits for its turn, or has it. */
struct change {
    struct panel *panel;
    panel_edit_fn *edit;
    panel_done_fn *done;
    void *arg;
    struct settings *edited; /* what is being stored; NULL while it waits: these are large */
    int err;
    struct change *next;
};

struct panel {
    struct panel_config config;
    struct panel_sip sip;
    struct doors doors;
    struct settings *settings; /* the running ones */
    struct change *first;      /* has its turn */
    struct change **end;
    unsigned n_changes;
    struct timer turn; /* gives the first its turn, or its refusal */
    bool is_backup_due;
};

static void give_turn(struct panel *panel);

static void apply(struct panel *panel, struct change *change)
{
    struct settings *old = panel->settings;

    panel_sip_apply(&panel->sip, old, change->edited);
    panel->settings = change->edited;
    change->edited = old; /* goes with the change */
    panel_sip_tell(&panel->sip, old, panel->settings);
    doors_follow(&panel->doors, &old->locks, &panel->settings->locks);
}

static void free_change(struct change *change)
{
    if (change->edited)
        settings_wipe(change->edited);
    free(change->edited);
    free(change);
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
    free_change(change);

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

    change->err = store_save(change->panel->config.store, change->edited);
}

static void on_saved(void *arg)
{
    struct change *change = arg;
    struct panel *panel = change->panel;

    if (change->err)
        log_error("store: the change is not stored, the old settings go on: %s",
                  strerror(change->err));
    else
        apply(panel, change);
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
    int err = ENOMEM;

    change->edited = malloc(sizeof(*change->edited));
    if (change->edited) {
        *change->edited = *panel->settings;
        err = change->edit(change->edited, change->arg);
    }
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
    panel->end = &panel->first;
    panel->settings = malloc(sizeof(*panel->settings));
    if (!panel->settings) {
        panel_free(panel);
        return ENOMEM;
    }
    *panel->settings = *settings;
    panel->config = *config;
    memcpy(panel->sip.agents, config->agents, sizeof(panel->sip.agents));
    panel->sip.events = config->events;
    panel->doors.door = config->door;
    panel->doors.events = config->events;
    doors_start(&panel->doors, &settings->locks);
    panel_sip_start(&panel->sip, settings);
    *ret_panel = panel;
    return 0;
}

struct panel *panel_free(struct panel *panel)
{
    if (!panel)
        return NULL;
    timer_stop(&panel->turn);
    doors_stop(&panel->doors);
    while (panel->first) {
        struct change *change = panel->first;

        panel->first = change->next;
        free_change(change);
    }
    if (panel->settings)
        settings_wipe(panel->settings);
    free(panel->settings);
    free(panel);
    return NULL;
}

const struct settings *panel_settings(const struct panel *panel)
{
    return panel->settings;
}

const struct panel_identity *panel_identity(const struct panel *panel)
{
    return &panel->config.identity;
}

const char *panel_problem(const struct panel *panel)
{
    return store_problem(panel->config.store);
}

int panel_open(struct panel *panel, unsigned lock, const char *by)
{
    return doors_open(&panel->doors, lock, by);
}

int panel_emergency_open(struct panel *panel, unsigned lock, unsigned hold_s, const char *by)
{
    return doors_emergency_open(&panel->doors, lock, hold_s, by);
}

int panel_emergency_close(struct panel *panel, unsigned lock)
{
    return doors_emergency_close(&panel->doors, lock);
}

void panel_lock_state(const struct panel *panel, unsigned lock, struct panel_lock_state *ret_state)
{
    doors_lock_state(&panel->doors, lock, ret_state);
}

void panel_sip_register_now(struct panel *panel)
{
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        if (panel->sip.agents[i])
            agent_register_now(panel->sip.agents[i]);
    }
}

int panel_sip_check(struct panel *panel, unsigned account, panel_checked_fn *done, void *arg)
{
    return panel_sip_start_check(&panel->sip, panel->settings, account, done, arg);
}

void panel_sip_status(const struct panel *panel, unsigned account,
                      struct panel_sip_status *ret_status)
{
    panel_sip_read_status(&panel->sip, panel->settings, panel_problem(panel), account, ret_status);
}

void panel_sip_trace(const struct panel *panel, panel_sip_message_fn *show, void *arg)
{
    panel_sip_show_trace(&panel->sip, show, arg);
}
