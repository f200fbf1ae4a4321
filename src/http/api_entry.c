/* SPDX-License-Identifier: MIT */
/* api_entry.c - what decides about the door besides calls and the list of identifiers: master code
 * and card, the remote access server, free access, door sensor and exit button. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"
#include "panel/entrance.h"
#include "panel/panel.h"

enum { MS_PER_S = 1000 };

static const char mode[] = "door_sensor"; /* the only one there is */

static const struct entry_settings *entry_of(const struct api *api)
{
    return &panel_settings(api->panel)->entry;
}

/* Either spelling; false with ret_error set if both are left out, or one is no boolean. */
static bool read_either(const json_t *root, const char *name, const char *other, bool *ret_value,
                        struct field_error *ret_error)
{
    const char *used = !json_object_get(root, name) && json_object_get(root, other) ? other : name;

    return body_bool(root, used, BODY_REQUIRED, ret_value, ret_error);
}

/* A text that may be left out. */
static bool read_text(const json_t *root, const char *name, size_t size, char *text,
                      struct field_error *ret_error)
{
    const char *value;

    if (!json_object_get(root, name))
        return true;
    if (!body_text(root, name, size - 1, &value, ret_error))
        return false;
    (void)snprintf(text, size, "%s", value);
    return true;
}

static bool read_seconds(const json_t *root, const char *name, struct body_range range,
                         uint32_t *seconds, struct field_error *ret_error)
{
    long long value = *seconds;

    if (!body_number(root, name, range, &value, ret_error))
        return false;
    *seconds = (uint32_t)value;
    return true;
}

typedef bool read_fn(const json_t *root, struct entry_settings *entry,
                     struct field_error *ret_error);

static int edit_by(struct settings *settings, struct request *request, read_fn *read,
                   struct field_error *ret_error)
{
    json_t *root = NULL;
    int err = body_read(request, &root, ret_error);

    if (!err && !read(root, &settings->entry, ret_error))
        err = EINVAL;
    json_decref(root);
    return err;
}

/* ---- master code ---- */

void api_master_code_get(struct api *api, struct request *request)
{
    const struct entry_settings *entry = entry_of(api);

    request_answer_object(request, 200,
                          json_pack("{s:b,s:s}", "input_code_enable", entry->is_code_on,
                                    "input_code_number", entry->code));
}

static bool read_code(const json_t *root, struct entry_settings *entry,
                      struct field_error *ret_error)
{
    static const char name[] = "input_code_number";

    if (!body_bool(root, "input_code_enable", BODY_REQUIRED, &entry->is_code_on, ret_error) ||
        !read_text(root, name, sizeof(entry->code), entry->code, ret_error))
        return false;
    if (!entry->code[0] && entry->is_code_on && !json_object_get(root, name)) {
        field_error_missing(ret_error, name);
        return false;
    }
    if (entry_check_code(entry->code) || (!entry->code[0] && entry->is_code_on)) {
        field_error_value(ret_error, name, "must be 1 to 8 digits");
        return false;
    }
    return true;
}

static int edit_code(struct settings *settings, struct request *request,
                     struct field_error *ret_error)
{
    const struct api *api = request_match(request)->api;
    int err = edit_by(settings, request, read_code, ret_error);

    if (err || !settings->entry.is_code_on ||
        !entrance_code_is_taken(panel_entrance(api->panel), settings->entry.code))
        return err;
    field_error_value(ret_error, "input_code_number", "must not be the code of an identifier");
    (void)snprintf(ret_error->error, sizeof(ret_error->error), "%s",
                   "Identifier with the same input code number already exists");
    return EINVAL;
}

void api_master_code_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_code);
}

/* ---- master card ---- */

void api_master_card_get(struct api *api, struct request *request)
{
    request_answer_object(request, 200, json_pack("{s:s}", "master_card", entry_of(api)->card));
}

static bool read_card(const json_t *root, struct entry_settings *entry,
                      struct field_error *ret_error)
{
    struct scan scan;
    const char *card, *why = NULL;

    if (!body_text(root, "master_card", ENTRY_MAX_CARD, &card, ret_error))
        return false;
    if (*card)
        why = scan_read(IDENTIFIER_CARD, card, &scan);
    if (why) {
        field_error_value(ret_error, "master_card", why);
        return false;
    }
    (void)snprintf(entry->card, sizeof(entry->card), "%s", card);
    return true;
}

static int edit_card(struct settings *settings, struct request *request,
                     struct field_error *ret_error)
{
    return edit_by(settings, request, read_card, ret_error);
}

void api_master_card_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_card);
}

/* ---- remote access server ---- */

void api_remote_access_get(struct api *api, struct request *request)
{
    const struct entry_settings *entry = entry_of(api);

    request_answer_object(request, 200,
                          json_pack("{s:b,s:b,s:b,s:s}", "enable", entry->is_remote_on, "enabled",
                                    entry->is_remote_on, "custom_server_enabled",
                                    entry->is_custom_server_on, "custom_server_api_url",
                                    entry->server_url));
}

static bool read_remote(const json_t *root, struct entry_settings *entry,
                        struct field_error *ret_error)
{
    static const char name[] = "custom_server_api_url";
    const char *why;

    if (!read_either(root, "enabled", "enable", &entry->is_remote_on, ret_error) ||
        !body_bool(root, "custom_server_enabled", BODY_OPTIONAL, &entry->is_custom_server_on,
                   ret_error) ||
        !read_text(root, name, sizeof(entry->server_url), entry->server_url, ret_error))
        return false;
    why = entry_check_url(entry->server_url);
    if (!why && !entry->server_url[0] && entry->is_remote_on && entry->is_custom_server_on)
        why = "must be set for a server to be asked";
    if (why)
        field_error_value(ret_error, name, why);
    return !why;
}

static int edit_remote(struct settings *settings, struct request *request,
                       struct field_error *ret_error)
{
    return edit_by(settings, request, read_remote, ret_error);
}

void api_remote_access_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_remote);
}

/* ---- free access ---- */

void api_free_access_get(struct api *api, struct request *request)
{
    const struct entry_settings *entry = entry_of(api);
    json_t *days = json_array();

    for (unsigned i = 0; i < entry->n_free_times; i++) {
        const struct free_time *time = &entry->free_times[i];

        (void)json_array_append_new(
            days, json_pack("{s:s,s:b,s:i,s:i,s:s}", "lock", entry_lock_text(time->lock), "enable",
                            time->is_on, "time_from", (int)time->from_s, "time_to", (int)time->to_s,
                            "day", entry_day_text(time->day)));
    }
    request_answer_object(request, 200,
                          json_pack("{s:b,s:o}", "enable", entry->is_free_on, "days", days));
}

static bool read_day(const json_t *entry, struct free_time *time, struct field_error *ret_error)
{
    const struct body_range of_day = {0, ENTRY_DAY_S - 1};
    const char *lock = "all", *day;

    time->is_on = true;
    time->from_s = 0;
    time->to_s = ENTRY_DAY_S - 1;
    if (!body_text(entry, "day", 3, &day, ret_error))
        return false;
    if (!entry_day_parse(day, &time->day)) {
        field_error_value(ret_error, "day", "must be MON, TUE, WED, THU, FRI, SAT or SUN");
        return false;
    }
    if (json_object_get(entry, "lock") && !body_text(entry, "lock", 6, &lock, ret_error))
        return false;
    if (!entry_lock_parse(lock, &time->lock)) {
        field_error_value(ret_error, "lock", "must be first, second or all");
        return false;
    }
    return body_bool(entry, "enable", BODY_OPTIONAL, &time->is_on, ret_error) &&
           read_seconds(entry, "time_from", of_day, &time->from_s, ret_error) &&
           read_seconds(entry, "time_to", of_day, &time->to_s, ret_error);
}

static bool read_free(const json_t *root, struct entry_settings *entry,
                      struct field_error *ret_error)
{
    const json_t *days = json_object_get(root, "days"), *day;
    size_t i;

    if (!body_bool(root, "enable", BODY_REQUIRED, &entry->is_free_on, ret_error))
        return false;
    if (!days)
        return true;
    if (!json_is_array(days)) {
        field_error_type(ret_error, "days", "must be a list");
        return false;
    }
    if (json_array_size(days) > ENTRY_MAX_FREE_TIMES) {
        field_error_value(ret_error, "days", "must have 28 entries at most");
        return false;
    }
    json_array_foreach(days, i, day)
    {
        if (!json_is_object(day)) {
            field_error_type(ret_error, "days", "must be a list of objects");
            return false;
        }
        if (!read_day(day, &entry->free_times[i], ret_error))
            return false;
    }
    entry->n_free_times = (unsigned)json_array_size(days);
    return true;
}

static int edit_free(struct settings *settings, struct request *request,
                     struct field_error *ret_error)
{
    return edit_by(settings, request, read_free, ret_error);
}

void api_free_access_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_free);
}

/* ---- door sensor ---- */

void api_door_sensor_get(struct api *api, struct request *request)
{
    const struct entry_settings *entry = entry_of(api);

    request_answer_object(request, 200,
                          json_pack("{s:b,s:s,s:i,s:i,s:b,s:b}", "enable", entry->is_sensor_on,
                                    "mode", mode, "opening_delay", (int)entry->opening_delay_s,
                                    "repeating_message_delay", (int)entry->repeat_delay_s,
                                    "repeating_message_enabled", entry->is_repeated,
                                    "repeating_message_enable", entry->is_repeated));
}

static bool read_sensor(const json_t *root, struct entry_settings *entry,
                        struct field_error *ret_error)
{
    const struct body_range delay = {1, ENTRY_MAX_DELAY_S};
    char sent[sizeof(mode)];

    (void)snprintf(sent, sizeof(sent), "%s", mode);
    if (!body_bool(root, "enable", BODY_REQUIRED, &entry->is_sensor_on, ret_error) ||
        !read_text(root, "mode", sizeof(sent), sent, ret_error) ||
        !read_seconds(root, "opening_delay", delay, &entry->opening_delay_s, ret_error) ||
        !read_seconds(root, "repeating_message_delay", delay, &entry->repeat_delay_s, ret_error) ||
        !body_bool(root, "repeating_message_enable", BODY_OPTIONAL, &entry->is_repeated,
                   ret_error) ||
        !body_bool(root, "repeating_message_enabled", BODY_OPTIONAL, &entry->is_repeated,
                   ret_error))
        return false;
    if (strcmp(sent, mode) != 0) {
        field_error_value(ret_error, "mode", "must be door_sensor");
        return false;
    }
    return true;
}

static int edit_sensor(struct settings *settings, struct request *request,
                       struct field_error *ret_error)
{
    return edit_by(settings, request, read_sensor, ret_error);
}

void api_door_sensor_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_sensor);
}

void api_door_status_get(struct api *api, struct request *request)
{
    struct entrance_state state;

    entrance_state(panel_entrance(api->panel), &state);
    request_answer_object(request, 200,
                          json_pack("{s:s,s:b,s:I,s:s}", "status",
                                    state.is_open ? "open" : "closed", "is_timeout_exceed",
                                    state.is_too_long, "opentime",
                                    (json_int_t)(state.open_ms / MS_PER_S), "mode", mode));
}

/* ---- exit button ---- */

void api_exit_button_get(struct api *api, struct request *request)
{
    request_answer_object(request, 200,
                          json_pack("{s:b}", "enable", entry_of(api)->is_exit_button_on));
}

static bool read_exit_button(const json_t *root, struct entry_settings *entry,
                             struct field_error *ret_error)
{
    return body_bool(root, "enable", BODY_REQUIRED, &entry->is_exit_button_on, ret_error);
}

static int edit_exit_button(struct settings *settings, struct request *request,
                            struct field_error *ret_error)
{
    return edit_by(settings, request, read_exit_button, ret_error);
}

void api_exit_button_post(struct api *api, struct request *request)
{
    api_change(api, request, edit_exit_button);
}
