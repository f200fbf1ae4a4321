/* SPDX-License-Identifier: MIT */
/* concealer.h - fills in for lost frames (after ITU-T G.711 Appendix I): repeats the last pitch
 * period, fades out, and joins smoothly when sound is back. One thread at a time. No allocation. */
#ifndef MEDIA_CONCEALER_H
#define MEDIA_CONCEALER_H

#include <stddef.h>
#include <stdint.h>

enum { CONCEALER_HISTORY = 390, CONCEALER_MAX_PITCH = 120, CONCEALER_FADE_MS = 60 };

/* A value to embed; members are concealer.c's own. 8 kHz. All zero: nothing heard yet. */
struct concealer {
    int16_t history[CONCEALER_HISTORY];  /* what was heard or filled in last, newest at the end */
    size_t heard;                        /* of it */
    int16_t period[CONCEALER_MAX_PITCH]; /* what is repeated */
    size_t pitch;                        /* how much of it; 0: nothing to repeat */
    size_t offset;                       /* into it */
    size_t filled;                       /* samples filled in since the last good frame */
    int step;                            /* at the first of them: smoothed away after it */
};

/* A good frame of n samples was received: remembered, and joined with what was filled in
 * before (up to 10 ms at its begin are changed then). */
void concealer_hear(struct concealer *concealer, int16_t *samples, size_t n);

/* Make n samples where none were received: of a lost frame (JITTER_LOST) or of a pause
 * (JITTER_NOTHING). Silence after CONCEALER_FADE_MS, and before anything was heard. */
void concealer_fill(struct concealer *concealer, int16_t *samples, size_t n);

#endif
