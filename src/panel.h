/* SPDX-License-Identifier: MIT */
/* panel.h - the panel's own rules, and the one door to it for http and the command line:
 * what is set, how it is changed, what SIP does. Loop thread only. Never blocks. */
#ifndef PANEL_H
#define PANEL_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/settings.h"

struct panel;
struct store;
struct agent;
struct worker;
struct event_bus;

enum { PANEL_MAX_CHANGES = 32 };

/* Who this panel is: what /api/info says. Borrowed strings, all set. */
struct panel_identity {
    const char *device_name;
    const char *device_model;
    const char *firmware_version;
    const char *mac_address;
};

struct panel_config {
    struct store *store;         /* borrowed */
    struct worker *store_worker; /* borrowed: the only thread that uses store from now on */
    struct agent *agent;         /* borrowed */
    struct event_bus *events;    /* borrowed */
    struct panel_identity identity;
};

/* settings: what was loaded; copied. Starts SIP if it is on.
 * Returns 0 or ENOMEM; caller owns *ret_panel. */
int panel_new(const struct panel_config *config, const struct settings *settings,
              struct panel **ret_panel);
struct panel *panel_free(struct panel *panel);

/* The running settings. Borrowed; changes when a change is done. */
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
 * later, from the loop, unless this call fails. Returns 0, EBUSY (PANEL_MAX_CHANGES wait)
 * or ENOMEM. */
int panel_change(struct panel *panel, panel_edit_fn *edit, panel_done_fn *done, void *arg);

/* Try to register now, whatever the retry timer says. */
void panel_sip_register_now(struct panel *panel);

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
};

void panel_sip_status(const struct panel *panel, struct panel_sip_status *ret_status);

#endif
