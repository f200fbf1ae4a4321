/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/concealer.h"

enum { RATE_HZ = 8000, FRAME = 160, SECONDS = 20, COUNT = SECONDS * RATE_HZ };

static const double two_pi = 6.283185307179586;

static double tone(double s)
{
    return 8000 * sin(two_pi * 440 * s);
}

/* Lower than what is looked for: what is repeated does not fit. */
static double hum(double s)
{
    return 8000 * sin(two_pi * 50 * s);
}

/* As a voice: harmonics of a pitch that moves, in syllables. */
static double voice(double s)
{
    double phase = two_pi * (120 * s + 3 * sin(two_pi * 0.5 * s)), sum = 0;

    for (int k = 1; k <= 12; k++)
        sum += sin(k * phase + k * k) / k;
    return 5000 * sum * (0.6 + 0.4 * sin(two_pi * 3 * s));
}

static double noise(double s)
{
    static unsigned random = 1; /* the same on all machines */

    (void)s;
    random = random * 1103515245U + 12345U;
    return ((random >> 16) % 4001) - 2000.0;
}

enum method { CONCEAL, SILENCE, REPEAT };

/* Lose percent of the frames, every time the same ones. Returns the error energy by that of the
 * sound; ret_step: the largest from one sample to the next. */
static double error_of(enum method method, double (*sound)(double s), unsigned percent,
                       int *ret_step)
{
    struct concealer concealer = {0};
    double error = 0, energy = 0;
    int16_t frame[FRAME], last[FRAME] = {0};
    unsigned random = 5;
    int before = 0;

    *ret_step = 0;
    for (int at = 0; at < COUNT; at += FRAME) {
        int16_t original[FRAME];

        random = random * 1103515245U + 12345U;
        for (int i = 0; i < FRAME; i++)
            frame[i] = original[i] = (int16_t)sound((double)(at + i) / RATE_HZ);
        if (at < RATE_HZ || (random >> 16) % 100 >= percent) {
            if (method == CONCEAL)
                concealer_hear(&concealer, frame, FRAME);
            memcpy(last, frame, sizeof(last));
        } else if (method == CONCEAL) {
            concealer_fill(&concealer, frame, FRAME);
        } else if (method == SILENCE) {
            memset(frame, 0, sizeof(frame));
        } else {
            memcpy(frame, last, sizeof(frame));
        }
        for (int i = 0; i < FRAME; i++) {
            int step = abs(frame[i] - before);

            *ret_step = step > *ret_step ? step : *ret_step;
            before = frame[i];
            error += (double)(frame[i] - original[i]) * (frame[i] - original[i]);
            energy += (double)original[i] * original[i];
        }
    }
    return error / energy;
}

static void test_less_error_than_silence_or_repetition(void **state)
{
    static const struct {
        const char *name;
        double (*sound)(double s);
        unsigned percent;
        double of_silence, of_repetition; /* at most this part of their error */
    } cases[] = {
        {"tone, 1 in 100", tone, 1, 0.2, 0.3},     {"tone, 5 in 100", tone, 5, 0.2, 0.3},
        {"tone, 20 in 100", tone, 20, 0.4, 0.3},   {"voice, 5 in 100", voice, 5, 0.8, 0.5},
        {"voice, 20 in 100", voice, 20, 0.9, 0.6},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int step;
        double concealed = error_of(CONCEAL, cases[i].sound, cases[i].percent, &step);
        double silence = error_of(SILENCE, cases[i].sound, cases[i].percent, &step);
        double repeated = error_of(REPEAT, cases[i].sound, cases[i].percent, &step);

        print_message("# %s: error %.4f, of silence %.4f, of repetition %.4f\n", cases[i].name,
                      concealed, silence, repeated);
        assert_true(silence > 0.005);
        assert_true(concealed < silence * cases[i].of_silence);
        assert_true(concealed < repeated * cases[i].of_repetition);
    }
}

/* No step is much larger than those of the sound itself. */
static void test_no_clicks(void **state)
{
    static double (*const sounds[])(double s) = {tone, voice, noise, hum};

    (void)state;
    for (size_t i = 0; i < sizeof(sounds) / sizeof(*sounds); i++) {
        int own, concealed, repeated;

        (void)error_of(CONCEAL, sounds[i], 0, &own);
        (void)error_of(CONCEAL, sounds[i], 10, &concealed);
        (void)error_of(REPEAT, sounds[i], 10, &repeated);
        print_message("# steps: own %d, concealed %d, repeated %d\n", own, concealed, repeated);
        assert_true(concealed < own * (sounds[i] == hum ? 3 : 1.3));
        if (sounds[i] == tone) /* there it is plain what a click is */
            assert_true(repeated > own * 2);
    }
}

static void make(double (*sound)(double s), int at, int16_t *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        samples[i] = (int16_t)sound((double)(at + (int)i) / RATE_HZ);
}

static int loudest(const int16_t *samples, size_t n)
{
    int most = 0;

    for (size_t i = 0; i < n; i++)
        most = abs(samples[i]) > most ? abs(samples[i]) : most;
    return most;
}

static void test_fades_to_silence(void **state)
{
    struct concealer concealer = {0};
    int16_t samples[FRAME];

    (void)state;
    for (int i = 0; i < 10; i++) {
        make(tone, i * FRAME, samples, FRAME);
        concealer_hear(&concealer, samples, FRAME);
    }
    concealer_fill(&concealer, samples, FRAME);
    assert_in_range(loudest(samples, 80), 7500, 8400);
    assert_in_range(loudest(samples + 80, 80), 6000, 8000);
    concealer_fill(&concealer, samples, FRAME);
    assert_in_range(loudest(samples, FRAME), 4000, 6700);
    concealer_fill(&concealer, samples, FRAME);
    assert_in_range(loudest(samples, FRAME), 1000, 3300);
    assert_in_range(loudest(samples + 150, 10), 0, 200);
    for (int i = 0; i < 1000; i++) {
        concealer_fill(&concealer, samples, FRAME);
        assert_int_equal(loudest(samples, FRAME), 0);
    }
    /* Sound again: it comes up over 10 ms, then it is untouched. */
    make(tone, 0, samples, FRAME);
    for (int i = 0; i < FRAME; i++)
        samples[i] = 8000;
    concealer_hear(&concealer, samples, FRAME);
    for (int i = 0; i < 80; i++)
        assert_in_range(samples[i], i * 100, (i + 1) * 100);
    for (int i = 80; i < FRAME; i++)
        assert_int_equal(samples[i], 8000);
}

static void test_good_frames_are_untouched(void **state)
{
    struct concealer concealer = {0};
    int16_t samples[FRAME], original[FRAME];

    (void)state;
    for (int i = 0; i < 10; i++) {
        make(voice, i * FRAME, samples, FRAME);
        memcpy(original, samples, sizeof(samples));
        concealer_hear(&concealer, samples, FRAME);
        assert_memory_equal(samples, original, sizeof(samples));
    }
}

static void test_nothing_heard_yet(void **state)
{
    struct concealer concealer = {0};
    int16_t samples[FRAME];

    (void)state;
    memset(samples, 0x55, sizeof(samples));
    concealer_fill(&concealer, samples, FRAME);
    assert_int_equal(loudest(samples, FRAME), 0);
}

/* Frames of any size, and the loudest sound there is: no overflow (sanitizers), no wrap. */
static void test_any_sizes_and_samples(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 40, 80, 160, 240, 480, 1000};
    struct concealer concealer = {0};
    int16_t samples[1000];
    unsigned random = 3;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        size_t n = sizes[(random >> 16) % (sizeof(sizes) / sizeof(*sizes))];

        for (size_t i = 0; i < n; i++)
            samples[i] = round % 3 == 0   ? (i / 20 % 2 ? INT16_MIN : INT16_MAX)
                         : round % 3 == 1 ? INT16_MIN
                                          : (int16_t)(random * i >> 8);
        random = random * 1103515245U + 12345U;
        if (random >> 20 & 1)
            concealer_hear(&concealer, samples, n);
        else
            concealer_fill(&concealer, samples, n);
    }
    /* Silence stays silence. */
    memset(&concealer, 0, sizeof(concealer));
    memset(samples, 0, sizeof(samples));
    for (int i = 0; i < 10; i++)
        concealer_hear(&concealer, samples, FRAME);
    concealer_fill(&concealer, samples, FRAME);
    assert_int_equal(loudest(samples, FRAME), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_less_error_than_silence_or_repetition),
        cmocka_unit_test(test_no_clicks),
        cmocka_unit_test(test_fades_to_silence),
        cmocka_unit_test(test_good_frames_are_untouched),
        cmocka_unit_test(test_nothing_heard_yet),
        cmocka_unit_test(test_any_sizes_and_samples),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
