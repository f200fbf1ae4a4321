/* SPDX-License-Identifier: MIT */
#include "panel/settings_changes.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "panel/turns.h"
#include "settings/settings.h"
#include "settings/store.h"

struct settings_changes {
    struct settings_changes_config config;
    struct settings *running;
    struct turns turns;
    unsigned n;
    bool has_stored; /* since it was settled */
};

struct change {
    struct settings_changes *changes;
    struct turn turn;
    panel_edit_fn *edit;
    panel_done_fn *done;
    void *arg;
    struct settings *edited; /* what is being stored; NULL while it waits: these are large */
};

static void free_settings(struct settings *settings)
{
    if (settings)
        settings_wipe(settings);
    free(settings);
}

/* ---- what becomes of a change: see turns.h ---- */

static int prepare(void *arg)
{
    struct change *change = arg;

    change->edited = malloc(sizeof(*change->edited));
    if (!change->edited)
        return ENOMEM;
    *change->edited = *change->changes->running;
    return change->edit(change->edited, change->arg);
}

static int save(void *arg)
{
    const struct change *change = arg;

    return store_save(change->changes->config.store, change->edited);
}

static void on_saved(void *arg, int err)
{
    struct change *change = arg;
    struct settings_changes *changes = change->changes;
    struct settings *old = changes->running;

    if (err) {
        log_error("store: the change is not stored, the old settings go on: %s", strerror(err));
        return;
    }
    changes->running = change->edited;
    change->edited = old; /* goes with the change */
    changes->config.changed(old, changes->running, changes->config.arg);
}

static void finish(void *arg, int err)
{
    struct change *change = arg;
    struct settings_changes *changes = change->changes;

    if (!err)
        changes->has_stored = true;
    change->done(err, change->arg);
    changes->n--;
    free_settings(change->edited);
    free(change);
    if (changes->has_stored && turns_is_empty(&changes->turns)) {
        changes->has_stored = false;
        changes->config.settled(changes->config.arg);
    }
}

static const struct turns_verbs verbs = {prepare, save, on_saved, finish};

/* ---- life ---- */

int settings_changes_new(const struct settings_changes_config *config,
                         const struct settings *settings, struct settings_changes **ret_changes)
{
    struct settings_changes *changes = calloc(1, sizeof(*changes));
    struct settings *running = malloc(sizeof(*running));

    if (!changes || !running) {
        free(changes);
        free(running);
        return ENOMEM;
    }
    *running = *settings;
    changes->config = *config;
    changes->running = running;
    turns_init(&changes->turns, &verbs, config->store_worker);
    *ret_changes = changes;
    return 0;
}

struct settings_changes *settings_changes_free(struct settings_changes *changes)
{
    if (!changes)
        return NULL;
    changes->has_stored = false; /* nothing more is begun */
    turns_done(&changes->turns);
    free_settings(changes->running);
    free(changes);
    return NULL;
}

const struct settings *settings_changes_running(const struct settings_changes *changes)
{
    return changes->running;
}

int settings_changes_make(struct settings_changes *changes, panel_edit_fn *edit,
                          panel_done_fn *done, void *arg)
{
    struct change *change;

    if (changes->n >= PANEL_MAX_CHANGES)
        return EBUSY;
    change = calloc(1, sizeof(*change));
    if (!change)
        return ENOMEM;
    change->changes = changes;
    change->edit = edit;
    change->done = done;
    change->arg = arg;
    changes->n++;
    turns_take(&changes->turns, &change->turn, change);
    return 0;
}
