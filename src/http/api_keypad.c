/* SPDX-License-Identifier: MIT */
/* api_keypad.c - the keys of a simulated panel, pressed by a program or the page. */
#include <errno.h>
#include <jansson.h>

#include "http/api.h"
#include "http/body.h"
#include "panel/panel.h"
#include "settings/field_error.h"

enum { MAX_KEYS = 64 };

void api_keypad_get(struct api *api, struct request *request)
{
    request_answer_object(request, 200,
                          json_pack("{s:s}", "digits", panel_keypad_digits(api->panel)));
}

static const char *words_for(int err)
{
    switch (err) {
    case EBUSY:
        return "Another call runs";
    case ENOENT:
        return "The key has nothing to do now";
    default:
        return "The call could not be made";
    }
}

static bool check_keys(const json_t *keys, struct field_error *ret_error)
{
    size_t i;
    json_t *key;

    if (!keys) {
        field_error_missing(ret_error, "keys");
        return false;
    }
    if (!json_is_array(keys)) {
        field_error_type(ret_error, "keys", "must be a list of texts");
        return false;
    }
    if (json_array_size(keys) < 1 || json_array_size(keys) > MAX_KEYS) {
        field_error_value(ret_error, "keys", "must have 1 to 64 keys");
        return false;
    }
    json_array_foreach(keys, i, key)
    {
        if (!json_is_string(key) || !panel_keypad_has(json_string_value(key))) {
            field_error_value(ret_error, "keys",
                              "must be digits, \"call\", \"clear\", \"concierge\" or \"code\"");
            return false;
        }
    }
    return true;
}

void api_keypad_post(struct api *api, struct request *request)
{
    struct field_error error;
    json_t *root = NULL, *keys, *key;
    size_t i;
    int err = body_read(request, &root, &error);

    keys = json_object_get(root, "keys");
    if (!err && !check_keys(keys, &error))
        err = EINVAL;
    if (err) {
        api_answer_wrong_body(request, err, &error);
        json_decref(root);
        return;
    }
    json_array_foreach(keys, i, key)
    {
        err = panel_keypad_press(api->panel, json_string_value(key));
        if (err)
            break;
    }
    json_decref(root);
    if (err == ENOTSUP)
        request_answer_error(request, 404, "This panel has no simulated keypad");
    else if (err)
        request_answer_error(request, 409, words_for(err));
    else
        request_answer_object(request, 200,
                              json_pack("{s:s}", "digits", panel_keypad_digits(api->panel)));
}
