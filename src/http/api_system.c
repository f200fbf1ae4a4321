/* SPDX-License-Identifier: MIT */
/* api_system.c - starting again, the factory settings, and an emptied log. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/api.h"
#include "http/body.h"
#include "http/peer.h"
#include "journal/journal.h"
#include "panel/panel.h"
#include "settings/field_error.h"

static void log_who(const struct request *request, const char *what)
{
    char from[PEER_TEXT_SIZE];

    peer_text(request_peer(request), from);
    log_warn("%s, asked for from %s", what, from);
}

/* The panel does it a moment later, so that this answer, and who logs out behind it, are served. */
void api_reboot_get(struct api *api, struct request *request)
{
    log_who(request, "the panel starts again");
    panel_reboot(api->panel);
    request_answer_json(request, 200, "{}");
}

/* ---- factory settings ---- */

struct reset {
    struct api *api;
    struct request *request;
};

static void on_reset(int err, void *arg)
{
    struct reset *reset = arg;

    if (err) {
        api_answer_not_stored(reset->api, reset->request, err);
    } else {
        if (!request_is_orphan(reset->request))
            panel_reboot(reset->api->panel);
        request_answer_json(reset->request, 200, "{}");
    }
    free(reset);
}

static void on_log_cleared(int err, void *arg)
{
    struct reset *reset = arg;

    if (err && err != ENOENT) /* no log is an empty one */
        log_error("http: the log cannot be emptied: %s", strerror(err));
    if (request_is_orphan(reset->request)) {
        request_answer(reset->request, 503, NULL);
        free(reset);
        return;
    }
    err = panel_reset(reset->api->panel, on_reset, reset);
    if (err) {
        api_answer_not_stored(reset->api, reset->request, err);
        free(reset);
    }
}

void api_reset_post(struct api *api, struct request *request)
{
    struct reset *reset = calloc(1, sizeof(*reset));
    int err;

    if (!reset) {
        request_answer_error(request, 500, strerror(ENOMEM));
        return;
    }
    *reset = (struct reset){api, request};
    log_who(request, "all settings go");
    err = api->journal ? journal_clear(api->journal, on_log_cleared, reset) : ENOENT;
    if (err)
        on_log_cleared(err, reset);
}

/* ---- the log ---- */

static void on_cleared(int err, void *arg)
{
    struct request *request = arg;

    if (request_is_orphan(request))
        request_answer(request, 503, NULL);
    else if (err && err != ENOENT)
        request_answer_error(request, 500, "The log cannot be emptied");
    else
        request_answer_json(request, 200, "{}");
}

/* True if the array is there and has nothing but "logs" in it. */
static bool check_fields(const json_t *root, const char *name, struct field_error *ret_error)
{
    const json_t *fields = json_object_get(root, name);
    size_t i, n = json_array_size(fields);

    if (!fields) {
        field_error_missing(ret_error, name);
        return false;
    }
    if (!json_is_array(fields)) {
        field_error_type(ret_error, name, "must be a list of texts");
        return false;
    }
    for (i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(fields, i));

        if (!text || strcmp(text, "logs") != 0)
            break;
    }
    if (n && i == n)
        return true;
    field_error_value(ret_error, name, "must be [\"logs\"]: nothing else is cleared");
    return false;
}

void api_data_clear_post(struct api *api, struct request *request)
{
    struct field_error error;
    json_t *root = NULL;
    int err = body_read(request, &root, &error);
    const char *name = json_object_get(root, "data_types") && !json_object_get(root, "clear_fields")
                           ? "data_types"
                           : "clear_fields";

    if (!err && !check_fields(root, name, &error))
        err = EINVAL;
    json_decref(root);
    if (err) {
        api_answer_wrong_body(request, err, &error);
        return;
    }
    log_who(request, "the log is emptied");
    err = api->journal ? journal_clear(api->journal, on_cleared, request) : ENOENT;
    if (err == EBUSY)
        request_answer_error(request, 503, "The log is being emptied already");
    else if (err)
        on_cleared(err, request);
}
