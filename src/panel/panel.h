/* SPDX-License-Identifier: MIT */
/* panel.h - the panel's own rules, and the one door to it for http and the command line:
 * what is set, how it is changed, what SIP does. Loop thread only. Never blocks. */
#ifndef PANEL_PANEL_H
#define PANEL_PANEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "panel/calls.h"
#include "settings/settings.h"

struct camera;
struct forward_rule;
struct forward_table;
struct identifier_changes;
struct identifiers;
struct panel;
struct sound;
struct store;
struct agent;
struct worker;
struct entrance;
struct event_bus;
struct report;
struct door;

enum {
    PANEL_MAX_CHANGES = 32,
    PANEL_ACCOUNTS = 2,
    PANEL_LOCKS = 2,
    PANEL_BOTH_LOCKS = 0,
    PANEL_MAX_EMERGENCY_S = 604800, /* a week */
};

/* Who this panel is: what /api/info says. Borrowed strings, all set. */
struct panel_identity {
    const char *device_name;
    const char *device_model;
    const char *firmware_version;
    const char *api_version;
    const char *mac_address;
};

/* The settings that run: at the start, and after each change. Borrowed for the call, in which
 * nothing may be asked of the panel. */
typedef void panel_settings_fn(const struct settings *settings, void *arg);

struct panel_config {
    struct store *store;         /* borrowed */
    struct worker *store_worker; /* borrowed: the only thread that uses store from now on */
    struct agent *agents[PANEL_ACCOUNTS]; /* borrowed; those but the first may be NULL */
    struct event_bus *events;             /* borrowed */
    struct door *door;                    /* borrowed; NULL: no locks */
    struct forward_table *forward;        /* what is stored; taken, even on failure */
    struct identifiers *identifiers;      /* what is stored; taken, even on failure */
    struct sound *sound;                  /* borrowed; NULL: none */
    struct camera *camera;                /* borrowed; NULL: none */
    void (*reboot)(void *arg);            /* see panel_reboot; NULL: nothing happens */
    void *reboot_arg;
    bool is_simulated;         /* has a keypad that programs can press */
    panel_settings_fn *follow; /* NULL: nobody else wants to know */
    void *follow_arg;
    struct panel_identity identity;
};

/* settings: what was loaded; copied. Starts SIP if it is on.
 * Returns 0 or ENOMEM; caller owns *ret_panel. */
int panel_new(const struct panel_config *config, const struct settings *settings,
              struct panel **ret_panel);

/* Changes that wait are told ECANCELED; nothing may be asked of the panel then. NULL is fine;
 * returns NULL. */
struct panel *panel_free(struct panel *panel);

/* The running settings. Borrowed until a change is done. */
const struct settings *panel_settings(const struct panel *panel);

const struct panel_identity *panel_identity(const struct panel *panel);

/* Why nothing can be stored or what was lost at start; "" if all is well. Borrowed. */
const char *panel_problem(const struct panel *panel);

/* Edit a copy of the running settings. Returns 0 to have it stored, or an errno value to
 * refuse: then nothing happens but done(that value). Not told twice. */
typedef int panel_edit_fn(struct settings *settings, void *arg);

/* err: 0 when the change is on disk and runs; what edit returned; or why it could not be
 * stored (ENOSPC, EROFS, EIO): then the old settings go on. */
typedef void panel_done_fn(int err, void *arg);

/* Change settings: changes are made one after the other, each on what the one before left.
 * edit is called when it is this one's turn, maybe from inside this call; done always
 * later, from the loop or panel_free, unless this call fails. Returns 0, EBUSY (PANEL_MAX_CHANGES
 * wait) or ENOMEM. */
int panel_change(struct panel *panel, panel_edit_fn *edit, panel_done_fn *done, void *arg);

/* Start again from the beginning: a moment later, so that an answer can go out before. */
void panel_reboot(struct panel *panel);

/* Take up the factory settings; done: see factory.h. Nothing can be stored from then on:
 * panel_reboot has to follow. Returns 0, EBUSY, ENOMEM or EAGAIN: then done is not called. */
int panel_reset(struct panel *panel, panel_done_fn *done, void *arg);

/* data: a JPEG file, the receiver's to free; NULL if err is an errno value. */
typedef void panel_photo_fn(unsigned char *data, size_t len, int err, void *arg);

/* Take a picture with the panel's camera; done is called once, later. Returns 0, ENOTSUP (there is
 * no camera), EBUSY, ENOMEM or EAGAIN: then done is not called. */
int panel_photo(struct panel *panel, panel_photo_fn *done, void *arg);

/* Open lock 1, 2 or PANEL_BOTH_LOCKS (those there are) as it is set: at once, or after its delay.
 * by: who, for those who read of it; copied. Does not wait for the store or anything else.
 * Returns 0, EINVAL (no such number), ENODEV (this panel has no such lock) or EIO: a relay has
 * failed; the other lock of both was opened all the same. */
int panel_open(struct panel *panel, unsigned lock, const char *by);

/* The same at once and for hold_s, 1 to PANEL_MAX_EMERGENCY_S (else EINVAL). */
int panel_emergency_open(struct panel *panel, unsigned lock, unsigned hold_s, const char *by);

/* Close now, whoever opened it; one that does not close is tried again until it does. Returns 0,
 * EINVAL or ENODEV. */
int panel_emergency_close(struct panel *panel, unsigned lock);

struct panel_lock_state {
    bool is_there;
    bool is_open;
    uint64_t left_ms;  /* until it closes by itself; 0 if shut */
    char problem[200]; /* why it does not close; "" if all is well */
};

/* lock: 1 to PANEL_LOCKS. */
void panel_lock_state(const struct panel *panel, unsigned lock, struct panel_lock_state *ret_state);

/* Try to register all accounts now, whatever the retry timers say. */
void panel_sip_register_now(struct panel *panel);

/* report: valid for the time of the call; NULL: SIP has ended meanwhile. */
typedef void panel_checked_fn(const struct report *report, void *arg);

/* Try the settings of an account (1 to PANEL_ACCOUNTS) step by step, beside the running
 * registration and even while SIP is off. done: told once, from the loop, after about 60 s at the
 * latest. Returns 0, EBUSY (a check of it runs) or another errno value; then done is not called. */
int panel_sip_check(struct panel *panel, unsigned account, panel_checked_fn *done, void *arg);

enum panel_sip_state {
    PANEL_SIP_OFFLINE, /* switched off */
    PANEL_SIP_ERROR,   /* on, but not, or not yet, registered */
    PANEL_SIP_OK,      /* a binding is confirmed now */
};

struct panel_sip_status {
    enum panel_sip_state state;
    int code;                        /* last SIP status code; 0: none */
    char reason[200];                /* something a person can act on; "" when OK */
    int64_t register_last_attempt_s; /* Unix time; 0: never */
    int64_t expires_at_s;            /* Unix time; 0: no binding */
    int64_t next_attempt_at_s;       /* Unix time; 0: none planned */
    char public_address[64];         /* "" if not known */
    char stun[200];                  /* "off", "ok", or what is wrong, in words */
    bool is_set;                     /* somebody has entered settings */
    bool is_tls;                     /* by transport */
    bool is_tls_verified;            /* false: the server's certificate is not checked */
};

/* account: 1 to PANEL_ACCOUNTS. */
void panel_sip_status(const struct panel *panel, unsigned account,
                      struct panel_sip_status *ret_status);

/* One SIP message, without its secrets. Valid for the time of the call that shows it. */
struct panel_sip_message {
    unsigned account; /* from 1 on */
    int64_t at_ms;    /* Unix time */
    bool is_sent;
    const char *transport; /* "udp", "tcp", "tls" */
    const char *peer;      /* "192.0.2.1:5060" */
    const char *text;
};

typedef void panel_sip_message_fn(const struct panel_sip_message *message, void *arg);

/* Show the last messages, account by account, of each the oldest first. */
void panel_sip_trace(const struct panel *panel, panel_sip_message_fn *show, void *arg);

/* Call number: digits are looked up in the forward table. by: API for all but the keypad. The same
 * number again while it is being called is the same call. Returns 0: the call, or its failure, is
 * among panel_calls; EINVAL: not a number that can be called; EBUSY: another call runs; or ENOMEM.
 */
int panel_call_start(struct panel *panel, const char *number, enum panel_call_by by);

/* End the call that runs, or refuse the one that rings here. Returns 0 or ENOENT. */
int panel_call_end(struct panel *panel);

/* Take the call that rings here. Returns 0 or ENOENT. */
int panel_call_answer(struct panel *panel);

/* Show the last calls, newest first. */
void panel_calls(struct panel *panel, panel_call_fn *show, void *arg);

/* Show the running call, or the last one. Returns false if there was none yet. */
bool panel_call_now(struct panel *panel, panel_call_fn *show, void *arg);

/* Press a key: see keypad_press. ENOTSUP: the keypad is no simulated one. */
int panel_keypad_press(struct panel *panel, const char *key);

/* The same for the keys of a real keypad. */
int panel_keypad_press_real(struct panel *panel, const char *key);

/* Cards, codes, buttons, the contact of the door: see panel/entrance.h. Borrowed. */
struct entrance *panel_entrance(const struct panel *panel);

/* May a program hold cards before it, press its buttons and so on? */
bool panel_is_simulated(const struct panel *panel);

/* See keypad_is_key. */
bool panel_keypad_has(const char *key);

/* What is typed at the keypad. Borrowed until the next key. */
const char *panel_keypad_digits(const struct panel *panel);

/* The forward table. Borrowed until the next change. */
const struct forward_table *panel_forward(const struct panel *panel);

/* Add or replace a rule, remove the rules of flats: stored when done says 0. See forwards_put,
 * forwards_remove. */
int panel_forward_put(struct panel *panel, const struct forward_rule *rule, panel_done_fn *done,
                      void *arg);
int panel_forward_remove(struct panel *panel, const uint32_t *flats, size_t count,
                         panel_done_fn *done, void *arg);

/* The identifiers and their changes: see identifier_changes.h. Borrowed. */
struct identifier_changes *panel_identifier_changes(struct panel *panel);

#endif
