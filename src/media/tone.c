/* SPDX-License-Identifier: MIT */
#include "media/tone.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { RATE_HZ = 8000 };

int tone_init(struct tone *tone, unsigned hz, int dbov, unsigned on_ms, unsigned off_ms)
{
    if (hz < TONE_MIN_HZ || hz > TONE_MAX_HZ || dbov < TONE_MIN_DBOV || dbov > TONE_MAX_DBOV)
        return EINVAL;
    memset(tone, 0, sizeof(*tone));
    tone->step = (double)hz / RATE_HZ;
    tone->amplitude = 32768.0 * sqrt(2.0) * pow(10.0, dbov / 20.0);
    tone->on = on_ms * (RATE_HZ / 1000);
    tone->period = off_ms ? tone->on + off_ms * (RATE_HZ / 1000) : 0;
    return 0;
}

void tone_play(struct tone *tone, int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (tone->period && tone->at >= tone->on) {
            samples[i] = 0;
            tone->phase = 0.0; /* begins anew without a click */
        } else {
            samples[i] = (int16_t)lrint(tone->amplitude * sin(2.0 * M_PI * tone->phase));
            tone->phase += tone->step;
            if (tone->phase >= 1.0)
                tone->phase -= 1.0;
        }
        if (tone->period)
            tone->at = (tone->at + 1) % tone->period;
    }
}
