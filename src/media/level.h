/* SPDX-License-Identifier: MIT */
/* level.h - how loud sound of 8 kHz is, second by second. One thread at a time. No allocation. */
#ifndef MEDIA_LEVEL_H
#define MEDIA_LEVEL_H

#include <stddef.h>
#include <stdint.h>

enum { LEVEL_SILENT_DBOV = -127 };

/* A value to embed; members are level.c's own. */
struct level {
    uint64_t squares;
    unsigned n; /* samples in it */
    int dbov;
};

/* Nothing heard yet. */
void level_init(struct level *level);
void level_hear(struct level *level, const int16_t *samples, size_t n);

/* Of the last whole second, rounded: 0 is a square wave of full scale, LEVEL_SILENT_DBOV nothing.
 */
int level_dbov(const struct level *level);

#endif
