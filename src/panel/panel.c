/* SPDX-License-Identifier: MIT */
#include "panel/panel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/identifiers.h"
#include "base/log.h"
#include "panel/backups.h"
#include "panel/calling.h"
#include "panel/entrance.h"
#include "panel/factory.h"
#include "panel/forwards.h"
#include "panel/identifier_changes.h"
#include "panel/keypad.h"
#include "panel/doors.h"
#include "panel/panel_sip.h"
#include "panel/photo.h"
#include "panel/settings_changes.h"
#include "media/sound.h"
#include "settings/store.h"
#include "sip/agent.h"

struct panel {
    struct panel_config config;
    struct panel_sip sip;
    struct doors doors;
    struct backups backups;
    struct settings_changes *settings;
    struct forwards *forwards;
    struct identifier_changes *identifiers;
    struct calling *calling;
    struct keypad *keypad;
    struct entrance *entrance;
};

/* Have calls follow the settings that run now. */
static void use_call_settings(struct panel *panel, const struct settings *settings)
{
    const struct call_settings *calls = &settings->calls;
    bool is_on = settings->sip_enable == SWITCH_ON;

    calling_use(panel->calling, settings);
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        int err = panel->sip.agents[i]
                      ? agent_set_callers(panel->sip.agents[i], is_on ? calls->accept_from : "")
                      : 0;

        if (err)
            log_error("who may call is not changed: %s", strerror(err));
    }
    if (panel->config.sound) {
        sound_set_volume(panel->config.sound, calls->volume);
        sound_set_gain(panel->config.sound, calls->gain);
    }
}

static void tell_followers(struct panel *panel, const struct settings *settings)
{
    if (panel->config.follow)
        panel->config.follow(settings, panel->config.follow_arg);
}

static void on_settings_changed(const struct settings *old, const struct settings *now, void *arg)
{
    struct panel *panel = arg;

    panel_sip_apply(&panel->sip, old, now);
    use_call_settings(panel, now);
    panel_sip_tell(&panel->sip, old, now);
    doors_follow(&panel->doors, &old->locks, &now->locks);
    entrance_use(panel->entrance, old, now);
    tell_followers(panel, now);
}

static void on_settings_settled(void *arg)
{
    struct panel *panel = arg;

    backups_make(&panel->backups);
}

static void on_rows_changed(void *arg)
{
    struct panel *panel = arg;

    backups_make_later(&panel->backups);
}

static int make_settings(struct panel *panel, const struct settings *settings)
{
    const struct settings_changes_config config = {
        .store = panel->config.store,
        .store_worker = panel->config.store_worker,
        .changed = on_settings_changed,
        .settled = on_settings_settled,
        .arg = panel,
    };

    return settings_changes_new(&config, settings, &panel->settings);
}

static int make_calling(struct panel *panel)
{
    struct calling_config config = {.events = panel->config.events, .doors = &panel->doors};
    int err;

    memcpy(config.agents, panel->config.agents, sizeof(config.agents));
    err = forwards_new(panel->config.store, panel->config.store_worker, panel->config.forward,
                       &panel->forwards);
    if (err)
        forward_table_free(panel->config.forward);
    panel->config.forward = NULL;
    if (err)
        return err;
    forwards_on_change(panel->forwards, on_rows_changed, panel);
    config.forwards = panel->forwards;
    err = calling_new(&config, &panel->calling);
    return err ? err : keypad_new(panel->calling, panel->config.events, &panel->keypad);
}

static int make_identifiers(struct panel *panel)
{
    int err = identifier_changes_new(panel->config.store, panel->config.store_worker,
                                     panel->config.identifiers, &panel->identifiers);

    if (err)
        return err;
    panel->config.identifiers = NULL;
    identifier_changes_listen(panel->identifiers, on_rows_changed, panel);
    return 0;
}

static void on_code(const char *digits, void *arg)
{
    struct panel *panel = arg;
    struct scan scan;

    if (!scan_read(IDENTIFIER_CODE, digits, &scan))
        (void)entrance_scan(panel->entrance, &scan);
    scan_wipe(&scan);
}

static enum identifiers_verdict match_identifier(enum identifier_type type, const char *scanned,
                                                 int64_t now_s, struct identifier *ret_identifier,
                                                 void *arg)
{
    const struct panel *panel = arg;

    return identifiers_match(identifier_changes_table(panel->identifiers), type, scanned, now_s,
                             ret_identifier);
}

static void use_identifier(uint32_t uid, void *arg)
{
    struct panel *panel = arg;

    identifier_changes_use_pass(panel->identifiers, uid);
}

static int make_entrance(struct panel *panel)
{
    const struct entrance_config config = {.doors = &panel->doors,
                                           .events = panel->config.events,
                                           .match = match_identifier,
                                           .used = use_identifier,
                                           .list = panel};
    int err = entrance_new(&config, &panel->entrance);

    if (!err)
        keypad_on_code(panel->keypad, on_code, panel);
    return err;
}

int panel_new(const struct panel_config *config, const struct settings *settings,
              struct panel **ret_panel)
{
    struct panel *panel = calloc(1, sizeof(*panel));
    int err;

    if (!panel) {
        forward_table_free(config->forward);
        identifiers_free(config->identifiers);
        return ENOMEM;
    }
    panel->config = *config;
    memcpy(panel->sip.agents, config->agents, sizeof(panel->sip.agents));
    panel->sip.events = config->events;
    panel->doors.door = config->door;
    panel->doors.events = config->events;
    err = make_settings(panel, settings);
    if (!err)
        err = make_calling(panel);
    if (!err)
        err = make_entrance(panel);
    if (!err)
        err = make_identifiers(panel);
    if (err) {
        panel_free(panel);
        return err;
    }
    settings = panel_settings(panel);
    use_call_settings(panel, settings);
    doors_start(&panel->doors, &settings->locks);
    entrance_use(panel->entrance, NULL, settings);
    panel_sip_start(&panel->sip, settings);
    tell_followers(panel, settings);
    backups_start(&panel->backups, config->store, config->store_worker);
    *ret_panel = panel;
    return 0;
}

struct panel *panel_free(struct panel *panel)
{
    if (!panel)
        return NULL;
    doors_stop(&panel->doors);
    backups_stop(&panel->backups);
    entrance_free(panel->entrance);
    keypad_free(panel->keypad);
    calling_free(panel->calling);
    forwards_free(panel->forwards);
    forward_table_free(panel->config.forward);
    identifier_changes_free(panel->identifiers);
    identifiers_free(panel->config.identifiers);
    settings_changes_free(panel->settings);
    free(panel);
    return NULL;
}

const struct settings *panel_settings(const struct panel *panel)
{
    return settings_changes_running(panel->settings);
}

int panel_change(struct panel *panel, panel_edit_fn *edit, panel_done_fn *done, void *arg)
{
    return settings_changes_make(panel->settings, edit, done, arg);
}

const struct panel_identity *panel_identity(const struct panel *panel)
{
    return &panel->config.identity;
}

const char *panel_problem(const struct panel *panel)
{
    return store_problem(panel->config.store);
}

void panel_reboot(struct panel *panel)
{
    if (panel->config.reboot)
        panel->config.reboot(panel->config.reboot_arg);
}

int panel_reset(struct panel *panel, panel_done_fn *done, void *arg)
{
    return factory_reset(panel->config.store, panel->config.store_worker,
                         panel_settings(panel)->serial, done, arg);
}

int panel_photo(struct panel *panel, panel_photo_fn *done, void *arg)
{
    return photo_take(panel->config.camera, &panel_settings(panel)->device, done, arg);
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
    return panel_sip_start_check(&panel->sip, panel_settings(panel), account, done, arg);
}

void panel_sip_status(const struct panel *panel, unsigned account,
                      struct panel_sip_status *ret_status)
{
    panel_sip_read_status(&panel->sip, panel_settings(panel), panel_problem(panel), account,
                          ret_status);
}

void panel_sip_trace(const struct panel *panel, panel_sip_message_fn *show, void *arg)
{
    panel_sip_show_trace(&panel->sip, show, arg);
}

int panel_call_start(struct panel *panel, const char *number, enum panel_call_by by)
{
    return calling_start(panel->calling, number, by);
}

int panel_call_end(struct panel *panel)
{
    return calling_end(panel->calling);
}

int panel_call_answer(struct panel *panel)
{
    return calling_answer(panel->calling);
}

void panel_calls(struct panel *panel, panel_call_fn *show, void *arg)
{
    calling_show(panel->calling, show, arg);
}

bool panel_call_now(struct panel *panel, panel_call_fn *show, void *arg)
{
    return calling_show_now(panel->calling, show, arg);
}

int panel_keypad_press(struct panel *panel, const char *key)
{
    return panel->config.is_simulated ? keypad_press(panel->keypad, key) : ENOTSUP;
}

int panel_keypad_press_real(struct panel *panel, const char *key)
{
    return keypad_press(panel->keypad, key);
}

struct entrance *panel_entrance(const struct panel *panel)
{
    return panel->entrance;
}

bool panel_is_simulated(const struct panel *panel)
{
    return panel->config.is_simulated;
}

bool panel_keypad_has(const char *key)
{
    return keypad_is_key(key);
}

const char *panel_keypad_digits(const struct panel *panel)
{
    return keypad_digits(panel->keypad);
}

const struct forward_table *panel_forward(const struct panel *panel)
{
    return forwards_table(panel->forwards);
}

int panel_forward_put(struct panel *panel, const struct forward_rule *rule, panel_done_fn *done,
                      void *arg)
{
    return forwards_put(panel->forwards, rule, done, arg);
}

int panel_forward_remove(struct panel *panel, const uint32_t *flats, size_t count,
                         panel_done_fn *done, void *arg)
{
    return forwards_remove(panel->forwards, flats, count, done, arg);
}

struct identifier_changes *panel_identifier_changes(struct panel *panel)
{
    return panel->identifiers;
}
