/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "media/heard.h"
#include "media/tone.h"

static struct heard heard;

static void assert_near(double value, double wanted, double by)
{
    if (value < wanted - by || value > wanted + by)
        fail_msg("%f is not %f", value, wanted);
}

static void test_frequency_and_level(void **state)
{
    static const struct {
        unsigned hz;
        int dbov;
    } tones[] = {{440, -20}, {1000, -4}, {TONE_MIN_HZ, -10}, {TONE_MAX_HZ, -30}, {425, -60}};
    struct tone tone;

    (void)state;
    for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
        assert_int_equal(tone_init(&tone, tones[i].hz, tones[i].dbov, 0, 0), 0);
        heard.n = 8000;
        for (size_t at = 0; at < heard.n; at += 80)
            tone_play(&tone, heard.samples + at, 80);
        assert_near(heard_dbov(&heard), tones[i].dbov, 0.2);
        assert_near(heard_tone_dbov(&heard, tones[i].hz), tones[i].dbov, 0.3);
        assert_true(heard_tone_dbov(&heard, tones[i].hz > 2000 ? 1000 : tones[i].hz + 200) <
                    tones[i].dbov - 15);
    }
}

static void test_pauses(void **state)
{
    struct tone tone;

    (void)state;
    assert_int_equal(tone_init(&tone, 1000, -10, 100, 400), 0);
    heard.n = 8 * 1100;
    for (size_t at = 0; at < heard.n; at += 80)
        tone_play(&tone, heard.samples + at, 80);
    for (size_t ms = 0; ms < 1100; ms++) {
        bool is_on = ms % 500 < 100;
        bool is_quiet = true;

        for (size_t i = 0; i < 8; i++)
            is_quiet = is_quiet && heard.samples[ms * 8 + i] == 0;
        assert_int_equal(is_quiet, !is_on);
    }
}

static void test_ranges(void **state)
{
    struct tone tone;

    (void)state;
    assert_int_equal(tone_init(&tone, TONE_MIN_HZ - 1, -20, 0, 0), EINVAL);
    assert_int_equal(tone_init(&tone, TONE_MAX_HZ + 1, -20, 0, 0), EINVAL);
    assert_int_equal(tone_init(&tone, 440, TONE_MAX_DBOV + 1, 0, 0), EINVAL);
    assert_int_equal(tone_init(&tone, 440, TONE_MIN_DBOV - 1, 0, 0), EINVAL);
    assert_int_equal(tone_init(&tone, 440, TONE_MIN_DBOV, 0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frequency_and_level),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
