/* SPDX-License-Identifier: MIT */
/* api_change.c - a change of the settings that a request asks for, and its answer. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/api.h"
#include "panel/panel.h"

/* The request outlives the server, so it is all that is looked at until it is known that
 * the api is still there. */
struct change {
    struct api *api;
    struct request *request;
    api_edit_fn *edit;
    api_then_fn *then; /* NULL: nothing */
    struct field_error error;
    bool is_refused; /* by edit: error says why */
};

void api_answer_field_error(struct request *request, const struct field_error *error)
{
    if (error->field[0])
        request_answer_object(request, 400,
                              json_pack("{s:s,s:s,s:s}", "error", error->error, "field",
                                        error->field, "reason", error->reason));
    else
        request_answer_error(request, 400, error->error);
}

void api_answer_wrong_body(struct request *request, int err, const struct field_error *error)
{
    if (err == EINVAL)
        api_answer_field_error(request, error);
    else
        request_answer_error(request, 500, strerror(err));
}

void api_answer_not_stored(struct api *api, struct request *request, int err)
{
    char text[256];
    const char *problem;

    if (request_is_orphan(request)) {
        request_answer(request, 503, NULL);
        return;
    }
    problem = panel_problem(api->panel);
    switch (err) {
    case EBUSY:
        request_answer_error(request, 503, "Not stored: too many changes at once");
        return;
    case ENOSPC:
    case EDQUOT:
        request_answer_error(request, 507, "Not stored: the disk is full");
        break;
    case EROFS:
        (void)snprintf(text, sizeof(text), "Not stored: %s",
                       *problem ? problem : "the store cannot be written");
        request_answer_error(request, 503, text);
        break;
    default:
        (void)snprintf(text, sizeof(text), "Not stored: %s", strerror(err));
        request_answer_error(request, 500, text);
        break;
    }
    log_error("http: settings not stored: %s", strerror(err));
}

static int edit(struct settings *settings, void *arg)
{
    struct change *change = arg;
    int err = change->edit(settings, change->request, &change->error);

    change->is_refused = err == EINVAL;
    return err;
}

static void on_done(int err, void *arg)
{
    struct change *change = arg;

    if (!err && change->then && !request_is_orphan(change->request))
        change->then(change->api);
    if (!err)
        request_answer_json(change->request, 200, "{}");
    else if (change->is_refused)
        api_answer_field_error(change->request, &change->error);
    else
        api_answer_not_stored(change->api, change->request, err);
    free(change);
}

void api_change(struct api *api, struct request *request, api_edit_fn *edit_fn)
{
    api_change_then(api, request, edit_fn, NULL);
}

void api_change_then(struct api *api, struct request *request, api_edit_fn *edit_fn,
                     api_then_fn *then)
{
    struct change *change = calloc(1, sizeof(*change));
    int err = ENOMEM;

    if (change) {
        *change = (struct change){.api = api, .request = request, .edit = edit_fn, .then = then};
        err = panel_change(api->panel, edit, on_done, change);
    }
    if (err) {
        free(change);
        api_answer_not_stored(api, request, err);
    }
}
