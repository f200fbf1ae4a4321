/* SPDX-License-Identifier: MIT */
/* api_device.c - the panel as a device: its clock, language, place in the building, and what it
 * has. */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/api.h"
#include "http/body.h"
#include "panel/panel.h"
#include "settings/member_json.h"

static const struct device_settings *device_of(const struct api *api)
{
    return &panel_settings(api->panel)->device;
}

/* Both spellings that clients read. */
void api_device_time_get(struct api *api, struct request *request)
{
    const char *zone = device_of(api)->timezone;
    json_int_t now_s = clock_unix_s();

    request_answer_object(request, 200,
                          json_pack("{s:I,s:s,s:I,s:s}", "time_unix", now_s, "timezone", zone,
                                    "device_time_unix", now_s, "device_timezone", zone));
}

void api_timezone_get(struct api *api, struct request *request)
{
    const char *zone = device_of(api)->timezone;

    request_answer_object(request, 200,
                          json_pack("{s:s,s:s}", "timezone", zone, "current_timezone", zone));
}

/* By the one name or by the other. */
static int edit_timezone(struct settings *settings, struct request *request,
                         struct field_error *ret_error)
{
    json_t *root = NULL;
    int err = body_read(request, &root, ret_error);
    bool is_current =
        !json_object_get(root, "timezone") && json_object_get(root, "current_timezone");
    size_t len;
    const char *body = request_body(request, &len);

    json_decref(root);
    return err ? err
               : device_settings_read(&device_settings_timezone[is_current], body, len,
                                      &settings->device, ret_error);
}

void api_timezone_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_timezone);
}

void api_language_get(struct api *api, struct request *request)
{
    json_t *all = json_array();
    const char *current = device_settings_languages[device_of(api)->language];
    int failed = !all;

    for (size_t i = 0; i < DEVICE_SETTINGS_LANGUAGES && !failed; i++)
        failed = json_array_append_new(all, json_string(device_settings_languages[i]));
    if (failed) {
        json_decref(all);
        all = NULL;
    }
    request_answer_object(
        request, 200,
        json_pack("{s:s,s:o}", "current_language", current, "all_supported_languages", all));
}

/* What is wrong with the query is told as with a body. */
static int edit_language(struct settings *settings, struct request *request,
                         struct field_error *ret_error)
{
    const char *language = request_query(request, "language");
    const struct member *member = &device_settings_language.members[0];

    if (!language) {
        field_error_missing(ret_error, member->name);
        return EINVAL;
    }
    return member_set_text(member, &settings->device, language, ret_error) ? 0 : EINVAL;
}

void api_language_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_language);
}

void api_mode_get(struct api *api, struct request *request)
{
    const struct device_settings *device = device_of(api);
    const char *mode = device->mode == DEVICE_MODE_WALL ? "Wall" : "Unit";

    request_answer_object(request, 200,
                          json_pack("{s:s,s:i,s:i,s:i,s:b}", "current_panel_mode", mode, "building",
                                    (int)device->building, "unit", (int)device->unit, "device",
                                    (int)device->device, "noUnit", device->has_no_unit));
}

/* building, unit and device: what is left out stays. */
static int edit_place(struct settings *settings, struct request *request,
                      struct field_error *ret_error)
{
    for (size_t i = 0; i < device_settings_place.count; i++) {
        const struct member *member = &device_settings_place.members[i];
        const char *text = request_query(request, member->name);
        char *end;
        long long number;

        if (!text)
            continue;
        number = strtoll(text, &end, 10);
        if (!isdigit((unsigned char)text[0]) || *end)
            number = -1;
        if (!member_set_number(member, &settings->device, number, ret_error))
            return EINVAL;
    }
    return 0;
}

static int edit_wall(struct settings *settings, struct request *request,
                     struct field_error *ret_error)
{
    const char *no_unit = request_query(request, "noUnit");

    settings->device.mode = DEVICE_MODE_WALL;
    if (no_unit && strcmp(no_unit, "true") && strcmp(no_unit, "false")) {
        field_error_value(ret_error, "noUnit", "must be true or false");
        return EINVAL;
    }
    settings->device.has_no_unit = no_unit && strcmp(no_unit, "true") == 0;
    return edit_place(settings, request, ret_error);
}

static int edit_unit(struct settings *settings, struct request *request,
                     struct field_error *ret_error)
{
    settings->device.mode = DEVICE_MODE_UNIT;
    settings->device.has_no_unit = false;
    return edit_place(settings, request, ret_error);
}

void api_mode_wall_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_wall);
}

void api_mode_unit_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_unit);
}

/* Its relays are in the panel itself, or it has none. */
void api_relay_get(struct api *api, struct request *request)
{
    struct panel_lock_state state;
    bool has_any = false;

    for (unsigned lock = 1; lock <= PANEL_LOCKS; lock++) {
        panel_lock_state(api->panel, lock, &state);
        has_any = has_any || state.is_there;
    }
    request_answer_object(
        request, 200,
        json_pack("{s:{s:s}}", "position_settings", "position", has_any ? "internal" : "none"));
}

/* This panel has no key for rescue services. */
void api_rescue_get(struct api *api, struct request *request)
{
    (void)api;
    request_answer_json(request, 200, "{\"is_enabled\":false}");
}

/* No cameras of others are shown by this panel. */
void api_ipcam_get(struct api *api, struct request *request)
{
    (void)api;
    request_answer_json(request, 200, "{\"list_items\":[]}");
}
