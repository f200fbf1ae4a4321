/* SPDX-License-Identifier: MIT */
/* api_photo.c - a picture of the panel's camera. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/api.h"
#include "http/response.h"
#include "panel/panel.h"

static void answer_disabled(struct request *request)
{
    static const char text[] = "This feature is disabled on your device";
    struct response *response = response_static(text, sizeof(text) - 1);

    response_header(response, "Content-Type", "text/plain");
    response_header(response, "Cache-Control", "no-store");
    request_answer(request, 404, response);
}

/* The request outlives the server: it is looked at before anything else. */
static void on_photo(unsigned char *data, size_t len, int err, void *arg)
{
    struct request *request = arg;
    struct response *response = NULL;

    if (request_is_orphan(request)) {
        free(data);
        request_answer(request, 503, NULL);
        return;
    }
    if (err) {
        log_warn("http: the camera gives no picture: %s", strerror(err));
        request_answer_error(request, 503, "The camera gives no picture");
        return;
    }
    response = response_taken(data, len);
    response_header(response, "Content-Type", "image/jpeg");
    response_header(response, "Cache-Control", "no-store");
    request_answer(request, 200, response);
}

void api_photo_get(struct api *api, struct request *request)
{
    int err = panel_photo(api->panel, on_photo, request);

    if (err == ENOTSUP)
        answer_disabled(request);
    else if (err == EBUSY)
        request_answer_error(request, 503, "Too many pictures at once");
    else if (err)
        request_answer_error(request, 500, strerror(err));
}
