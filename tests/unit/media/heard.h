/* SPDX-License-Identifier: MIT */
/* heard.h - what is in a sound file: for tests that listen. */
#ifndef HEARD_H
#define HEARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEARD_MAX = 8000 * 10 };

struct heard {
    int16_t samples[HEARD_MAX];
    size_t n; /* from the first loud block of 10 ms to the last */
};

/* The file as it is, found by its 44 byte header. Aborts if it is not a WAV file: tests only. */
void heard_read(struct heard *heard, const char *path);

/* Level in dBov of what has that frequency (Goertzel), and of all. */
double heard_tone_dbov(const struct heard *heard, double hz);
double heard_dbov(const struct heard *heard);

/* Blocks of 10 ms, from the first loud one to the last, that are 10 dB below all. */
unsigned heard_gaps(const struct heard *heard);

#endif
