/* SPDX-License-Identifier: MIT */
#include "panel/identifier_plan.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/identifier_json.h"
#include "access/identifiers.h"

static int refuse(struct identifier_plan *plan, const char *field, const char *reason)
{
    field_error_value(&plan->error, field, reason);
    return EINVAL;
}

static int compare_uids(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;

    return *left < *right ? -1 : *left > *right;
}

static void sort_uids(struct identifier_plan *plan)
{
    size_t kept = 0;

    qsort(plan->uids, plan->n_uids, sizeof(plan->uids[0]), compare_uids);
    for (size_t i = 0; i < plan->n_uids; i++) {
        if (kept == 0 || plan->uids[kept - 1] != plan->uids[i])
            plan->uids[kept++] = plan->uids[i];
    }
    plan->n_uids = kept;
}

/* Does one in the table, or before it in this change, have its number or link_id? Those that are
 * replaced by this change, too, count as they will be. */
static int look_for_twins(struct identifier_plan *plan, const struct identifier *it)
{
    const struct identifiers *table = plan->table;
    struct identifier_key key, other;
    uint32_t twin, linked = identifiers_find_link(table, it->link_id);
    size_t before = (size_t)(it - plan->put);

    if (identifier_key_read(it->type, it->number, &key))
        return EINVAL;
    twin = identifiers_find_key(table, &key);
    for (size_t i = 0; i < plan->n_put; i++) {
        const struct identifier *one = &plan->put[i];

        if (i < before && one->uid == it->uid)
            return refuse(plan, "link_id", "stands in the list twice");
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
        (void)refuse(plan, "identifier_number", "belongs to another identifier of that type");
        (void)snprintf(plan->error.error, sizeof(plan->error.error),
                       "Identifier with that type and number already exists");
        return EINVAL;
    }
    if (linked && linked != it->uid)
        return refuse(plan, "link_id", "belongs to another identifier");
    return 0;
}

static int make_room(struct identifier_plan *plan, size_t n_put, size_t n_uids)
{
    plan->put = calloc(n_put ? n_put : 1, sizeof(*plan->put));
    plan->uids = calloc(n_uids ? n_uids : 1, sizeof(*plan->uids));
    return plan->put && plan->uids ? 0 : ENOMEM;
}

static int prepare_add(struct identifier_plan *plan)
{
    int err = make_room(plan, 1, 1);

    if (err)
        return err;
    if (!identifier_from_json(plan->request.body, IDENTIFIER_WHOLE, plan->put, &plan->error))
        return EINVAL;
    plan->n_put = 1;
    plan->put->uid = identifiers_next_uid(plan->table);
    return look_for_twins(plan, plan->put);
}

static int prepare_edit(struct identifier_plan *plan)
{
    int err = make_room(plan, 1, 1);

    if (!err)
        err = identifiers_find(plan->table, plan->request.uid, plan->put);
    if (err)
        return err;
    if (!identifier_from_json(plan->request.body, IDENTIFIER_PART, plan->put, &plan->error))
        return EINVAL;
    plan->n_put = 1;
    return look_for_twins(plan, plan->put);
}

static int prepare_remove_one(struct identifier_plan *plan)
{
    struct identifier it;
    int err = make_room(plan, 0, 1);

    if (!err)
        err = identifiers_find(plan->table, plan->request.uid, &it);
    if (err)
        return err;
    plan->uids[plan->n_uids++] = plan->request.uid;
    return 0;
}

/* The list of that name in the body. */
static int read_list(struct identifier_plan *plan, const char *name, size_t max,
                     const json_t **ret_list)
{
    const json_t *list = json_object_get(plan->request.body, name);
    char reason[64];

    if (!list) {
        field_error_missing(&plan->error, name);
        return EINVAL;
    }
    if (!json_is_array(list)) {
        field_error_type(&plan->error, name, "must be a list");
        return EINVAL;
    }
    (void)snprintf(reason, sizeof(reason), "must not have over %zu items", max);
    if (json_array_size(list) > max)
        return refuse(plan, name, reason);
    *ret_list = list;
    return 0;
}

static int prepare_remove(struct identifier_plan *plan)
{
    const json_t *list, *item;
    struct identifier it;
    size_t i;
    int err = read_list(plan, "uid_items", IDENTIFIER_CHANGES_MAX_UIDS, &list);

    if (!err)
        err = make_room(plan, 0, json_array_size(list));
    if (err)
        return err;
    json_array_foreach(list, i, item)
    {
        json_int_t uid = json_integer_value(item);

        if (!json_is_integer(item)) {
            field_error_type(&plan->error, "uid_items", "must be a list of numbers");
            return EINVAL;
        }
        if (uid >= 1 && uid <= IDENTIFIER_MAX_UID &&
            !identifiers_find(plan->table, (uint32_t)uid, &it))
            plan->uids[plan->n_uids++] = (uint32_t)uid;
    }
    sort_uids(plan);
    return 0;
}

static int prepare_unlink(struct identifier_plan *plan)
{
    const json_t *list, *item;
    size_t i;
    int err = read_list(plan, "link_ids", IDENTIFIER_CHANGES_MAX_UIDS, &list);

    if (!err)
        err = make_room(plan, 0, json_array_size(list));
    if (err)
        return err;
    json_array_foreach(list, i, item)
    {
        uint32_t uid;

        if (!json_is_string(item)) {
            field_error_type(&plan->error, "link_ids", "must be a list of texts");
            return EINVAL;
        }
        uid = identifiers_find_link(plan->table, json_string_value(item));
        if (uid)
            plan->uids[plan->n_uids++] = uid;
    }
    sort_uids(plan);
    return 0;
}

/* The uid of the one whose link_id an item has, or a new one. */
static int read_item(struct identifier_plan *plan, const json_t *item, uint32_t *next_uid)
{
    const struct identifiers *table = plan->table;
    struct identifier *it = &plan->put[plan->n_put];
    const char *link_id = json_string_value(json_object_get(item, "link_id"));
    uint32_t uid = link_id ? identifiers_find_link(table, link_id) : 0;

    if (uid)
        (void)identifiers_find(table, uid, it);
    if (!identifier_from_json(item, IDENTIFIER_LINKED, it, &plan->error))
        return EINVAL;
    if (!uid)
        it->uid = (*next_uid)++;
    plan->n_put++;
    return 0;
}

/* "in item 3: must be …" */
static void tell_item(struct field_error *error, size_t i)
{
    char reason[sizeof(error->reason)];

    memcpy(reason, error->reason, sizeof(reason));
    (void)snprintf(error->reason, sizeof(error->reason), "in item %zu: %.90s", i + 1, reason);
}

static int prepare_link(struct identifier_plan *plan)
{
    uint32_t next_uid = identifiers_next_uid(plan->table);
    const json_t *list, *item;
    size_t i;
    int err = read_list(plan, "list_items", IDENTIFIER_CHANGES_MAX_ITEMS, &list);

    if (!err)
        err = make_room(plan, json_array_size(list), json_array_size(list));
    if (err)
        return err;
    json_array_foreach(list, i, item)
    {
        err = read_item(plan, item, &next_uid);
        if (err)
            break;
    }
    for (size_t n = 0; n < plan->n_put && !err; n++) {
        i = n;
        err = look_for_twins(plan, &plan->put[n]);
    }
    if (err == EINVAL)
        tell_item(&plan->error, i);
    return err;
}

int identifier_plan_make(struct identifier_plan *plan)
{
    static int (*const kinds[])(struct identifier_plan *) = {
        [IDENTIFIER_ADD] = prepare_add,       [IDENTIFIER_EDIT] = prepare_edit,
        [IDENTIFIER_REMOVE] = prepare_remove, [IDENTIFIER_REMOVE_ONE] = prepare_remove_one,
        [IDENTIFIER_LINK] = prepare_link,     [IDENTIFIER_UNLINK] = prepare_unlink,
    };
    int err;

    err = kinds[plan->request.change](plan);
    if (!err && plan->n_put) {
        err = identifiers_batch_new(plan->table, plan->put, plan->n_put, &plan->batch);
        plan->is_full = err == ENOSPC;
    }
    if (plan->n_put) {
        plan->n_uids = plan->n_put;
        for (size_t i = 0; i < plan->n_put; i++)
            plan->uids[i] = plan->put[i].uid;
        plan->rows.put = plan->put;
        plan->rows.n_put = plan->n_put;
    } else {
        plan->rows.removed = plan->uids;
        plan->rows.n_removed = plan->n_uids;
    }
    return err;
}

int identifier_plan_make_pass(struct identifier_plan *plan)
{
    struct identifier it;
    int err = identifiers_find(plan->table, plan->request.uid, &it);

    if (err) /* removed since */
        return err;
    plan->rows.passes_uid = it.is_passes_permanent ? 0 : it.uid;
    plan->rows.passes_left = it.passes_left;
    return 0;
}

void identifier_plan_apply(struct identifier_plan *plan)
{
    if (plan->batch)
        identifiers_batch_apply(plan->table, plan->batch);
    else
        identifiers_remove(plan->table, plan->rows.removed, plan->rows.n_removed);
    plan->batch = NULL;
}

void identifier_plan_done(struct identifier_plan *plan)
{
    json_decref(plan->request.body);
    identifiers_batch_free(plan->batch);
    free(plan->put);
    free(plan->uids);
}
