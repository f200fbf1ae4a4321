/* SPDX-License-Identifier: MIT */
/* event_streams.h - who listens to the events as they happen (server-sent events): bounded in
 * number and in memory. A client that does not read is cut; it comes again and says what it has
 * seen last. Loop thread only. Never blocks. */
#ifndef HTTP_EVENT_STREAMS_H
#define HTTP_EVENT_STREAMS_H

#include <stdint.h>

struct auth;
struct event_streams;
struct journal;
struct request;

enum {
    EVENT_STREAMS_MAX = 16,
    EVENT_STREAMS_BEAT_MS = 15 * 1000, /* a comment, so that both ends notice if one is gone */
    EVENT_STREAMS_MAX_BYTES =
        64 * 1024, /* that one client may leave unread, besides the kernel's */
};

/* All borrowed. Returns 0 or ENOMEM; caller owns *ret_streams. */
int event_streams_new(struct journal *journal, struct auth *auth,
                      struct event_streams **ret_streams);

/* Ends all streams. NULL is fine; returns NULL. */
struct event_streams *event_streams_free(struct event_streams *streams);

/* Answer request with all events after that number, then with those that come.
 * after: what is more than any number counts as the last one.
 * Returns 0, EBUSY (too many) or ENOMEM; then request is not answered. */
int event_streams_add(struct event_streams *streams, struct request *request, int64_t after);

#endif
