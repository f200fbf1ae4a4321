/* SPDX-License-Identifier: MIT */
/* api_events.c - the events as they happen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http/api.h"
#include "http/event_streams.h"
#include "http/response.h"

enum { MAX_DIGITS = 18 };

/* Where a client goes on: what it has seen last, or what the address says. Without both from now
 * on. Returns false if that is no number. */
static bool read_after(const struct request *request, int64_t *ret_after)
{
    const char *text = request_header(request, "Last-Event-ID");

    *ret_after = INT64_MAX;
    if (!text || !*text)
        text = request_query(request, "after");
    if (!text || !*text)
        return true;
    if (strlen(text) > MAX_DIGITS || strspn(text, "0123456789") != strlen(text))
        return false;
    *ret_after = strtoll(text, NULL, 10);
    return true;
}

static void answer_head(struct request *request)
{
    struct response *response = response_static("", 0);

    response_header(response, "Content-Type", "text/event-stream");
    response_header(response, "Cache-Control", "no-store");
    request_answer(request, 200, response);
}

static void answer_busy(struct request *request, const char *text)
{
    struct response *response = response_json(text, strlen(text));

    response_header(response, "Retry-After", "15");
    request_answer(request, 503, response);
}

void api_events_get(struct api *api, struct request *request)
{
    int64_t after;
    int err;

    if (!read_after(request, &after)) {
        request_answer_error(request, 400, "Wrong number: Last-Event-ID or after");
        return;
    }
    if (request_method(request) == METHOD_HEAD) {
        answer_head(request);
        return;
    }
    err = api->streams ? event_streams_add(api->streams, request, after) : ENOENT;
    if (err == EBUSY)
        answer_busy(request, "{\"error\":\"Too many listen already\"}");
    else if (err)
        answer_busy(request, "{\"error\":\"Nothing to listen to\"}");
}
