/* SPDX-License-Identifier: MIT */
/* request.h - one request, for those who answer it. Loop thread only. Never blocks.
 * A request lives until it is answered, even if the server is freed before: then it is an
 * orphan, has no headers and no query any more, and answering it only frees it. Whoever
 * kept it for later must look at request_is_orphan before using anything else of http. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "http/route.h"

struct request;
struct peer;
struct json_t;
struct response;

enum { REQUEST_MAX_BODY = 64 * 1024 };

bool request_is_orphan(const struct request *request);

/* METHOD_OTHER for one that no route has. */
enum method request_method(const struct request *request);

/* Without the query, unescaped. */
const char *request_path(const struct request *request);

/* name in any case. NULL if absent. Borrowed until the answer. */
const char *request_header(const struct request *request, const char *name);

/* Unescaped, '+' as a space. NULL if absent or without '='. Borrowed until the answer. */
const char *request_query(const struct request *request, const char *name);

/* Never NULL; with a NUL behind it, which does not count. Borrowed until the answer. */
const char *request_body(const struct request *request, size_t *ret_len);

/* Who asks. Valid for orphans, too. Borrowed until the answer. */
const struct peer *request_peer(const struct request *request);

/* The row that serves it; kept here for those who answer later. */
struct route_match *request_match(struct request *request);

/* Exactly once. From then on request is not the caller's to use.
 * response is taken; NULL (no memory): the connection is closed. */
void request_answer(struct request *request, unsigned status, struct response *response);

/* The same with a text of JSON, copied. */
void request_answer_json(struct request *request, unsigned status, const char *text);

/* The same with a JSON object, taken; NULL is no memory. */
void request_answer_object(struct request *request, unsigned status, struct json_t *object);

/* An answer that goes on until the client goes or read returns RESPONSE_END. It has no deadline.
 * response: of response_stream; taken; its read is called from the loop whenever the client can
 * take more. request stays valid until its gone is called, which may be from inside this. */
void request_answer_stream(struct request *request, unsigned status, struct response *response);

/* For read: leave it alone until request_wake. Returns what read shall return. */
ssize_t request_pause(struct request *request);

/* A stream has more to read, or its end. Does nothing unless it is paused. Other streams' read and
 * gone may be called from inside. Not from read or gone. */
void request_wake(struct request *request);

/* Cut a stream that does not read; gone is called later. */
void request_cut(struct request *request);

/* Has the client closed its side? Of a stream that is paused nobody else would notice. */
bool request_is_left(const struct request *request);

/* {"error":error} */
void request_answer_error(struct request *request, unsigned status, const char *error);

#endif
