/* SPDX-License-Identifier: MIT */
#include "panel/identifier_changes.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "access/identifier_rows.h"
#include "access/identifiers.h"
#include "base/log.h"
#include "panel/identifier_plan.h"
#include "panel/turns.h"
#include "settings/store.h"

/* A change that waits for its turn, or has it. */
struct change {
    struct identifier_changes *changes;
    struct turn turn;
    struct identifier_plan plan; /* made when it has its turn */
    bool is_pass;                /* nobody has asked for it: a pass was used */
    identifier_done_fn *done;
    void *arg;
};

struct identifier_changes {
    struct store *store; /* borrowed; of the worker */
    struct identifiers *table;
    identifier_changed_fn *changed;
    void *changed_arg;
    struct turns turns;
    unsigned n_asked, n_passes;
};

void identifier_changes_listen(struct identifier_changes *changes, identifier_changed_fn *changed,
                               void *arg)
{
    changes->changed = changed;
    changes->changed_arg = arg;
}

const struct identifiers *identifier_changes_table(const struct identifier_changes *changes)
{
    return changes->table;
}

/* ---- what becomes of a change: see turns.h ---- */

static int prepare(void *arg)
{
    struct change *change = arg;

    return change->is_pass ? identifier_plan_make_pass(&change->plan)
                           : identifier_plan_make(&change->plan);
}

static int save(void *arg)
{
    struct change *change = arg;

    return store_write(change->changes->store, identifier_rows_write, &change->plan.rows);
}

static void on_saved(void *arg, int err)
{
    struct change *change = arg;
    struct identifier_changes *changes = change->changes;

    if (err) {
        log_error("store: %s: %s",
                  change->is_pass ? "that a pass was used is not stored"
                                  : "the identifiers are not changed",
                  strerror(err));
        return;
    }
    identifier_plan_apply(&change->plan);
    if (changes->changed)
        changes->changed(changes->changed_arg);
}

static void finish(void *arg, int err)
{
    struct change *change = arg;
    struct identifier_changes *changes = change->changes;
    const struct identifier_plan *plan = &change->plan;
    struct identifier_outcome outcome = {
        .err = err, .error = plan->error, .is_full = plan->is_full};

    if (!err && plan->n_put) {
        outcome.uids = plan->uids;
        outcome.n_uids = plan->n_uids;
    }
    if (change->is_pass)
        changes->n_passes--;
    else
        changes->n_asked--;
    if (change->done)
        change->done(&outcome, change->arg);
    identifier_plan_done(&change->plan);
    free(change);
}

static const struct turns_verbs verbs = {prepare, save, on_saved, finish};

/* ---- life ---- */

int identifier_changes_new(struct store *store, struct worker *store_worker,
                           struct identifiers *table, struct identifier_changes **ret_changes)
{
    struct identifier_changes *changes = calloc(1, sizeof(*changes));

    if (!changes)
        return ENOMEM;
    changes->store = store;
    changes->table = table;
    turns_init(&changes->turns, &verbs, store_worker);
    *ret_changes = changes;
    return 0;
}

struct identifier_changes *identifier_changes_free(struct identifier_changes *changes)
{
    if (!changes)
        return NULL;
    turns_done(&changes->turns);
    identifiers_free(changes->table);
    free(changes);
    return NULL;
}

int identifier_changes_make(struct identifier_changes *changes,
                            const struct identifier_request *request, identifier_done_fn *done,
                            void *arg)
{
    struct change *change;

    if (changes->n_asked >= IDENTIFIER_CHANGES_MAX)
        return EBUSY;
    change = calloc(1, sizeof(*change));
    if (!change)
        return ENOMEM;
    change->changes = changes;
    change->plan.table = changes->table;
    change->plan.request = *request;
    json_incref(request->body);
    change->done = done;
    change->arg = arg;
    changes->n_asked++;
    turns_take(&changes->turns, &change->turn, change);
    return 0;
}

void identifier_changes_use_pass(struct identifier_changes *changes, uint32_t uid)
{
    struct change *change;

    if (!identifiers_use_pass(changes->table, uid))
        return;
    change = changes->n_passes < IDENTIFIER_CHANGES_MAX_PASSES ? calloc(1, sizeof(*change)) : NULL;
    if (!change) {
        log_error("store: that a pass of identifier %u was used is not stored: too many at once",
                  uid);
        return;
    }
    change->changes = changes;
    change->plan.table = changes->table;
    change->plan.request.uid = uid;
    change->is_pass = true;
    changes->n_passes++;
    turns_take(&changes->turns, &change->turn, change);
}
