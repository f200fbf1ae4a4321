/* SPDX-License-Identifier: MIT */
#include "fake_request.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_request_init(struct request *request, unsigned number, const char *body)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000207)};

    memset(request, 0, sizeof(*request));
    request->match.numbers[0] = number;
    request->body = body;
    peer_init(&request->peer, (const struct sockaddr *)(const void *)&in);
}

bool request_is_orphan(const struct request *request)
{
    (void)request;
    return false;
}

const char *request_body(const struct request *request, size_t *ret_len)
{
    *ret_len = strlen(request->body);
    return request->body;
}

const char *request_query(const struct request *request, const char *name)
{
    return request->query[0] && !strcmp(request->query[0], name) ? request->query[1] : NULL;
}

const struct peer *request_peer(const struct request *request)
{
    return &request->peer;
}

struct route_match *request_match(struct request *request)
{
    return &request->match;
}

void request_answer(struct request *request, unsigned status, struct response *response)
{
    if (request->status || response)
        abort(); /* twice, or what cannot be looked into */
    request->status = status;
}

void request_answer_json(struct request *request, unsigned status, const char *text)
{
    request_answer(request, status, NULL);
    (void)snprintf(request->answer, sizeof(request->answer), "%s", text);
}

void request_answer_object(struct request *request, unsigned status, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);

    if (!text)
        abort();
    request_answer_json(request, status, text);
    free(text);
    json_decref(object);
}

void request_answer_error(struct request *request, unsigned status, const char *error)
{
    request_answer_object(request, status, json_pack("{s:s}", "error", error));
}
