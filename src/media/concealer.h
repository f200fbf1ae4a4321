/* SPDX-License-Identifier: MIT */
/* concealer.h - fills in for lost frames (as ITU-T G.711 Appendix I): repeats the last pitch
 * period, fades out, and joins smoothly when sound is back. One thread at a time. No allocation. */
#ifndef MEDIA_CONCEALER_H
#define MEDIA_CONCEALER_H

#include <stddef.h>
#include <stdint.h>

enum { CONCEALER_HISTORY = 390, CONCEALER_FADE_MS = 60 };

/* A value to embed; members are concealer.c's own. 8 kHz. All zero: nothing heard yet. */
struct concealer {
    int16_t history[CONCEALER_HISTORY];
    size_t history_len;
    size_t pitch;       /* samples of the period being repeated; 0: not concealing */
    size_t offset;      /* into that period */
    unsigned filled_ms; /* how long it has been filling in */
    int16_t tail[80];   /* continued beyond the last filled frame, to join with */
};

/* A good frame of n samples was received: remembered, and joined with what was filled in
 * before (samples are changed then). */
void concealer_hear(struct concealer *concealer, int16_t *samples, size_t n);

/* Make n samples for a frame that was lost; silence after CONCEALER_FADE_MS. */
void concealer_fill(struct concealer *concealer, int16_t *samples, size_t n);

#endif
