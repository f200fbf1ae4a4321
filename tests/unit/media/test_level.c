/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "media/level.h"
#include "media/tone.h"

static void hear(struct level *level, int16_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        level_hear(level, &value, 1);
}

static void test_levels(void **state)
{
    struct level level;

    (void)state;
    level_init(&level);
    assert_int_equal(level_dbov(&level), -127);
    hear(&level, -32768, 7999);
    assert_int_equal(level_dbov(&level), -127); /* not a whole second yet */
    hear(&level, -32768, 1);
    assert_int_equal(level_dbov(&level), 0);
    hear(&level, 0, 8000);
    assert_int_equal(level_dbov(&level), -127);
    hear(&level, 1, 8000);
    assert_int_equal(level_dbov(&level), -90);
    hear(&level, 3277, 8000);
    assert_int_equal(level_dbov(&level), -20);
}

static void test_a_tone_over_uneven_periods(void **state)
{
    struct level level;
    struct tone tone;
    int16_t samples[240];

    (void)state;
    level_init(&level);
    assert_int_equal(tone_init(&tone, 440, -33, 0, 0), 0);
    for (int i = 0; i < 34; i++) { /* 8160 samples */
        tone_play(&tone, samples, 240);
        level_hear(&level, samples, 240);
    }
    assert_int_equal(level_dbov(&level), -33);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_a_tone_over_uneven_periods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
