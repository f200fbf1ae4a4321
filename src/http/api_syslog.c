/* SPDX-License-Identifier: MIT */
/* api_syslog.c - where events are sent as syslog lines. */
#include <errno.h>
#include <string.h>

#include "http/api.h"
#include "panel/panel.h"
#include "settings/member_json.h"

enum { MAX_ANSWER = 2 * 1024 };

static const struct member_table *table_of(struct request *request)
{
    bool is_ours = strstr(request_match(request)->route->path, "/portero/") != NULL;

    return is_ours ? &syslog_settings_transport : &syslog_settings_server;
}

void api_syslog_get(struct api *api, struct request *request)
{
    char text[MAX_ANSWER];

    if (member_json_write(table_of(request), &panel_settings(api->panel)->syslog, text,
                          sizeof(text)))
        request_answer_json(request, 200, text);
    else
        request_answer_error(request, 500, "The answer is too long");
}

static int edit(struct settings *settings, struct request *request, struct field_error *ret_error)
{
    size_t len;
    const char *body = request_body(request, &len);
    int err = member_json_read(table_of(request), body, len, &settings->syslog, ret_error);

    if (!err && !syslog_settings_check(&settings->syslog, ret_error))
        err = EINVAL;
    return err;
}

void api_syslog_post(struct api *api, struct request *request)
{
    api_change(api, request, edit);
}
