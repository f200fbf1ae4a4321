/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/hand_clock.h"
#include "media/camera.h"
#include "media/camera_sim.h"
#include "picture.h"

static struct picture shoot(struct camera_source *source, const struct camera_shot *shot)
{
    struct jpeg jpeg = {NULL, 0};

    assert_int_equal(source->take(source, shot, &jpeg), 0);
    return picture_decode(&jpeg);
}

static unsigned differences(const struct picture *a, const struct picture *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < (size_t)a->width * a->height * 3; i++)
        n += abs(a->rgb[i] - b->rgb[i]) > 60;
    return n;
}

/* It changes with time and with the time zone, and in between it does not. */
static void test_time_is_in_it(void **state)
{
    struct camera_shot shot = {640, 480, 25, "UTC+03:00"};
    struct camera_source *source;
    struct picture first, same, later, elsewhere;

    (void)state;
    hand_clock_stand();
    assert_int_equal(camera_sim_new(&source), 0);
    first = shoot(source, &shot);
    same = shoot(source, &shot);
    memcpy(shot.timezone, "UTC+09:00", sizeof("UTC+09:00"));
    elsewhere = shoot(source, &shot);
    hand_clock_advance_ms(1000);
    later = shoot(source, &shot);
    assert_int_equal(differences(&first, &same), 0);
    assert_true(differences(&first, &elsewhere) > 20);
    assert_true(differences(&elsewhere, &later) > 200);
    free(first.rgb);
    free(same.rgb);
    free(later.rgb);
    free(elsewhere.rgb);
    source->free(source);
}

/* Nothing is drawn outside, however small it is. */
static void test_any_size(void **state)
{
    static const struct camera_shot shots[] = {
        {2, 1, 1, "UTC"}, {16, 8, 1, "UTC"}, {200, 10, 1, "UTC"}, {320, 240, 1, "UTC"}};
    struct camera_source *source;

    (void)state;
    assert_int_equal(camera_sim_new(&source), 0);
    for (size_t i = 0; i < sizeof(shots) / sizeof(shots[0]); i++) {
        struct picture picture = shoot(source, &shots[i]);

        assert_int_equal(picture.width, shots[i].width);
        free(picture.rgb);
    }
    source->free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_is_in_it),
        cmocka_unit_test(test_any_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
