/* SPDX-License-Identifier: MIT */
/* api_call.c - calls: started, ended, answered, looked at. */
#include <errno.h>
#include <jansson.h>

#include "http/api.h"
#include "http/body.h"
#include "http/list.h"
#include "panel/panel.h"
#include "settings/field_error.h"

static json_t *show_try(const struct panel_call_try *attempt)
{
    return json_pack(
        "{s:s,s:s,s:i,s:I,s:I,s:I,s:I,s:i,s:s,s:s}", "target", attempt->target, "uri", attempt->uri,
        "account", (int)attempt->account, "at_ms", (json_int_t)attempt->at_ms, "ringing_at_ms",
        (json_int_t)attempt->ringing_at_ms, "answered_at_ms", (json_int_t)attempt->answered_at_ms,
        "ended_at_ms", (json_int_t)attempt->ended_at_ms, "code", attempt->code, "end", attempt->end,
        "reason", attempt->reason);
}

static json_t *show_sound(const struct panel_call_sound *sound)
{
    return json_pack("{s:I,s:I,s:I,s:i,s:i,s:i,s:i,s:b}", "sent", (json_int_t)sound->sent,
                     "received", (json_int_t)sound->received, "lost", (json_int_t)sound->lost,
                     "jitter_ms", (int)sound->jitter_ms, "delay_ms", (int)sound->delay_ms,
                     "microphone_dbov", sound->level_in_dbov, "loudspeaker_dbov",
                     sound->level_out_dbov, "is_device_lost", sound->is_device_lost);
}

static json_t *show_call(const struct panel_call *call)
{
    json_t *tries = json_array();

    for (unsigned i = 0; i < call->n_tries; i++)
        (void)json_array_append_new(tries, show_try(&call->tries[i]));
    return json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:b,s:o,s:o}", "id", (int)call->id,
                     "direction", call->by == PANEL_CALL_BY_CALLER ? "in" : "out", "by",
                     panel_call_by_name(call->by), "number", call->number, "state",
                     panel_call_state_name(call->state), "end", call->end, "reason", call->reason,
                     "started_at_ms", (json_int_t)call->started_at_ms, "answered_at_ms",
                     (json_int_t)call->answered_at_ms, "ended_at_ms", (json_int_t)call->ended_at_ms,
                     "is_held", call->is_held, "sound", show_sound(&call->sound), "targets", tries);
}

/* Returns 0, or EINVAL with ret_error set, or ENOMEM. *ret_number is borrowed from *ret_root. */
static int read_number(struct request *request, json_t **ret_root, const char **ret_number,
                       struct field_error *ret_error)
{
    int err = body_read(request, ret_root, ret_error);

    if (!err && !body_text(*ret_root, "number", REQUEST_MAX_BODY, ret_number, ret_error))
        err = EINVAL;
    return err;
}

void api_call_start(struct api *api, struct request *request)
{
    struct field_error error;
    const char *number = NULL;
    json_t *root = NULL;
    int err = read_number(request, &root, &number, &error);

    if (err) {
        api_answer_wrong_body(request, err, &error);
        json_decref(root);
        return;
    }
    err = panel_call_start(api->panel, number, PANEL_CALL_BY_API);
    json_decref(root);
    switch (err) {
    case 0:
        request_answer_json(request, 200, "{}");
        break;
    case EINVAL:
        request_answer_error(request, 400, "Wrong number format");
        break;
    case EBUSY:
        request_answer_error(request, 409, "Another call runs");
        break;
    default:
        request_answer_error(request, 500, "No memory for a call");
        break;
    }
}

/* No call is as good as one that has ended: clients do not look before. */
void api_call_end(struct api *api, struct request *request)
{
    (void)panel_call_end(api->panel);
    request_answer_json(request, 200, "{}");
}

void api_call_answer(struct api *api, struct request *request)
{
    if (panel_call_answer(api->panel))
        request_answer_error(request, 409, "No call rings here");
    else
        request_answer_json(request, 200, "{}");
}

static void keep(const struct panel_call *call, void *arg)
{
    json_t **answer = arg;

    *answer = show_call(call);
}

void api_call_status(struct api *api, struct request *request)
{
    json_t *answer = NULL;

    if (panel_call_now(api->panel, keep, &answer))
        request_answer_object(request, 200, answer);
    else
        request_answer_json(request, 200, "{\"state\":\"idle\"}");
}

struct lister {
    const struct list_page *page;
    size_t n;
    json_t *items;
};

static void add(const struct panel_call *call, void *arg)
{
    struct lister *lister = arg;
    size_t i = lister->n++;

    if (i >= lister->page->first && i < lister->page->first + lister->page->limit)
        (void)json_array_append_new(lister->items, show_call(call));
}

void api_calls_get(struct api *api, struct request *request)
{
    struct list_page page;
    struct lister lister = {.page = &page, .items = json_array()};

    list_page_read(request, &page);
    panel_calls(api->panel, add, &lister);
    request_answer_object(request, 200, list_answer(lister.items, &page, lister.n, "id", false));
}
