/* SPDX-License-Identifier: MIT */
#include "media/g711.h"

#include <rem_g711.h>

enum { LOUDEST = 32767 };

void g711_encode(enum g711_law law, const int16_t *samples, size_t n, uint8_t *ret_bytes)
{
    for (size_t i = 0; i < n; i++) {
        /* The library negates what is below zero, and -32768 has no counterpart: it would read
         * before its table. */
        int16_t sample = samples[i] < -LOUDEST ? -LOUDEST : samples[i];

        ret_bytes[i] = law == G711_U_LAW ? g711_pcm2ulaw(sample) : g711_pcm2alaw(sample);
    }
}

void g711_decode(enum g711_law law, const uint8_t *bytes, size_t n, int16_t *ret_samples)
{
    const int16_t *table = law == G711_U_LAW ? g711_u2l : g711_A2l;

    for (size_t i = 0; i < n; i++)
        ret_samples[i] = table[bytes[i]];
}
