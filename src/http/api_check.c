/* SPDX-License-Identifier: MIT */
/* api_check.c - sip/check, sip/accounts/{n}/check: the answer comes when all steps are done. */
#include <errno.h>
#include <string.h>

#include "http/api.h"
#include "http/report_json.h"
#include "panel/panel.h"

static void on_checked(const struct report *report, void *arg)
{
    struct request *request = arg;

    if (request_is_orphan(request) || !report)
        request_answer(request, 503, NULL);
    else
        request_answer_object(request, 200, report_to_json(report));
}

static void start(struct api *api, struct request *request, unsigned account)
{
    int err = panel_sip_check(api->panel, account, on_checked, request);

    if (err == EBUSY)
        request_answer_error(request, 409, "A check is running already");
    else if (err)
        request_answer_error(request, 503, strerror(err));
}

void api_check_post(struct api *api, struct request *request)
{
    start(api, request, 1);
}

void api_second_check_post(struct api *api, struct request *request)
{
    start(api, request, 2);
}
