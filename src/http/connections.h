/* SPDX-License-Identifier: MIT */
/* connections.h - the server's connections: each must have its next request answered by a
 * deadline, else it is cut; and none may have too many from one address. For server.c only.
 * Loop thread only. Never blocks. */
#ifndef HTTP_CONNECTIONS_H
#define HTTP_CONNECTIONS_H

#include "base/timer.h"

struct peer;
struct request;

/* A value to embed; members are connections.c's own, but for reading. */
struct connections {
    struct request *soonest; /* by deadline: all have the same time, so that is by start */
    struct request *latest;
    unsigned request_s;
    unsigned count;
    unsigned peak; /* most of them since memory was given back */
    struct timer deadline_timer;
    struct timer trim_timer;
};

/* request_s: from an answer, or the connect, to the next request's end. */
void connections_init(struct connections *connections, unsigned request_s);

/* Stops the timers. */
void connections_done(struct connections *connections);

/* request: borrowed until it is removed. */
void connections_add(struct connections *connections, struct request *request);
void connections_remove(struct connections *connections, struct request *request);

/* An answer is out, or a request goes on after it was suspended: its time begins anew. */
void connections_postpone(struct connections *connections, struct request *request);

/* How many there are from the same address (peer_is_same). */
unsigned connections_from(const struct connections *connections, const struct peer *peer);

#endif
