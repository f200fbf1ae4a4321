/* SPDX-License-Identifier: MIT */
#include "http/page.h"

#include <string.h>

#include "http/embedded.h"
#include "http/request.h"
#include "http/response.h"

static const struct {
    const char *name;
    const char *value;
} headers[] = {
    {"Cache-Control", "no-cache"},
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
     "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
};

/* If-None-Match is a list; our tags hold nothing that could be part of another one. */
static bool is_known(const struct request *request, const struct embedded *file)
{
    const char *tags = request_header(request, "If-None-Match");

    return tags && (strstr(tags, file->etag) || strcmp(tags, "*") == 0);
}

void page_serve(struct request *request)
{
    const char *path = request_path(request);
    const struct embedded *file = embedded_find(strcmp(path, "/") == 0 ? "/index.html" : path);
    struct response *response;
    unsigned status = 200;

    if (!file || strcmp(path, "/openapi.yaml") == 0) {
        request_answer_error(request, 404, "Not found");
        return;
    }
    if (request_method(request) != METHOD_GET && request_method(request) != METHOD_HEAD) {
        response = response_json("{\"error\":\"Method not allowed\"}",
                                 strlen("{\"error\":\"Method not allowed\"}"));
        response_header(response, "Allow", "GET, HEAD");
        request_answer(request, 405, response);
        return;
    }
    if (is_known(request, file)) {
        response = response_static("", 0);
        status = 304;
    } else {
        response = response_static(file->data, file->len);
        response_header(response, "Content-Type", file->content_type);
    }
    response_header(response, "ETag", file->etag);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        response_header(response, headers[i].name, headers[i].value);
    request_answer(request, status, response);
}
