/* SPDX-License-Identifier: MIT */
/* jitter_buffer.h - puts received frames in order and gives one out each ptime. Its delay follows
 * the jitter of the network, is bounded, and never grows by clock drift: what comes too much is
 * dropped, best where it is quiet. One thread at a time. No allocation after it was made. */
#ifndef MEDIA_JITTER_BUFFER_H
#define MEDIA_JITTER_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jitter_buffer;

enum {
    JITTER_BUFFER_MAX_FRAME = 480, /* bytes of payload: 60 ms of G.711 */
    JITTER_BUFFER_MAX_DELAY_MS = 200,
    JITTER_BUFFER_START_DELAY_MS = 40,
};

enum jitter_result {
    JITTER_FRAME,   /* a frame is due and there */
    JITTER_LOST,    /* one is due, but was lost or is late: conceal it */
    JITTER_NOTHING, /* none is due: nothing received yet, or the sender has paused */
};

struct jitter_stats {
    uint32_t received;
    uint32_t lost;       /* due and not there */
    uint32_t late;       /* came after they were due */
    uint32_t duplicates; /* dropped */
    uint32_t dropped;    /* to bring the delay down, or no room */
    uint32_t jitter_ts;  /* RFC 3550 section 6.4.1, timestamp units */
    unsigned delay_ms;   /* now */
};

/* Returns 0, EINVAL (rate or ptime of 0) or ENOMEM. Caller owns *ret_buffer. */
int jitter_buffer_new(unsigned rate_hz, unsigned ptime_ms, struct jitter_buffer **ret_buffer);
struct jitter_buffer *jitter_buffer_free(struct jitter_buffer *buffer);

/* Another source, or a sender that has started anew: forget all but the statistics. */
void jitter_buffer_reset(struct jitter_buffer *buffer);

/* A frame has come in at now_ms (monotonic). Payloads of any length up to JITTER_BUFFER_MAX_FRAME:
 * senders may change their ptime; longer ones return EMSGSIZE. Returns 0, EALREADY (duplicate),
 * ETIME (too late) or EMSGSIZE. */
int jitter_buffer_put(struct jitter_buffer *buffer, uint16_t sequence, uint32_t timestamp,
                      const uint8_t *payload, size_t len, uint64_t now_ms);

/* What is to be played for the next ptime_ms, from now_ms on. payload: ptime_ms of samples, one
 * byte each, for JITTER_FRAME only. */
enum jitter_result jitter_buffer_get(struct jitter_buffer *buffer, uint64_t now_ms,
                                     uint8_t payload[JITTER_BUFFER_MAX_FRAME], size_t *ret_len);

void jitter_buffer_stats(const struct jitter_buffer *buffer, struct jitter_stats *ret_stats);

#endif
