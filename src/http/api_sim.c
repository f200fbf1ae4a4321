/* SPDX-License-Identifier: MIT */
/* api_sim.c - what is held before a simulated panel, its buttons and the contact of its door, by a
 * program or the page. The keys are in api_keypad.c. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"
#include "panel/entrance.h"
#include "panel/panel.h"
#include "settings/field_error.h"

enum { MAX_WORD = 16 };

static bool is_refused(struct api *api, struct request *request)
{
    if (panel_is_simulated(api->panel))
        return false;
    request_answer_error(request, 404, "This panel is not simulated");
    return true;
}

static void answer_result(struct request *request, enum entrance_result result)
{
    request_answer_object(request, 200, json_pack("{s:s}", "result", entrance_result_text(result)));
}

static bool read_scan(const json_t *root, enum identifier_type type, struct scan *scan,
                      struct field_error *ret_error)
{
    const char *number, *why;

    if (!body_text(root, "number", IDENTIFIER_MAX_NUMBER, &number, ret_error))
        return false;
    why = scan_read(type, number, scan);
    if (why)
        field_error_value(ret_error, "number", why);
    return !why;
}

static void feed(struct api *api, struct request *request, enum identifier_type type)
{
    struct field_error error;
    struct scan scan;
    json_t *root = NULL;
    int err;

    if (is_refused(api, request))
        return;
    err = body_read(request, &root, &error);
    if (!err && !read_scan(root, type, &scan, &error))
        err = EINVAL;
    json_decref(root);
    if (err) {
        api_answer_wrong_body(request, err, &error);
        return;
    }
    answer_result(request, entrance_scan(panel_entrance(api->panel), &scan));
    scan_wipe(&scan);
}

void api_sim_card_post(struct api *api, struct request *request)
{
    feed(api, request, IDENTIFIER_CARD);
}

void api_sim_code_post(struct api *api, struct request *request)
{
    feed(api, request, IDENTIFIER_CODE);
}

void api_sim_qr_post(struct api *api, struct request *request)
{
    feed(api, request, IDENTIFIER_QR);
}

static bool read_button(const json_t *root, bool *ret_is_exit, struct field_error *ret_error)
{
    const char *button;

    if (!body_text(root, "button", MAX_WORD, &button, ret_error))
        return false;
    *ret_is_exit = strcmp(button, "exit") == 0;
    if (*ret_is_exit || strcmp(button, "free") == 0)
        return true;
    field_error_value(ret_error, "button", "must be exit or free");
    return false;
}

void api_sim_button_post(struct api *api, struct request *request)
{
    struct entrance *entrance = panel_entrance(api->panel);
    struct field_error error;
    json_t *root = NULL;
    bool is_exit = false;
    int err;

    if (is_refused(api, request))
        return;
    err = body_read(request, &root, &error);
    if (!err && !read_button(root, &is_exit, &error))
        err = EINVAL;
    json_decref(root);
    if (err)
        api_answer_wrong_body(request, err, &error);
    else
        answer_result(request,
                      is_exit ? entrance_exit_button(entrance) : entrance_free_button(entrance));
}

void api_sim_sensor_post(struct api *api, struct request *request)
{
    struct field_error error;
    json_t *root = NULL;
    bool is_open = false;
    int err;

    if (is_refused(api, request))
        return;
    err = body_read(request, &root, &error);
    if (!err && !body_bool(root, "open", BODY_REQUIRED, &is_open, &error))
        err = EINVAL;
    json_decref(root);
    if (err) {
        api_answer_wrong_body(request, err, &error);
        return;
    }
    entrance_sensor(panel_entrance(api->panel), is_open);
    request_answer_json(request, 200, "{}");
}

/* What the page's face shows of it. */
void api_sim_get(struct api *api, struct request *request)
{
    struct entrance_state state;

    if (is_refused(api, request))
        return;
    entrance_state(panel_entrance(api->panel), &state);
    request_answer_object(request, 200,
                          json_pack("{s:b,s:b,s:i,s:s,s:I,s:i,s:[b,b]}", "is_open", state.is_open,
                                    "is_too_long", state.is_too_long, "asking", (int)state.n_asking,
                                    "last_result", entrance_result_text(state.last), "last_at_ms",
                                    (json_int_t)state.last_at_ms, "code_wait_s",
                                    (int)((state.code_wait_ms + 999) / 1000), "is_free",
                                    state.is_free[0], state.is_free[1]));
}
