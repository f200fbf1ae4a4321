/* SPDX-License-Identifier: MIT */
/* settings_changes.h - the running settings, and their changes: one after the other, each on what
 * the one before left; on disk first, then in force. For panel.c. Loop thread only. Never blocks.
 */
#ifndef PANEL_SETTINGS_CHANGES_H
#define PANEL_SETTINGS_CHANGES_H

#include "panel/panel.h"

struct settings;
struct settings_changes;
struct store;
struct worker;

struct settings_changes_config {
    struct store *store;         /* borrowed; of the worker */
    struct worker *store_worker; /* borrowed */
    /* now has taken the place of old; old is valid for the time of the call. */
    void (*changed)(const struct settings *old, const struct settings *now, void *arg);
    /* No other change waits behind some that are stored and told. */
    void (*settled)(void *arg);
    void *arg;
};

/* settings: what is stored; copied. Returns 0 or ENOMEM; caller owns *ret_changes. */
int settings_changes_new(const struct settings_changes_config *config,
                         const struct settings *settings, struct settings_changes **ret_changes);

/* Those that wait are told ECANCELED. NULL is fine; returns NULL. */
struct settings_changes *settings_changes_free(struct settings_changes *changes);

/* The running ones. Borrowed until a change is done. */
const struct settings *settings_changes_running(const struct settings_changes *changes);

/* See panel_change. */
int settings_changes_make(struct settings_changes *changes, panel_edit_fn *edit,
                          panel_done_fn *done, void *arg);

#endif
