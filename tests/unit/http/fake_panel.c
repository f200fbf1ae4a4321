/* SPDX-License-Identifier: MIT */
#include "fake_panel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/identifiers.h"
#include "base/report.h"
#include "base/timer.h"
#include "panel/identifier_changes.h"
#include "settings/admin.h"

struct change {
    panel_edit_fn *edit;
    panel_done_fn *done;
    void *arg;
    struct change *next;
};

struct panel {
    struct settings settings;
    struct panel_identity identity;
    struct change *changes;
    struct timer timer;
    int store_err;
    bool is_held;
    unsigned registered, rebooted;
    struct forward_table *forward;
    struct identifier_changes *identifiers;
};

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

struct panel *fake_panel_new(const char *password)
{
    struct panel *panel = must(calloc(1, sizeof(*panel)));
    struct identifiers *table = NULL;
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];

    panel->identity = (struct panel_identity){
        .device_name = "Fake \"door\"",
        .device_model = "portero",
        .firmware_version = "0.0.1",
        .api_version = "2.9.0",
        .mac_address = "02:00:00:00:00:01",
    };
    settings_init(&panel->settings);
    (void)snprintf(panel->settings.serial, sizeof(panel->settings.serial), "%s",
                   "00000000-0000-4000-8000-000000000001");
    admin_md5_hex(password, md5_hex);
    if (admin_hash(md5_hex, panel->settings.admin_hash) || forward_table_new(&panel->forward))
        abort();
    if (identifiers_new(&table) ||
        identifier_changes_new(NULL, NULL, table, &panel->identifiers)) /* for reading only */
        abort();
    return panel;
}

struct panel *panel_free(struct panel *panel)
{
    if (!panel)
        return NULL;
    timer_stop(&panel->timer);
    while (panel->changes) {
        struct change *change = panel->changes;

        panel->changes = change->next;
        change->done(ECANCELED, change->arg);
        free(change);
    }
    forward_table_free(panel->forward);
    identifier_changes_free(panel->identifiers);
    free(panel);
    return NULL;
}

struct settings *fake_panel_settings(struct panel *panel)
{
    return &panel->settings;
}

void fake_panel_fail_with(struct panel *panel, int err)
{
    panel->store_err = err;
}

unsigned fake_panel_waiting(const struct panel *panel)
{
    unsigned n = 0;

    for (const struct change *change = panel->changes; change; change = change->next)
        n++;
    return n;
}

unsigned fake_panel_registered(const struct panel *panel)
{
    return panel->registered;
}

const struct settings *panel_settings(const struct panel *panel)
{
    return &panel->settings;
}

const struct panel_identity *panel_identity(const struct panel *panel)
{
    return &panel->identity;
}

const char *panel_problem(const struct panel *panel)
{
    return panel->store_err == EROFS ? "portero.db is damaged" : "";
}

static void make_changes(void *arg)
{
    struct panel *panel = arg;

    while (panel->changes && !panel->is_held) {
        struct change *change = panel->changes;
        struct settings settings = panel->settings;
        int err = change->edit(&settings, change->arg);

        if (!err)
            err = panel->store_err;
        if (!err)
            panel->settings = settings;
        panel->changes = change->next;
        change->done(err, change->arg);
        free(change);
    }
}

void fake_panel_hold(struct panel *panel, bool is_held)
{
    panel->is_held = is_held;
    timer_start(&panel->timer, 1, make_changes, panel);
}

int panel_change(struct panel *panel, panel_edit_fn *edit, panel_done_fn *done, void *arg)
{
    struct change **end = &panel->changes;
    struct change *change;

    if (fake_panel_waiting(panel) == PANEL_MAX_CHANGES)
        return EBUSY;
    while (*end)
        end = &(*end)->next;
    change = must(calloc(1, sizeof(*change)));
    *change = (struct change){.edit = edit, .done = done, .arg = arg};
    *end = change;
    timer_start(&panel->timer, 1, make_changes, panel);
    return 0;
}

void panel_reboot(struct panel *panel)
{
    panel->rebooted++;
}

unsigned fake_panel_rebooted(const struct panel *panel)
{
    return panel->rebooted;
}

int panel_reset(struct panel *panel, panel_done_fn *done, void *arg)
{
    done(panel->store_err, arg);
    return 0;
}

/* "JPEG"; a store that fails stands for a camera that does; EROFS: there is none. */
int panel_photo(struct panel *panel, panel_photo_fn *done, void *arg)
{
    if (panel->store_err == EROFS)
        return ENOTSUP;
    if (panel->store_err)
        done(NULL, 0, panel->store_err, arg);
    else
        done((unsigned char *)must(strdup("JPEG")), 4, 0, arg);
    return 0;
}

void panel_sip_register_now(struct panel *panel)
{
    panel->registered++;
}

int panel_sip_check(struct panel *panel, unsigned account, panel_checked_fn *done, void *arg)
{
    static const char *const names[] = {"resolve", "connect"};
    struct report report;

    (void)panel;
    report_init(&report, names, 2);
    report.steps[0].result = REPORT_FAILED;
    report_see(&report.steps[0], "no such host for account %u", account);
    done(&report, arg);
    return 0;
}

void panel_sip_status(const struct panel *panel, unsigned account,
                      struct panel_sip_status *ret_status)
{
    const struct settings *settings = &panel->settings;

    memset(ret_status, 0, sizeof(*ret_status));
    ret_status->state = settings->sip_enable == SWITCH_ON ? PANEL_SIP_ERROR : PANEL_SIP_OFFLINE;
    (void)snprintf(ret_status->reason, sizeof(ret_status->reason), "no SIP settings yet");
    (void)snprintf(ret_status->stun, sizeof(ret_status->stun), "off");
    ret_status->is_tls =
        (account == 1 ? &settings->sip : &settings->second)->transport == SIP_TRANSPORT_TLS;
    ret_status->is_tls_verified = ret_status->is_tls && settings->sip_tls_is_checked;
}

/* Two accounts whose messages alternate. */
void panel_sip_trace(const struct panel *panel, panel_sip_message_fn *show, void *arg)
{
    (void)panel;
    for (unsigned account = 1; account <= 2; account++) {
        for (int64_t i = 0; i < 100; i++) {
            char text[64];
            struct panel_sip_message message = {.account = account,
                                                .at_ms = 1700000000000 + i,
                                                .is_sent = i % 2 == 0,
                                                .transport = "udp",
                                                .peer = "192.0.2.1:5060",
                                                .text = text};

            (void)snprintf(text, sizeof(text), "OPTIONS \"%d\"\r\n\r\n", (int)i);
            show(&message, arg);
        }
    }
}

/* One call that has ended, and none that runs. */
int panel_call_start(struct panel *panel, const char *number, enum panel_call_by by)
{
    (void)panel;
    (void)by;
    return number_parse(number, NULL) ? EINVAL : EBUSY;
}

int panel_call_end(struct panel *panel)
{
    (void)panel;
    return ENOENT;
}

int panel_call_answer(struct panel *panel)
{
    (void)panel;
    return ENOENT;
}

void panel_calls(struct panel *panel, panel_call_fn *show, void *arg)
{
    const struct panel_call call = {.id = 1,
                                    .number = "101",
                                    .state = PANEL_CALL_ENDED,
                                    .end = "busy",
                                    .by = PANEL_CALL_BY_API};

    (void)panel;
    show(&call, arg);
}

bool panel_call_now(struct panel *panel, panel_call_fn *show, void *arg)
{
    (void)panel;
    (void)show;
    (void)arg;
    return false;
}

const char *panel_call_state_name(enum panel_call_state state)
{
    (void)state;
    return "ended";
}

const char *panel_call_by_name(enum panel_call_by by)
{
    (void)by;
    return "api";
}

bool panel_keypad_has(const char *key)
{
    return !strcmp(key, "1");
}

int panel_keypad_press(struct panel *panel, const char *key)
{
    (void)panel;
    (void)key;
    return ENOTSUP;
}

const char *panel_keypad_digits(const struct panel *panel)
{
    (void)panel;
    return "";
}

struct identifier_changes *panel_identifier_changes(struct panel *panel)
{
    return panel->identifiers;
}

const struct forward_table *panel_forward(const struct panel *panel)
{
    return panel->forward;
}

int panel_forward_put(struct panel *panel, const struct forward_rule *rule, panel_done_fn *done,
                      void *arg)
{
    int err = panel->store_err ? panel->store_err : forward_table_put(panel->forward, rule);

    if (err == EBUSY)
        return err;
    done(err, arg);
    return 0;
}

int panel_forward_remove(struct panel *panel, const uint32_t *flats, size_t count,
                         panel_done_fn *done, void *arg)
{
    for (size_t i = 0; i < count && !panel->store_err; i++)
        forward_table_remove(panel->forward, flats[i]);
    done(panel->store_err, arg);
    return 0;
}
