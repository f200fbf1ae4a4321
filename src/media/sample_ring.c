/* SPDX-License-Identifier: MIT */
#include "media/sample_ring.h"

#include <stdlib.h>

enum { MISSING = INT16_MIN };

static int16_t *slot(struct sample_ring *ring, uint32_t timestamp)
{
    return &ring->samples[timestamp % SAMPLE_RING_SIZE];
}

static int16_t next(const struct sample_ring *ring, size_t i)
{
    return ring->samples[(ring->first_ts + i) % SAMPLE_RING_SIZE];
}

int32_t sample_ring_after(uint32_t a, uint32_t b)
{
    return (int32_t)(b - a);
}

void sample_ring_init(struct sample_ring *ring, uint32_t first_ts)
{
    ring->first_ts = first_ts;
    ring->end_ts = first_ts;
    for (size_t i = 0; i < SAMPLE_RING_SIZE; i++)
        ring->samples[i] = MISSING;
}

void sample_ring_begin(struct sample_ring *ring, uint32_t first_ts)
{
    sample_ring_move_on(ring, ring->end_ts - ring->first_ts);
    ring->first_ts = first_ts;
    ring->end_ts = first_ts;
}

void sample_ring_put(struct sample_ring *ring, uint32_t timestamp, const int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++, timestamp++) {
        if (sample_ring_after(ring->first_ts, timestamp) >= 0 && *slot(ring, timestamp) == MISSING)
            *slot(ring, timestamp) = samples[i] == MISSING ? MISSING + 1 : samples[i];
    }
    if (sample_ring_after(ring->end_ts, timestamp) > 0)
        ring->end_ts = timestamp;
}

size_t sample_ring_run(const struct sample_ring *ring, size_t n, bool *ret_is_there)
{
    size_t i = 1;

    *ret_is_there = next(ring, 0) != MISSING;
    while (i < n && (next(ring, i) != MISSING) == *ret_is_there)
        i++;
    return i;
}

bool sample_ring_has(const struct sample_ring *ring, size_t n)
{
    bool is_there;

    return sample_ring_run(ring, n, &is_there) >= n && is_there;
}

void sample_ring_peek(const struct sample_ring *ring, int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        samples[i] = next(ring, i);
}

bool sample_ring_is_quiet(const struct sample_ring *ring, size_t n, unsigned level)
{
    size_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (size_t)abs(next(ring, i));
    return sum <= n * level;
}

void sample_ring_fade(struct sample_ring *ring, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int16_t *sample = slot(ring, ring->first_ts + (uint32_t)(n + i));

        *sample = (int16_t)((next(ring, i) * (int)(n - i) + *sample * (int)i) / (int)n);
    }
}

void sample_ring_move_on(struct sample_ring *ring, size_t n)
{
    for (; n && ring->first_ts != ring->end_ts; n--)
        *slot(ring, ring->first_ts++) = MISSING;
    ring->first_ts += (uint32_t)n;
    ring->end_ts += (uint32_t)n; /* the same, if anything of n is left */
}
