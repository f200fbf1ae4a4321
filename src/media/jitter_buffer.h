/* SPDX-License-Identifier: MIT */
/* jitter_buffer.h - puts received samples in order and gives out ptime_ms of them at a time. Its
 * delay follows the jitter of the network, is bounded, and never grows by clock drift: what comes
 * too much is left out, best where it is quiet. One thread at a time. No allocation after it was
 * made. */
#ifndef MEDIA_JITTER_BUFFER_H
#define MEDIA_JITTER_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct jitter_buffer;

enum {
    JITTER_BUFFER_MAX_FRAME = 480, /* samples: 60 ms of G.711 */
    JITTER_BUFFER_MAX_DELAY_MS = 200,
    JITTER_BUFFER_START_DELAY_MS = 30,
};

enum jitter_result {
    JITTER_FRAME,   /* a frame is due and there */
    JITTER_LOST,    /* one is due, but was lost or is late: conceal it */
    JITTER_NOTHING, /* none is due: nothing received yet, or the sender has paused */
};

struct jitter_stats {
    uint32_t received;   /* packets: all but duplicates and strays */
    uint32_t lost;       /* frames of ptime_ms that were due and not there */
    uint32_t late;       /* packets that came after they were due; thrown away */
    uint32_t duplicates; /* packets; thrown away */
    uint32_t dropped;    /* frames left out to bring the delay down; strays */
    uint32_t jitter_ts;  /* RFC 3550 section 6.4.1, timestamp units */
    unsigned delay_ms;   /* from coming in to being given out, on average of late */
};

/* rate_hz: 8000 or 16000. ptime_ms: of what is given out; it makes 1 to JITTER_BUFFER_MAX_FRAME
 * samples. Returns 0, EINVAL or ENOMEM. Caller owns *ret_buffer. */
int jitter_buffer_new(unsigned rate_hz, unsigned ptime_ms, struct jitter_buffer **ret_buffer);

/* NULL is fine; returns NULL. */
struct jitter_buffer *jitter_buffer_free(struct jitter_buffer *buffer);

/* Another source (a new SSRC): forget all but the statistics. A sender that starts anew with the
 * same SSRC is noticed without this. */
void jitter_buffer_reset(struct jitter_buffer *buffer);

/* A packet came in at now_ms (monotonic); n: 1 to JITTER_BUFFER_MAX_FRAME samples, which may
 * differ from ptime_ms and from packet to packet. Returns 0, EALREADY (duplicate), ETIME (too
 * late), ERANGE (far from all others: a stray, or the sender starts anew, which is believed from
 * its second packet on) or EMSGSIZE (n). */
int jitter_buffer_put(struct jitter_buffer *buffer, uint16_t sequence, uint32_t timestamp,
                      const int16_t *samples, size_t n, uint64_t now_ms);

/* A packet of the same source that is no sound (an event, comfort noise) had this sequence number:
 * it does not count as lost. */
void jitter_buffer_skip(struct jitter_buffer *buffer, uint16_t sequence);

/* What is to be played for the next ptime_ms, from now_ms on. *ret_n is always ptime_ms of samples;
 * samples are written for JITTER_FRAME only. */
enum jitter_result jitter_buffer_get(struct jitter_buffer *buffer, uint64_t now_ms,
                                     int16_t samples[JITTER_BUFFER_MAX_FRAME], size_t *ret_n);

/* What has happened since it was made, and how things are now. */
void jitter_buffer_stats(const struct jitter_buffer *buffer, struct jitter_stats *ret_stats);

#endif
