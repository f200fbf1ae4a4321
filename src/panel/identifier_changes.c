/* SPDX-License-Identifier: MIT */
#include "panel/identifier_changes.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/identifier_json.h"
#include "access/identifier_rows.h"
#include "access/identifiers.h"
#include "base/log.h"
#include "panel/turns.h"
#include "settings/store.h"

/* A change that waits for its turn, or has it. */
struct change {
    struct identifier_changes *changes;
    struct turn turn;
    struct identifier_request request;
    bool is_pass; /* nobody has asked for it: a pass was used */
    identifier_done_fn *done;
    void *arg;
    struct identifier_outcome outcome;
    /* What it comes to, when it has its turn. */
    struct identifier *put;
    size_t n_put;
    uint32_t *uids; /* removed, in ascending order; or of put */
    size_t n_uids;
    struct identifier_rows rows;
    struct identifiers_batch *batch;
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

/* ---- what a change comes to; all of these return 0 or why not ---- */

static int refuse(struct change *change, const char *field, const char *reason)
{
    field_error_value(&change->outcome.error, field, reason);
    return EINVAL;
}

static int compare_uids(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;

    return *left < *right ? -1 : *left > *right;
}

static void sort_uids(struct change *change)
{
    size_t kept = 0;

    qsort(change->uids, change->n_uids, sizeof(change->uids[0]), compare_uids);
    for (size_t i = 0; i < change->n_uids; i++) {
        if (kept == 0 || change->uids[kept - 1] != change->uids[i])
            change->uids[kept++] = change->uids[i];
    }
    change->n_uids = kept;
}

/* Does one in the table, or before it in this change, have its number or link_id? Those that are
 * replaced by this change, too, count as they will be. */
static int look_for_twins(struct change *change, const struct identifier *it)
{
    const struct identifiers *table = change->changes->table;
    struct identifier_key key, other;
    uint32_t twin, linked = identifiers_find_link(table, it->link_id);
    size_t before = (size_t)(it - change->put);

    if (identifier_key_read(it->type, it->number, &key))
        return EINVAL;
    twin = identifiers_find_key(table, &key);
    for (size_t i = 0; i < change->n_put; i++) {
        const struct identifier *one = &change->put[i];

        if (i < before && one->uid == it->uid)
            return refuse(change, "link_id", "stands in the list twice");
        if (one->uid == twin && one != it)
            twin = 0;
        if (one->uid == linked && one != it)
            linked = 0;
        if (i < before && !identifier_key_read(one->type, one->number, &other) &&
            identifier_key_is_same(&key, &other))
            twin = one->uid;
        if (i < before && *it->link_id && strcmp(one->link_id, it->link_id) == 0)
            linked = one->uid;
    }
    if (twin && twin != it->uid) {
        (void)refuse(change, "identifier_number", "belongs to another identifier of that type");
        (void)snprintf(change->outcome.error.error, sizeof(change->outcome.error.error),
                       "Identifier with that type and number already exists");
        return EINVAL;
    }
    if (linked && linked != it->uid)
        return refuse(change, "link_id", "belongs to another identifier");
    return 0;
}

static int make_room(struct change *change, size_t n_put, size_t n_uids)
{
    change->put = calloc(n_put ? n_put : 1, sizeof(*change->put));
    change->uids = calloc(n_uids ? n_uids : 1, sizeof(*change->uids));
    return change->put && change->uids ? 0 : ENOMEM;
}

static int prepare_add(struct change *change)
{
    int err = make_room(change, 1, 1);

    if (err)
        return err;
    if (!identifier_from_json(change->request.body, IDENTIFIER_WHOLE, change->put,
                              &change->outcome.error))
        return EINVAL;
    change->n_put = 1;
    change->put->uid = identifiers_next_uid(change->changes->table);
    return look_for_twins(change, change->put);
}

static int prepare_edit(struct change *change)
{
    int err = make_room(change, 1, 1);

    if (!err)
        err = identifiers_find(change->changes->table, change->request.uid, change->put);
    if (err)
        return err;
    if (!identifier_from_json(change->request.body, IDENTIFIER_PART, change->put,
                              &change->outcome.error))
        return EINVAL;
    change->n_put = 1;
    return look_for_twins(change, change->put);
}

static int prepare_remove_one(struct change *change)
{
    struct identifier it;
    int err = make_room(change, 0, 1);

    if (!err)
        err = identifiers_find(change->changes->table, change->request.uid, &it);
    if (err)
        return err;
    change->uids[change->n_uids++] = change->request.uid;
    return 0;
}

/* The list of that name in the body. */
static int read_list(struct change *change, const char *name, size_t max, const json_t **ret_list)
{
    const json_t *list = json_object_get(change->request.body, name);
    char reason[64];

    if (!list) {
        field_error_missing(&change->outcome.error, name);
        return EINVAL;
    }
    if (!json_is_array(list)) {
        field_error_type(&change->outcome.error, name, "must be a list");
        return EINVAL;
    }
    (void)snprintf(reason, sizeof(reason), "must not have over %zu items", max);
    if (json_array_size(list) > max)
        return refuse(change, name, reason);
    *ret_list = list;
    return 0;
}

static int prepare_remove(struct change *change)
{
    const json_t *list, *item;
    struct identifier it;
    size_t i;
    int err = read_list(change, "uid_items", IDENTIFIER_CHANGES_MAX_UIDS, &list);

    if (!err)
        err = make_room(change, 0, json_array_size(list));
    if (err)
        return err;
    json_array_foreach(list, i, item)
    {
        json_int_t uid = json_integer_value(item);

        if (!json_is_integer(item)) {
            field_error_type(&change->outcome.error, "uid_items", "must be a list of numbers");
            return EINVAL;
        }
        if (uid >= 1 && uid <= IDENTIFIER_MAX_UID &&
            !identifiers_find(change->changes->table, (uint32_t)uid, &it))
            change->uids[change->n_uids++] = (uint32_t)uid;
    }
    sort_uids(change);
    return 0;
}

static int prepare_unlink(struct change *change)
{
    const json_t *list, *item;
    size_t i;
    int err = read_list(change, "link_ids", IDENTIFIER_CHANGES_MAX_UIDS, &list);

    if (!err)
        err = make_room(change, 0, json_array_size(list));
    if (err)
        return err;
    json_array_foreach(list, i, item)
    {
        uint32_t uid;

        if (!json_is_string(item)) {
            field_error_type(&change->outcome.error, "link_ids", "must be a list of texts");
            return EINVAL;
        }
        uid = identifiers_find_link(change->changes->table, json_string_value(item));
        if (uid)
            change->uids[change->n_uids++] = uid;
    }
    sort_uids(change);
    return 0;
}

/* The uid of the one whose link_id an item has, or a new one. */
static int read_item(struct change *change, const json_t *item, uint32_t *next_uid)
{
    const struct identifiers *table = change->changes->table;
    struct identifier *it = &change->put[change->n_put];
    const char *link_id = json_string_value(json_object_get(item, "link_id"));
    uint32_t uid = link_id ? identifiers_find_link(table, link_id) : 0;

    if (uid)
        (void)identifiers_find(table, uid, it);
    if (!identifier_from_json(item, IDENTIFIER_LINKED, it, &change->outcome.error))
        return EINVAL;
    if (!uid)
        it->uid = (*next_uid)++;
    change->n_put++;
    return 0;
}

/* "in item 3: must be …" */
static void tell_item(struct field_error *error, size_t i)
{
    char reason[sizeof(error->reason)];

    memcpy(reason, error->reason, sizeof(reason));
    (void)snprintf(error->reason, sizeof(error->reason), "in item %zu: %.90s", i + 1, reason);
}

static int prepare_link(struct change *change)
{
    uint32_t next_uid = identifiers_next_uid(change->changes->table);
    const json_t *list, *item;
    size_t i;
    int err = read_list(change, "list_items", IDENTIFIER_CHANGES_MAX_ITEMS, &list);

    if (!err)
        err = make_room(change, json_array_size(list), json_array_size(list));
    if (err)
        return err;
    json_array_foreach(list, i, item)
    {
        err = read_item(change, item, &next_uid);
        if (err)
            break;
    }
    for (size_t n = 0; n < change->n_put && !err; n++) {
        i = n;
        err = look_for_twins(change, &change->put[n]);
    }
    if (err == EINVAL)
        tell_item(&change->outcome.error, i);
    return err;
}

static int prepare_pass(struct change *change)
{
    struct identifier it;
    int err = identifiers_find(change->changes->table, change->request.uid, &it);

    if (err) /* removed since */
        return err;
    change->rows.passes_uid = it.is_passes_permanent ? 0 : it.uid;
    change->rows.passes_left = it.passes_left;
    return 0;
}

static int prepare(void *arg)
{
    static int (*const kinds[])(struct change *) = {
        [IDENTIFIER_ADD] = prepare_add,       [IDENTIFIER_EDIT] = prepare_edit,
        [IDENTIFIER_REMOVE] = prepare_remove, [IDENTIFIER_REMOVE_ONE] = prepare_remove_one,
        [IDENTIFIER_LINK] = prepare_link,     [IDENTIFIER_UNLINK] = prepare_unlink,
    };
    struct change *change = arg;
    int err;

    if (change->is_pass)
        return prepare_pass(change);
    err = kinds[change->request.change](change);
    if (!err && change->n_put) {
        err = identifiers_batch_new(change->changes->table, change->put, change->n_put,
                                    &change->batch);
        change->outcome.is_full = err == ENOSPC;
    }
    if (change->n_put) {
        change->n_uids = change->n_put;
        for (size_t i = 0; i < change->n_put; i++)
            change->uids[i] = change->put[i].uid;
        change->rows.put = change->put;
        change->rows.n_put = change->n_put;
    } else {
        change->rows.removed = change->uids;
        change->rows.n_removed = change->n_uids;
    }
    return err;
}

/* ---- its way ---- */

static void apply(struct change *change)
{
    struct identifier_changes *changes = change->changes;

    if (change->batch) {
        identifiers_batch_apply(changes->table, change->batch);
        change->batch = NULL;
        change->outcome.uids = change->uids;
        change->outcome.n_uids = change->n_uids;
    } else {
        identifiers_remove(changes->table, change->rows.removed, change->rows.n_removed);
    }
    if (changes->changed)
        changes->changed(changes->changed_arg);
}

static int save(void *arg)
{
    struct change *change = arg;

    return store_write(change->changes->store, identifier_rows_write, &change->rows);
}

static void on_saved(void *arg, int err)
{
    struct change *change = arg;

    if (!err)
        apply(change);
    else
        log_error("store: %s: %s",
                  change->is_pass ? "that a pass was used is not stored"
                                  : "the identifiers are not changed",
                  strerror(err));
}

static void free_change(struct change *change)
{
    json_decref(change->request.body);
    identifiers_batch_free(change->batch);
    free(change->put);
    free(change->uids);
    free(change);
}

static void finish(void *arg, int err)
{
    struct change *change = arg;
    struct identifier_changes *changes = change->changes;

    if (change->is_pass)
        changes->n_passes--;
    else
        changes->n_asked--;
    change->outcome.err = err;
    if (change->done)
        change->done(&change->outcome, change->arg);
    free_change(change);
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
    change->request = *request;
    json_incref(change->request.body);
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
    change->request.uid = uid;
    change->is_pass = true;
    changes->n_passes++;
    turns_take(&changes->turns, &change->turn, change);
}
