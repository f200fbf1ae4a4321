/* SPDX-License-Identifier: MIT */
#include "media/concealer.h"

#include <string.h>

enum {
    PER_MS = 8,     /* samples */
    MIN_PITCH = 40, /* 200 Hz; CONCEALER_MAX_PITCH is 66 Hz */
    COMPARED = 160, /* samples that are compared with those one pitch before */
    ENOUGH = CONCEALER_MAX_PITCH + COMPARED, /* heard, before anything can be repeated */
    FULL_MS = 10,                            /* not yet fading */
    FULL_GAIN = 1 << 15,
    LONGEST_JOIN = 10 * PER_MS,
};

/* n may be more than there is room for. */
static void remember(struct concealer *concealer, const int16_t *samples, size_t n)
{
    if (n > CONCEALER_HISTORY) {
        samples += n - CONCEALER_HISTORY;
        n = CONCEALER_HISTORY;
    }
    memmove(concealer->history, concealer->history + n, (CONCEALER_HISTORY - n) * sizeof(*samples));
    memcpy(concealer->history + CONCEALER_HISTORY - n, samples, n * sizeof(*samples));
    concealer->heard += n;
    if (concealer->heard > CONCEALER_HISTORY)
        concealer->heard = CONCEALER_HISTORY;
}

/* Where the sound is most like itself. */
static size_t find_pitch(const struct concealer *concealer)
{
    const int16_t *now = concealer->history + CONCEALER_HISTORY - COMPARED;
    size_t best = CONCEALER_MAX_PITCH;
    double best_score = 0;

    for (size_t pitch = MIN_PITCH; pitch <= CONCEALER_MAX_PITCH; pitch++) {
        const int16_t *before = now - pitch;
        int64_t product = 0, energy = 0;
        double score;

        for (size_t i = 0; i < COMPARED; i++) {
            product += now[i] * before[i];
            energy += before[i] * before[i];
        }
        score = product > 0 ? (double)product * (double)product / (double)energy : 0;
        if (score > best_score) {
            best_score = score;
            best = pitch;
        }
    }
    return best;
}

/* a becomes b over n samples; i of them are over. */
static int16_t blend(int a, int b, size_t i, size_t n)
{
    return (int16_t)((a * (int)(n - i) + b * (int)i) / (int)n);
}

/* Take the last period, with its end made such that its own beginning fits behind it. */
static void start(struct concealer *concealer)
{
    const int16_t *end = concealer->history + CONCEALER_HISTORY;
    size_t pitch, join;

    concealer->pitch = 0;
    concealer->offset = 0;
    concealer->step = 0;
    if (concealer->heard < ENOUGH)
        return;
    pitch = find_pitch(concealer);
    join = pitch / 4;
    memcpy(concealer->period, end - pitch, pitch * sizeof(*end));
    for (size_t i = 0; i < join; i++)
        concealer->period[pitch - join + i] =
            blend(end[(ptrdiff_t)i - (ptrdiff_t)join],
                  end[(ptrdiff_t)i - (ptrdiff_t)join - (ptrdiff_t)pitch], i + 1, join);
    concealer->pitch = pitch;
    concealer->step = end[-1] - end[-1 - (ptrdiff_t)pitch];
}

static int gain(size_t filled)
{
    int over = (int)filled - FULL_MS * PER_MS;
    int fade = (CONCEALER_FADE_MS - FULL_MS) * PER_MS;

    return over <= 0 ? FULL_GAIN : over >= fade ? 0 : FULL_GAIN - FULL_GAIN * over / fade;
}

static int16_t clamp(int value)
{
    return (int16_t)(value > INT16_MAX ? INT16_MAX : value < -INT16_MAX ? -INT16_MAX : value);
}

/* The next sample of what is filled in. */
static int16_t next(struct concealer *concealer)
{
    int smooth = (int)concealer->pitch / 4;
    int value = 0;

    if (concealer->pitch) {
        value = concealer->period[concealer->offset];
        concealer->offset = (concealer->offset + 1) % concealer->pitch;
        if (concealer->filled < (size_t)smooth)
            value += concealer->step * (smooth - (int)concealer->filled) / smooth;
        value = clamp(value) * gain(concealer->filled) / FULL_GAIN;
    }
    if (concealer->filled < CONCEALER_FADE_MS * PER_MS)
        concealer->filled++;
    return (int16_t)value;
}

void concealer_hear(struct concealer *concealer, int16_t *samples, size_t n)
{
    /* The longer what was filled in, the less it has in common with what comes. */
    size_t join = concealer->filled <= FULL_MS * PER_MS ? LONGEST_JOIN / 2 : LONGEST_JOIN;

    if (concealer->filled) {
        join = n < join ? n : join;
        for (size_t i = 0; i < join; i++)
            samples[i] = blend(next(concealer), samples[i], i + 1, join);
        concealer->filled = 0;
    }
    remember(concealer, samples, n);
}

void concealer_fill(struct concealer *concealer, int16_t *samples, size_t n)
{
    if (!concealer->filled)
        start(concealer);
    for (size_t i = 0; i < n; i++)
        samples[i] = next(concealer);
    if (n)
        remember(concealer, samples, n);
}
