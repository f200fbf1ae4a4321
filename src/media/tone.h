/* SPDX-License-Identifier: MIT */
/* tone.h - a sine tone at 8 kHz, steady or with pauses. One thread at a time. No allocation. */
#ifndef MEDIA_TONE_H
#define MEDIA_TONE_H

#include <stddef.h>
#include <stdint.h>

enum {
    TONE_MIN_HZ = 20,
    TONE_MAX_HZ = 3900,
    TONE_MIN_DBOV = -90,
    TONE_MAX_DBOV = -4, /* a sine of full scale has -3 */
};

/* A value to embed; members are tone.c's own. */
struct tone {
    double phase, step; /* in turns */
    double amplitude;
    unsigned on, period; /* samples; period 0: no pauses */
    unsigned at;
};

/* dbov: level of the tone against a square wave of full scale.
 * on_ms, off_ms: 0, 0 for a steady one. Returns 0 or EINVAL (out of the ranges above). */
int tone_init(struct tone *tone, unsigned hz, int dbov, unsigned on_ms, unsigned off_ms);

/* The next n samples. */
void tone_play(struct tone *tone, int16_t *samples, size_t n);

#endif
