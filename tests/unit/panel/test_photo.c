/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "panel/fakes.h"
#include "panel/photo.h"

static struct {
    unsigned n;
    int err;
    char data[8];
} got;

static void on_photo(unsigned char *data, size_t len, int err, void *arg)
{
    assert_ptr_equal(arg, &got);
    got.n++;
    got.err = err;
    if (!err)
        memcpy(got.data, data, len);
    else
        assert_null(data);
    free(data);
}

static struct camera *camera(void)
{
    return (struct camera *)(void *)&fake_camera;
}

/* Size, rate and time zone are those of the settings. */
static void test_as_it_is_set(void **state)
{
    struct device_settings device = device_settings_default;

    (void)state;
    fakes_reset();
    memset(&got, 0, sizeof(got));
    device.fps = 7;
    device.resolution = 1;
    memcpy(device.timezone, "UTC-03:00", sizeof("UTC-03:00"));
    assert_int_equal(photo_take(camera(), &device, on_photo, &got), 0);
    assert_int_equal(got.n, 1);
    assert_memory_equal(got.data, "JPEG", 4);
    assert_int_equal(fake_camera.shot.width, 640);
    assert_int_equal(fake_camera.shot.height, 480);
    assert_int_equal(fake_camera.shot.fps, 7);
    assert_string_equal(fake_camera.shot.timezone, "UTC-03:00");
}

static void test_failures(void **state)
{
    (void)state;
    fakes_reset();
    memset(&got, 0, sizeof(got));
    assert_int_equal(photo_take(NULL, &device_settings_default, on_photo, &got), ENOTSUP);
    fake_camera.refuses = true;
    assert_int_equal(photo_take(camera(), &device_settings_default, on_photo, &got), EBUSY);
    assert_int_equal(got.n, 0);
    fake_camera.refuses = false;
    fake_camera.err = ENODEV;
    assert_int_equal(photo_take(camera(), &device_settings_default, on_photo, &got), 0);
    assert_int_equal(got.n, 1);
    assert_int_equal(got.err, ENODEV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_is_set),
        cmocka_unit_test(test_failures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
