/* SPDX-License-Identifier: MIT */
/* api_forward.c - the forward table: which numbers ring for a flat. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"
#include "http/list.h"
#include "panel/forwards.h"
#include "panel/panel.h"
#include "settings/field_error.h"
#include "settings/forward.h"

/* The request outlives the server: see api_change.c. */
struct change {
    struct api *api;
    struct request *request;
};

static void on_done(int err, void *arg)
{
    struct change *change = arg;

    if (!err)
        request_answer_json(change->request, 200, "{}");
    else
        api_answer_not_stored(change->api, change->request, err);
    free(change);
}

static struct change *change_new(struct api *api, struct request *request)
{
    struct change *change = malloc(sizeof(*change));

    if (change)
        *change = (struct change){.api = api, .request = request};
    return change;
}

/* err: why the change could not even begin. */
static void give_up(struct change *change, struct api *api, struct request *request, int err)
{
    free(change);
    api_answer_not_stored(api, request, err);
}

void api_forward_post(struct api *api, struct request *request)
{
    unsigned flat = request_match(request)->numbers[0];
    struct field_error error;
    struct forward_rule rule;
    json_t *root = NULL;
    struct change *change;
    int err = body_read(request, &root, &error);

    if (!err && !forward_rule_from_json(root, flat, &rule, &error))
        err = EINVAL;
    json_decref(root);
    if (err) {
        api_answer_wrong_body(request, err, &error);
        return;
    }
    if (flat == 0) {
        request_answer_error(request, 400, "Wrong number format");
        return;
    }
    change = change_new(api, request);
    err = ENOMEM;
    if (change)
        err = panel_forward_put(api->panel, &rule, on_done, change);
    if (err == ENOSPC) {
        free(change);
        request_answer_error(request, 507, "Not stored: the forward table is full");
    } else if (err) {
        give_up(change, api, request, err);
    }
}

/* Read `uid_items`, which are flats. */
static bool read_flats(const json_t *root, uint32_t flats[FORWARDS_MAX_REMOVED], size_t *ret_count,
                       struct field_error *ret_error)
{
    const json_t *list = json_object_get(root, "uid_items");
    size_t i;
    json_t *item;

    if (!list) {
        field_error_missing(ret_error, "uid_items");
        return false;
    }
    if (!json_is_array(list)) {
        field_error_type(ret_error, "uid_items", "must be a list of numbers");
        return false;
    }
    if (json_array_size(list) > FORWARDS_MAX_REMOVED) {
        field_error_value(ret_error, "uid_items", "must not have over 1000 numbers");
        return false;
    }
    *ret_count = 0;
    json_array_foreach(list, i, item)
    {
        if (!json_is_integer(item)) {
            field_error_type(ret_error, "uid_items", "must be a list of numbers");
            return false;
        }
        if (json_integer_value(item) >= 1 && json_integer_value(item) <= FORWARD_MAX_FLAT)
            flats[(*ret_count)++] = (uint32_t)json_integer_value(item); /* others are not there */
    }
    return true;
}

void api_forward_delete(struct api *api, struct request *request)
{
    uint32_t flats[FORWARDS_MAX_REMOVED];
    struct field_error error;
    size_t count;
    json_t *root = NULL;
    struct change *change;
    int err = body_read(request, &root, &error);

    if (!err && !read_flats(root, flats, &count, &error))
        err = EINVAL;
    json_decref(root);
    if (err) {
        api_answer_wrong_body(request, err, &error);
        return;
    }
    change = change_new(api, request);
    err = ENOMEM;
    if (change)
        err = panel_forward_remove(api->panel, flats, count, on_done, change);
    if (err)
        give_up(change, api, request, err);
}

static json_t *show_rule(const struct forward_rule *rule)
{
    json_t *targets = json_array();
    char target[NUMBER_MAX_LEN + 1];

    for (unsigned i = 0; forward_rule_target(rule, i, target); i++)
        (void)json_array_append_new(targets, json_string(target));
    return json_pack("{s:I,s:o}", "forward_number", (json_int_t)rule->flat, "forward_entity_list",
                     targets);
}

void api_forward_get(struct api *api, struct request *request)
{
    const struct forward_table *table = panel_forward(api->panel);
    size_t total = forward_table_count(table);
    const char *sort = request_query(request, "sort_type");
    bool is_descending = sort && !strcmp(sort, "desc");
    json_t *items = json_array();
    struct list_page page;
    struct forward_rule rule;

    list_page_read(request, &page);
    for (size_t i = page.first; i < total && i < page.first + page.limit; i++) {
        if (!forward_table_at(table, is_descending ? total - 1 - i : i, &rule))
            (void)json_array_append_new(items, show_rule(&rule));
    }
    request_answer_object(request, 200,
                          list_answer(items, &page, total, "forward_number", !is_descending));
}
