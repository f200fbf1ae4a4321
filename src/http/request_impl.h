/* SPDX-License-Identifier: MIT */
/* request_impl.h - the inside of a request, for server.c and request.c only. A connection
 * serves one request at a time, so both are one struct and a request allocates nothing. */
#ifndef HTTP_REQUEST_IMPL_H
#define HTTP_REQUEST_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/peer.h"
#include "http/request.h"

struct MHD_Connection;
struct server;
struct tls_identity;

struct request {
    /* the connection */
    struct server *server;      /* NULL: orphan */
    struct MHD_Connection *mhd; /* borrowed; NULL: orphan */
    struct request *sooner;     /* all connections, by deadline */
    struct request *later;
    uint64_t deadline_ms; /* the next answer must be out by then */
    struct peer peer;
    struct tls_identity *identity; /* shown in its handshake; owned; NULL: none yet, or no TLS */
    bool is_suspended;

    /* its request of the moment; begin() in server.c clears from here on */
    enum method method;
    const char *path; /* borrowed from the connection */
    struct route_match match;
    char *body;
    size_t body_len;
    size_t body_size;
    uint64_t received; /* bytes of body, also those thrown away */
    bool is_handled;   /* somebody is about to answer */
    bool is_answered;
    bool is_stream; /* the answer has no length and no deadline */
    unsigned status;
    struct response *response; /* owned; NULL though answered: close */
};

/* Add to the body. Beyond REQUEST_MAX_BODY it is only counted.
 * Returns 0 or ENOMEM. */
int request_add_body(struct request *request, const char *data, size_t len);

/* Wipes and frees what belongs to the request of the moment. */
void request_clear(struct request *request);

/* A suspended request was answered: go on with it. In server.c. */
void server_resume(struct server *server, struct request *request);

#endif
