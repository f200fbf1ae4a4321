/* SPDX-License-Identifier: MIT */
#include "media/level.h"

#include <math.h>

enum { RATE_HZ = 8000 };

void level_init(struct level *level)
{
    *level = (struct level){.dbov = LEVEL_SILENT_DBOV};
}

static void finish_second(struct level *level)
{
    double rms = sqrt((double)level->squares / level->n);

    level->dbov = rms > 0.0 ? (int)lrint(20.0 * log10(rms / 32768.0)) : LEVEL_SILENT_DBOV;
    level->squares = 0;
    level->n = 0;
}

void level_hear(struct level *level, const int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        level->squares += (uint64_t)((int32_t)samples[i] * samples[i]);
        if (++level->n == RATE_HZ)
            finish_second(level);
    }
}

int level_dbov(const struct level *level)
{
    return level->dbov;
}
