/* SPDX-License-Identifier: MIT */
/* api_settings.c - settings of which each route shows a few, read and written as they stand in a
 * table. */
#include <string.h>

#include "http/api.h"
#include "panel/panel.h"
#include "settings/member_json.h"

enum { MAX_ANSWER = 8 * 1024 };

static const struct group {
    const char *path;
    const struct member_table *table;
    bool is_device; /* of settings->device; else of settings->calls */
} groups[] = {
    {"/api/v1/device/call/dial/timeout", &call_settings_dial, false},
    {"/api/v1/device/call/talk/timeout", &call_settings_talk, false},
    {"/api/v1/device/call/concierge", &call_settings_concierge, false},
    {"/api/v1/device/call/auto_answer", &call_settings_auto_answer, false},
    {"/api/v1/device/call/drop", &call_settings_drop, false},
    {"/api/v1/device/call/drop/lock-open", &call_settings_drop_by_open, false},
    {"/api/v1/device/settings/volume", &call_settings_volume, false},
    {"/api/v1/device/settings/mic", &call_settings_gain, false},
    {"/api/portero/v1/calls/settings", &call_settings_callers, false},
    {"/api/v1/network/ntp", &device_settings_ntp, true},
    {"/api/v1/network/management/link", &device_settings_link, true},
    {"/api/v1/network/management/server", &device_settings_server, true},
    {"/api/v1/device/settings/video", &device_settings_video, true},
    {"/api/v1/device/settings/payload", &device_settings_payload, true},
    {"/api/v1/device/settings/rtsp", &device_settings_rtsp, true},
    {"/api/v1/access/general/wiegand/type", &device_settings_wiegand, true},
    {"/api/v1/web/ssl", &device_settings_https, true},
};

/* Each of these routes has a row there. */
static const struct group *group_of(struct request *request)
{
    const char *path = request_match(request)->route->path;
    size_t i = 0;

    while (strcmp(groups[i].path, path) != 0)
        i++;
    return &groups[i];
}

void api_settings_get(struct api *api, struct request *request)
{
    const struct settings *settings = panel_settings(api->panel);
    const struct group *group = group_of(request);
    const void *value =
        group->is_device ? (const void *)&settings->device : (const void *)&settings->calls;
    char text[MAX_ANSWER];

    if (member_json_write(group->table, value, text, sizeof(text)))
        request_answer_json(request, 200, text);
    else
        request_answer_error(request, 500, "The answer is too long");
}

static int edit(struct settings *settings, struct request *request, struct field_error *ret_error)
{
    const struct group *group = group_of(request);
    size_t len;
    const char *body = request_body(request, &len);

    if (group->is_device)
        return device_settings_read(group->table, body, len, &settings->device, ret_error);
    return member_json_read(group->table, body, len, &settings->calls, ret_error);
}

void api_settings_post(struct api *api, struct request *request)
{
    api_change(api, request, edit);
}

static void switch_https(struct api *api)
{
    if (api->switch_https)
        api->switch_https(api->switch_arg);
}

/* web/ssl: the answer goes out first, then the listener comes or goes. */
void api_web_ssl_post(struct api *api, struct request *request)
{
    api_change_then(api, request, edit, switch_https);
}
