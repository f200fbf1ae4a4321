/* SPDX-License-Identifier: MIT */
/* sample_ring.h - samples at their timestamps, with holes where none have come: what a jitter
 * buffer has. Timestamps may wrap. Pure, one thread at a time. No allocation. */
#ifndef MEDIA_SAMPLE_RING_H
#define MEDIA_SAMPLE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SAMPLE_RING_SIZE = 1 << 14 };

/* A value to embed. */
struct sample_ring {
    uint32_t first_ts; /* the next sample to be taken; it may be missing */
    uint32_t end_ts;   /* behind the last one that is there, else as first_ts */
    int16_t samples[SAMPLE_RING_SIZE];
};

/* How far b is after a. */
int32_t sample_ring_after(uint32_t a, uint32_t b);

/* Nothing there; the next sample is that of first_ts. */
void sample_ring_init(struct sample_ring *ring, uint32_t first_ts);

/* The same for a ring in use; costs only what is there. */
void sample_ring_begin(struct sample_ring *ring, uint32_t first_ts);

/* Put n samples in their place. Those before first_ts, and where there are some, are left aside.
 * All must lie within SAMPLE_RING_SIZE from first_ts on. */
void sample_ring_put(struct sample_ring *ring, uint32_t timestamp, const int16_t *samples,
                     size_t n);

/* How many from first_ts on are there or, if that one is not, are missing; up to n. */
size_t sample_ring_run(const struct sample_ring *ring, size_t n, bool *ret_is_there);

/* Are the next n there, with nothing missing? */
bool sample_ring_has(const struct sample_ring *ring, size_t n);

/* The next n, which must be there. They stay. */
void sample_ring_peek(const struct sample_ring *ring, int16_t *samples, size_t n);

/* Are the next n, which must be there, of an average size of at most level? */
bool sample_ring_is_quiet(const struct sample_ring *ring, size_t n, unsigned level);

/* Of the next 2 * n, which must be there: let the first half fade into the second, in its place. */
void sample_ring_fade(struct sample_ring *ring, size_t n);

/* The next n have been taken, or are left out. */
void sample_ring_move_on(struct sample_ring *ring, size_t n);

#endif
