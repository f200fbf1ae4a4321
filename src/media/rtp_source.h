/* SPDX-License-Identifier: MIT */
/* rtp_source.h - whom we listen to, and so where we send to (symmetric RTP): the first who sends,
 * then no other host, but for the one that the other side has told us by SIP, which comes before
 * all. The first has to be believed: a phone behind a NAT tells an address that it cannot be
 * reached at, and where it really is shows only by what it sends. Who could take its place has to
 * find our port before its first packet comes, some ms after the answer; later nobody can slip
 * sound or digits into a call. Pure; one thread at a time. */
#ifndef MEDIA_RTP_SOURCE_H
#define MEDIA_RTP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

struct rtp_source;
struct sa;

enum {
    RTP_SOURCE_SILENT_MS = 5000, /* from then on another port of that host may take its place */
    RTP_SOURCE_LEFT_MS = 500,    /* what may still be under way from where it was before */
};

/* Nobody told yet, nobody heard. Returns 0 or ENOMEM; caller owns *ret_source. */
int rtp_source_new(struct rtp_source **ret_source);

/* NULL is fine; returns NULL. */
struct rtp_source *rtp_source_free(struct rtp_source *source);

/* The other side says by SIP where it is. 0.0.0.0 and :: (hold) change nothing. Another address
 * than before: who was listened to is left. */
void rtp_source_tell(struct rtp_source *source, const struct sa *told, uint64_t now_ms);

/* A good packet came from there. Is it to be used? */
bool rtp_source_hear(struct rtp_source *source, const struct sa *from, uint64_t now_ms);

/* Where to send to; NULL: nowhere. Valid until the next call. */
const struct sa *rtp_source_target(const struct rtp_source *source);

#endif
