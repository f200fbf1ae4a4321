/* SPDX-License-Identifier: MIT */
#include "media/g711.h"

#include <stdbool.h>

#include <rem_g711.h>

enum {
    LOUDEST = 32767,
    U_LAW_ZERO = 0xff,
    U_LAW_MINUS_ZERO = 0x7f,
};

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
    if (law == G711_A_LAW) {
        for (size_t i = 0; i < n; i++)
            ret_samples[i] = g711_alaw2pcm(bytes[i]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bool is_zero = bytes[i] == U_LAW_ZERO || bytes[i] == U_LAW_MINUS_ZERO;

        ret_samples[i] = is_zero ? 0 : g711_ulaw2pcm(bytes[i]); /* 2 and -2 in the library */
    }
}
