/* SPDX-License-Identifier: MIT */
/* api_identifier.c - the identifiers: cards, codes and what else opens a door. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"
#include "http/list.h"
#include "http/qr_picture.h"
#include "http/response.h"
#include "panel/identifier_changes.h"
#include "panel/identifier_pages.h"
#include "panel/panel.h"

/* The request outlives the server: see api_change.c. */
struct asked {
    struct api *api;
    struct request *request;
    enum identifier_change change;
};

static const struct identifiers *table_of(const struct api *api)
{
    return identifier_changes_table(panel_identifier_changes(api->panel));
}

/* ---- changes ---- */

static json_t *show_uids(const struct identifier_outcome *outcome)
{
    json_t *uids = json_array();

    for (size_t i = 0; i < outcome->n_uids; i++)
        (void)json_array_append_new(uids, json_integer(outcome->uids[i]));
    return json_pack("{s:o}", "uid_items", uids);
}

static void answer_good(const struct asked *asked, const struct identifier_outcome *outcome)
{
    if (asked->change == IDENTIFIER_ADD)
        request_answer_object(asked->request, 200,
                              json_pack("{s:I}", "uid", (json_int_t)outcome->uids[0]));
    else if (asked->change == IDENTIFIER_LINK)
        request_answer_object(asked->request, 200, show_uids(outcome));
    else
        request_answer_json(asked->request, 200, "{}");
}

static void on_done(const struct identifier_outcome *outcome, void *arg)
{
    struct asked *asked = arg;

    if (!outcome->err)
        answer_good(asked, outcome);
    else if (outcome->err == EINVAL)
        api_answer_field_error(asked->request, &outcome->error);
    else if (outcome->err == ENOENT)
        request_answer_error(asked->request, 404, "Not found");
    else if (outcome->is_full)
        request_answer_error(asked->request, 507, "Not stored: there are too many identifiers");
    else
        api_answer_not_stored(asked->api, asked->request, outcome->err);
    free(asked);
}

static void make_change(struct api *api, struct request *request, enum identifier_change change,
                        json_t *body)
{
    const struct identifier_request what = {
        .change = change, .uid = request_match(request)->numbers[0], .body = body};
    struct asked *asked = malloc(sizeof(*asked));
    int err = ENOMEM;

    if (asked) {
        *asked = (struct asked){.api = api, .request = request, .change = change};
        err = identifier_changes_make(panel_identifier_changes(api->panel), &what, on_done, asked);
    }
    if (err) {
        free(asked);
        api_answer_not_stored(api, request, err);
    }
}

static void change_by_body(struct api *api, struct request *request, enum identifier_change change)
{
    struct field_error error;
    json_t *body = NULL;
    int err = body_read(request, &body, &error);

    if (err)
        api_answer_wrong_body(request, err, &error);
    else
        make_change(api, request, change, body);
    json_decref(body);
}

void api_identifier_post(struct api *api, struct request *request)
{
    change_by_body(api, request, IDENTIFIER_ADD);
}

void api_identifier_patch(struct api *api, struct request *request)
{
    change_by_body(api, request, IDENTIFIER_EDIT);
}

void api_identifier_delete(struct api *api, struct request *request)
{
    make_change(api, request, IDENTIFIER_REMOVE_ONE, NULL);
}

void api_identifiers_delete(struct api *api, struct request *request)
{
    change_by_body(api, request, IDENTIFIER_REMOVE);
}

void api_identifier_links_post(struct api *api, struct request *request)
{
    change_by_body(api, request, IDENTIFIER_LINK);
}

void api_identifier_links_delete(struct api *api, struct request *request)
{
    change_by_body(api, request, IDENTIFIER_UNLINK);
}

/* ---- reading ---- */

static void answer_missing(struct request *request, int err)
{
    if (err == ENOENT)
        request_answer_error(request, 404, "Not found");
    else
        request_answer_error(request, 500, strerror(err));
}

void api_identifier_get(struct api *api, struct request *request)
{
    json_t *item = NULL;
    int err = identifier_pages_item(table_of(api), request_match(request)->numbers[0], &item);

    if (err)
        answer_missing(request, err);
    else
        request_answer_object(request, 200, item);
}

void api_identifier_qr_get(struct api *api, struct request *request)
{
    char text[IDENTIFIER_PAGES_QR_SIZE];
    unsigned char *png = NULL;
    size_t len;
    int err = identifier_pages_qr(table_of(api), request_match(request)->numbers[0], text);

    if (err == EINVAL) {
        request_answer_error(request, 404, "Only an identifier of type qr has a picture");
        return;
    }
    if (!err)
        err = qr_picture_png(text, &png, &len);
    if (err)
        answer_missing(request, err);
    else
        request_answer(request, 200, response_data(png, len, "image/png"));
    free(png);
}

static const char *const filter_fields[] = {"identifier_number", "identifier_type",
                                            "identifier_owner", "lock"};

enum { FILTER_FIELDS = sizeof(filter_fields) / sizeof(filter_fields[0]) };

/* A filter by another field is left out, as any unknown parameter is. Returns whether there is one.
 */
static bool read_filter(const struct request *request, struct identifier_query *query)
{
    const char **const members[FILTER_FIELDS] = {&query->number, &query->type, &query->name,
                                                 &query->lock};
    const char *field = request_query(request, "filter_field");
    const char *type = request_query(request, "filter_type");
    const char *value = request_query(request, "filter_value");

    if (!field || !value || (type && strcmp(type, "equal") != 0))
        return false;
    for (unsigned i = 0; i < FILTER_FIELDS; i++) {
        if (strcmp(field, filter_fields[i]) == 0) {
            *members[i] = value;
            return true;
        }
    }
    return false;
}

static json_t *filter_option(bool is_filtered)
{
    json_t *fields = json_array();

    for (unsigned i = 0; i < FILTER_FIELDS; i++)
        (void)json_array_append_new(
            fields,
            json_pack("{s:s,s:[s]}", "filter_field", filter_fields[i], "available_types", "equal"));
    return json_pack("{s:b,s:b,s:o}", "available_filtering", 1, "is_filtered", (int)is_filtered,
                     "available_fields", fields);
}

static void read_page(const struct request *request, struct list_page *page,
                      struct identifier_query *query)
{
    const char *sort = request_query(request, "sort_type");

    list_page_read(request, page);
    query->first = page->first;
    query->limit = page->limit;
    query->is_descending = sort && strcmp(sort, "desc") == 0;
}

void api_identifiers_get(struct api *api, struct request *request)
{
    struct identifier_query query = {.number = NULL};
    struct list_page page;
    json_t *items, *answer;
    bool is_filtered = read_filter(request, &query);
    size_t total;

    read_page(request, &page, &query);
    items = identifier_pages_list(table_of(api), &query, &total);
    answer = list_answer(items, &page, total, "identifier_uid", !query.is_descending);
    if (json_object_set_new(json_object_get(answer, "list_option"), "filter",
                            filter_option(is_filtered))) {
        json_decref(answer);
        answer = NULL;
    }
    request_answer_object(request, 200, answer);
}

/* Those that look for `uid` find it, too. */
static bool add_uids(json_t *items)
{
    json_t *item;
    size_t i;

    json_array_foreach(items, i, item)
    {
        if (json_object_set(item, "uid", json_object_get(item, "identifier_uid")))
            return false;
    }
    return true;
}

void api_identifier_links_get(struct api *api, struct request *request)
{
    struct identifier_query query = {.is_linked = true};
    struct list_page page;
    json_t *items;
    size_t total;

    query.link_id = request_query(request, "link_id");
    read_page(request, &page, &query);
    items = identifier_pages_list(table_of(api), &query, &total);
    if (items && !add_uids(items)) {
        json_decref(items);
        items = NULL;
    }
    request_answer_object(request, 200,
                          list_answer(items, &page, total, "identifier_uid", !query.is_descending));
}
