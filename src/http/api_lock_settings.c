/* SPDX-License-Identifier: MIT */
/* api_lock_settings.c - how the door's locks open: how long, after which delay, by which digits
 * during a call, and of which type they are. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"
#include "panel/panel.h"
#include "settings/field_error.h"
#include "settings/member_json.h"

enum { MAX_ANSWER = 64 };

static unsigned number_of(struct request *request)
{
    return request_match(request)->numbers[0];
}

/* Locks have the numbers 1 and 2. */
static bool is_lock(struct request *request)
{
    return number_of(request) >= 1 && number_of(request) <= LOCK_SETTINGS_LOCKS;
}

static void show(const struct api *api, struct request *request, const struct member_table *table)
{
    char text[MAX_ANSWER];

    (void)member_json_write(table, &panel_settings(api->panel)->locks, text, sizeof(text));
    request_answer_json(request, 200, text);
}

static int read_body(struct settings *settings, struct request *request,
                     const struct member_table *table, struct field_error *ret_error)
{
    size_t len;
    const char *body = request_body(request, &len);

    return member_json_read(table, body, len, &settings->locks, ret_error);
}

/* ---- how long, after which delay ---- */

void api_lock_timeout_get(struct api *api, struct request *request)
{
    if (is_lock(request))
        show(api, request, &lock_settings_timeout[number_of(request) - 1]);
    else
        api_answer_wrong_lock(request);
}

void api_lock_delay_get(struct api *api, struct request *request)
{
    if (is_lock(request))
        show(api, request, &lock_settings_delay[number_of(request) - 1]);
    else
        api_answer_wrong_lock(request);
}

static int edit_timeout(struct settings *settings, struct request *request,
                        struct field_error *ret_error)
{
    return read_body(settings, request, &lock_settings_timeout[number_of(request) - 1], ret_error);
}

static int edit_delay(struct settings *settings, struct request *request,
                      struct field_error *ret_error)
{
    return read_body(settings, request, &lock_settings_delay[number_of(request) - 1], ret_error);
}

void api_lock_timeout_post(struct api *api, struct request *request)
{
    if (is_lock(request))
        api_change(api, request, edit_timeout);
    else
        api_answer_wrong_lock(request);
}

void api_lock_delay_post(struct api *api, struct request *request)
{
    if (is_lock(request))
        api_change(api, request, edit_delay);
    else
        api_answer_wrong_lock(request);
}

/* ---- by which digits: 0 is the code for both ---- */

void api_lock_dtmf_get(struct api *api, struct request *request)
{
    if (number_of(request) < LOCK_SETTINGS_CODES)
        show(api, request, &lock_settings_code[number_of(request)]);
    else
        api_answer_wrong_lock(request);
}

static int edit_code(struct settings *settings, struct request *request,
                     struct field_error *ret_error)
{
    unsigned number = number_of(request);
    int err = read_body(settings, request, &lock_settings_code[number], ret_error);
    char reason[sizeof(ret_error->reason)];
    int other;

    if (err)
        return err;
    other = lock_settings_clash(&settings->locks, number);
    if (other < 0)
        return 0;
    (void)snprintf(reason, sizeof(reason),
                   "must not be the ending of code %d%s, nor end with it: both would open", other,
                   other == 0 ? " (both locks)" : "");
    field_error_value(ret_error, "dtmf_code", reason);
    return EINVAL;
}

void api_lock_dtmf_post(struct api *api, struct request *request)
{
    if (number_of(request) < LOCK_SETTINGS_CODES)
        api_change(api, request, edit_code);
    else
        api_answer_wrong_lock(request);
}

/* ---- of which type ---- */

void api_lock_type_get(struct api *api, struct request *request)
{
    const struct lock_settings *locks = &panel_settings(api->panel)->locks;

    request_answer_object(request, 200,
                          json_pack("{s:[{s:i,s:s},{s:i,s:s}]}", "locks", "lock_number", 1, "type",
                                    lock_type_name(locks->type[0]), "lock_number", 2, "type",
                                    lock_type_name(locks->type[1])));
}

static bool read_type(const json_t *entry, struct lock_settings *locks,
                      struct field_error *ret_error)
{
    static const struct body_range range = {1, LOCK_SETTINGS_LOCKS};
    const char *text = NULL;
    long long number = 0;

    if (!json_is_object(entry)) {
        field_error_type(ret_error, "locks", "must be a list of objects");
        return false;
    }
    if (!json_object_get(entry, "lock_number")) {
        field_error_missing(ret_error, "lock_number");
        return false;
    }
    if (!body_number(entry, "lock_number", range, &number, ret_error) ||
        !body_text(entry, "type", MAX_ANSWER, &text, ret_error))
        return false;
    if (lock_type_parse(text, &locks->type[number - 1])) {
        field_error_value(ret_error, "type", "must be electromagnetic or electromechanical");
        return false;
    }
    return true;
}

static bool read_types(const json_t *root, struct lock_settings *locks,
                       struct field_error *ret_error)
{
    const json_t *list = json_object_get(root, "locks");

    if (!list) {
        field_error_missing(ret_error, "locks");
        return false;
    }
    if (!json_is_array(list)) {
        field_error_type(ret_error, "locks", "must be a list");
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!read_type(json_array_get(list, i), locks, ret_error))
            return false;
    }
    return true;
}

/* A lock that is left out keeps its type. */
static int edit_type(struct settings *settings, struct request *request,
                     struct field_error *ret_error)
{
    json_t *root = NULL;
    int err = body_read(request, &root, ret_error);

    if (!err && !read_types(root, &settings->locks, ret_error))
        err = EINVAL;
    json_decref(root);
    return err;
}

void api_lock_type_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_type);
}
