/* SPDX-License-Identifier: MIT */
/* camera.c with the test picture of camera_sim.c. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "media/camera.h"
#include "picture.h"

static const struct camera_shot hd = {1280, 720, 25, "UTC+03:00"};

struct taken {
    unsigned n, n_failed;
    int err;
    struct jpeg last;
};

static void on_taken(struct jpeg *jpeg, int err, void *arg)
{
    struct taken *taken = arg;

    taken->n++;
    taken->err = err;
    if (err) {
        assert_null(jpeg);
        taken->n_failed++;
        return;
    }
    free(taken->last.data);
    taken->last = *jpeg;
}

static void test_names(void **state)
{
    char text[CAMERA_MAX_NAME + 2];
    struct camera *camera;

    (void)state;
    assert_true(camera_is_known("none") && camera_is_known("sim"));
    assert_true(camera_is_known("v4l2:/dev/video0"));
    assert_false(camera_is_known("") || camera_is_known("v4l2") || camera_is_known("v4l2:"));
    assert_false(camera_is_known("v4l2:video0") || camera_is_known("sim2") || camera_is_known("x"));
    memset(text, 'a', sizeof(text));
    memcpy(text, "v4l2:/", 6);
    text[CAMERA_MAX_NAME + 1] = '\0';
    assert_false(camera_is_known(text));
    text[CAMERA_MAX_NAME] = '\0';
    assert_true(camera_is_known(text));
    assert_int_equal(camera_new("x", &camera), EINVAL);
    assert_int_equal(camera_new("none", &camera), 0);
    assert_null(camera);
    assert_null(camera_free(camera));
}

static bool has_three(void *arg)
{
    return ((struct taken *)arg)->n == 3;
}

/* As many as may wait, then no more; all come, in their size. */
static void test_pictures(void **state)
{
    struct taken taken = {.n = 0};
    struct camera *camera;
    struct picture picture;
    unsigned accepted = 0;

    (void)state;
    assert_int_equal(camera_new("sim", &camera), 0);
    assert_string_equal(camera_name(camera), "sim");
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(camera_take(camera, &hd, on_taken, &taken), 0);
    loop_until(has_three, &taken);
    assert_int_equal(taken.n_failed, 0);
    picture = picture_decode(&taken.last);
    assert_int_equal(picture.width, 1280);
    assert_int_equal(picture.height, 720);
    /* The first bar is white, the last black. */
    assert_true(picture_at(&picture, 5, 5)[2] > 220);
    assert_true(picture_at(&picture, 1270, 5)[2] < 40);
    free(picture.rgb);

    while (!camera_take(camera, &hd, on_taken, &taken))
        accepted++;
    assert_int_equal(accepted, CAMERA_MAX_WAITING);
    /* What waits is told that nothing comes. The one that runs may come or be left. */
    camera_free(camera);
    assert_true(taken.n >= 3 + CAMERA_MAX_WAITING - 1);
    free(taken.last.data);
}

static int setup(void **state)
{
    (void)state;
    return loop_init();
}

static int teardown(void **state)
{
    (void)state;
    loop_done();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_pictures),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
