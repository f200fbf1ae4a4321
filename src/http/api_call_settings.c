/* SPDX-License-Identifier: MIT */
/* api_call_settings.c - how the panel calls: settings of which each route shows a few. */
#include <errno.h>
#include <string.h>

#include "http/api.h"
#include "panel/panel.h"
#include "settings/member_json.h"

enum { MAX_ANSWER = 8 * 1024 };

static const struct {
    const char *path;
    const struct member_table *table;
} groups[] = {
    {"/api/v1/device/call/dial/timeout", &call_settings_dial},
    {"/api/v1/device/call/talk/timeout", &call_settings_talk},
    {"/api/v1/device/call/concierge", &call_settings_concierge},
    {"/api/v1/device/call/auto_answer", &call_settings_auto_answer},
    {"/api/v1/device/call/drop", &call_settings_drop},
    {"/api/v1/device/call/drop/lock-open", &call_settings_drop_by_open},
    {"/api/v1/device/settings/volume", &call_settings_volume},
    {"/api/v1/device/settings/mic", &call_settings_gain},
    {"/api/portero/v1/calls/settings", &call_settings_callers},
};

/* Each of these routes has a row there. */
static const struct member_table *table_of(struct request *request)
{
    const char *path = request_match(request)->route->path;
    size_t i = 0;

    while (strcmp(groups[i].path, path) != 0)
        i++;
    return groups[i].table;
}

void api_call_settings_get(struct api *api, struct request *request)
{
    char text[MAX_ANSWER];

    if (member_json_write(table_of(request), &panel_settings(api->panel)->calls, text,
                          sizeof(text)))
        request_answer_json(request, 200, text);
    else
        request_answer_error(request, 500, "The answer is too long");
}

static int edit(struct settings *settings, struct request *request, struct field_error *ret_error)
{
    size_t len;
    const char *body = request_body(request, &len);

    return member_json_read(table_of(request), body, len, &settings->calls, ret_error);
}

void api_call_settings_post(struct api *api, struct request *request)
{
    api_change(api, request, edit);
}
