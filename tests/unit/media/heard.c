/* SPDX-License-Identifier: MIT */
#include "media/heard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A jitter buffer that leaves out or adds some ms turns the phase: so levels are of short windows.
 */
enum { BLOCK = 80, WINDOW = 400, HEADER = 44, LOUD_DBOV = -40 };

static double dbov(const int16_t *samples, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)samples[i] * samples[i];
    return n && sum > 0 ? 10 * log10(sum / (double)n / 32768.0 / 32768.0) : -127;
}

void heard_read(struct heard *heard, const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned char header[HEADER];
    size_t first = 0;

    heard->n = 0;
    if (!file || fread(header, 1, HEADER, file) != HEADER || memcmp(header, "RIFF", 4) ||
        memcmp(header + 36, "data", 4))
        abort();
    heard->n = fread(heard->samples, 2, HEARD_MAX, file);
    (void)fclose(file);
    while (first + BLOCK <= heard->n && dbov(heard->samples + first, BLOCK) < LOUD_DBOV)
        first += BLOCK;
    while (heard->n >= first + BLOCK && dbov(heard->samples + heard->n - BLOCK, BLOCK) < LOUD_DBOV)
        heard->n -= heard->n % BLOCK ? heard->n % BLOCK : BLOCK;
    if (first + BLOCK > heard->n)
        first = heard->n;
    heard->n -= first;
    memmove(heard->samples, heard->samples + first, heard->n * sizeof(heard->samples[0]));
}

double heard_dbov(const struct heard *heard)
{
    return dbov(heard->samples, heard->n);
}

/* Power of the frequency in n samples (Goertzel). */
static double tone_power(const int16_t *samples, size_t n, double hz)
{
    double c = 2 * cos(2 * M_PI * hz / 8000), before = 0, last = 0, now;

    for (size_t i = 0; i < n; i++) {
        now = samples[i] + c * last - before;
        before = last;
        last = now;
    }
    /* of a sine of amplitude a this is a^2 / 2 */
    return 2 * (last * last + before * before - c * last * before) / ((double)n * (double)n);
}

double heard_tone_dbov(const struct heard *heard, double hz)
{
    double power = 0;
    size_t n_windows = heard->n / WINDOW;

    for (size_t i = 0; i < n_windows; i++)
        power += tone_power(heard->samples + i * WINDOW, WINDOW, hz) / (double)n_windows;
    return power > 0 ? 10 * log10(power / 32768.0 / 32768.0) : -127;
}

unsigned heard_gaps(const struct heard *heard)
{
    double all = heard_dbov(heard);
    unsigned gaps = 0;

    for (size_t at = 0; at + BLOCK <= heard->n; at += BLOCK)
        gaps += dbov(heard->samples + at, BLOCK) < all - 10;
    return gaps;
}
