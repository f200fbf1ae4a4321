/* SPDX-License-Identifier: MIT */
#include "http/request.h"

#include <errno.h>
#include <jansson.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/request_impl.h"
#include "http/response.h"
#include "http/tls_identity.h"

enum {
    BODY_FIRST_SIZE = 1024,
    STREAM_SILENCE_MS = 30 * 1000, /* what a client that was unplugged leaves unacknowledged */
};

bool request_is_orphan(const struct request *request)
{
    return !request->server;
}

enum method request_method(const struct request *request)
{
    return request->method;
}

const char *request_path(const struct request *request)
{
    return request->path;
}

const char *request_header(const struct request *request, const char *name)
{
    if (!request->mhd)
        return NULL;
    return MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, name);
}

const char *request_query(const struct request *request, const char *name)
{
    if (!request->mhd)
        return NULL;
    return MHD_lookup_connection_value(request->mhd, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_body(const struct request *request, size_t *ret_len)
{
    *ret_len = request->body_len;
    return request->body ? request->body : "";
}

const struct peer *request_peer(const struct request *request)
{
    return &request->peer;
}

struct route_match *request_match(struct request *request)
{
    return &request->match;
}

/* A body may hold passwords: no copy stays behind in freed memory, so no realloc. */
static int grow_body(struct request *request, size_t need)
{
    size_t size = request->body_size ? request->body_size : BODY_FIRST_SIZE;
    char *body;

    while (size < need)
        size *= 2;
    if (size == request->body_size)
        return 0;
    body = malloc(size);
    if (!body)
        return ENOMEM;
    if (request->body) {
        memcpy(body, request->body, request->body_len);
        explicit_bzero(request->body, request->body_len);
        free(request->body);
    }
    request->body = body;
    request->body_size = size;
    return 0;
}

int request_add_body(struct request *request, const char *data, size_t len)
{
    int err;

    request->received += len;
    if (request->received > REQUEST_MAX_BODY)
        return 0;
    err = grow_body(request, request->body_len + len + 1);
    if (err)
        return err;
    memcpy(request->body + request->body_len, data, len);
    request->body_len += len;
    request->body[request->body_len] = '\0';
    return 0;
}

void request_clear(struct request *request)
{
    if (request->body) {
        explicit_bzero(request->body, request->body_len);
        free(request->body);
        request->body = NULL;
    }
    request->body_len = 0;
    request->body_size = 0;
    request->response = response_free(request->response);
}

void request_answer(struct request *request, unsigned status, struct response *response)
{
    request->response = response;
    if (!request->server) {
        request_clear(request);
        tls_identity_free(request->identity);
        free(request);
        return;
    }
    request->status = status;
    request->is_answered = true;
    if (request->is_suspended)
        server_resume(request->server, request);
}

static int descriptor(const struct request *request)
{
    const union MHD_ConnectionInfo *info =
        request->mhd ? MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_CONNECTION_FD)
                     : NULL;

    return info ? info->connect_fd : -1;
}

void request_answer_stream(struct request *request, unsigned status, struct response *response)
{
    const unsigned silence_ms = STREAM_SILENCE_MS;

    if (request->server) {
        request->is_stream = true;
        /* Fails for a socket that is no TCP: nobody can unplug that. */
        (void)setsockopt(descriptor(request), IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms,
                         sizeof(silence_ms));
    }
    request_answer(request, status, response);
}

ssize_t request_pause(struct request *request)
{
    request->is_suspended = true;
    MHD_suspend_connection(request->mhd);
    return 0;
}

void request_wake(struct request *request)
{
    if (request->is_suspended)
        server_resume(request->server, request);
}

void request_cut(struct request *request)
{
    /* The library then sees the end of the stream and closes as usual. */
    (void)shutdown(descriptor(request), SHUT_RDWR);
    request_wake(request);
}

bool request_is_left(const struct request *request)
{
    struct pollfd fd = {.fd = descriptor(request), .events = POLLRDHUP};

    return poll(&fd, 1, 0) == 1;
}

void request_answer_json(struct request *request, unsigned status, const char *text)
{
    request_answer(request, status, response_json(text, strlen(text)));
}

void request_answer_object(struct request *request, unsigned status, struct json_t *object)
{
    size_t len = object ? json_dumpb(object, NULL, 0, JSON_COMPACT) : 0;
    char *text = len ? malloc(len) : NULL;
    struct response *response = NULL;

    if (text) {
        /* The second time it may lack memory: then there is not all of it in text. */
        if (json_dumpb(object, text, len, JSON_COMPACT) == len)
            response = response_json(text, len);
        explicit_bzero(text, len); /* may be a new token */
        free(text);
    }
    json_decref(object);
    request_answer(request, status, response);
}

void request_answer_error(struct request *request, unsigned status, const char *error)
{
    request_answer_object(request, status, json_pack("{s:s}", "error", error));
}
