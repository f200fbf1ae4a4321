/* SPDX-License-Identifier: MIT */
/* fake_request.h - a request (request.h) without a server: for tests of single handlers. It keeps
 * what was answered. */
#ifndef FAKE_REQUEST_H
#define FAKE_REQUEST_H

#include "http/peer.h"
#include "http/request.h"

struct request {
    struct route_match match;
    struct peer peer; /* 192.0.2.7 */
    const char *body;
    const char *query[2]; /* a name and its value; NULL: none */
    unsigned status;      /* 0: not answered yet */
    char answer[1000];
};

/* number: in the place of {n}. body: borrowed. */
void fake_request_init(struct request *request, unsigned number, const char *body);

#endif
