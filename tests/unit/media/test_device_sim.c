/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/device.h"
#include "media/heard.h"
#include "media/wav.h"

enum { N = 160, PERIOD_US = 20000 };

static struct heard heard;

static struct device *open_sim(const struct device_kind *kind, const char *what,
                               enum device_direction direction)
{
    struct device *device = NULL;
    struct pollfd fds[DEVICE_MAX_FDS];

    assert_int_equal(kind->open(what, direction, 20, &device), 0);
    assert_int_equal(device->kind->fds(device, fds), 0);
    return device;
}

static void test_a_period_each_20_ms_and_none_is_left_out(void **state)
{
    struct device *device = open_sim(&device_sim, "", DEVICE_MICROPHONE);
    uint64_t due_us = device_sim.due_us(device), first_us;
    int16_t samples[N];

    (void)state;
    assert_in_range(due_us - device_clock_us(), 1, PERIOD_US);
    assert_int_equal(device_sim.ready(device, NULL, due_us - 1), EAGAIN);
    assert_int_equal(device_sim.ready(device, NULL, due_us), 0);
    assert_int_equal(device_sim.read(device, samples, &first_us), 0);
    assert_int_equal(first_us, due_us - PERIOD_US);
    assert_int_equal(device_sim.due_us(device), due_us + PERIOD_US);
    for (uint64_t i = 1; i <= 10; i++) { /* 200 ms late: they are all there */
        assert_int_equal(device_sim.ready(device, NULL, due_us + 10 * PERIOD_US), 0);
        assert_int_equal(device_sim.read(device, samples, &first_us), 0);
        assert_int_equal(first_us, due_us + (i - 1) * PERIOD_US);
    }
    assert_int_equal(device_sim.ready(device, NULL, due_us + 10 * PERIOD_US), EAGAIN);
    /* but not after a minute of sleep */
    assert_int_equal(device_sim.ready(device, NULL, due_us + 60000000), 0);
    assert_int_equal(device_sim.read(device, samples, &first_us), 0);
    assert_int_equal(device_sim.ready(device, NULL, due_us + 60000000), EAGAIN);
    device_sim.close(device);
}

static void hear_second(const struct device_kind *kind, const char *what)
{
    struct device *device = open_sim(kind, what, DEVICE_MICROPHONE);
    uint64_t first_us;

    heard.n = 8000;
    for (size_t at = 0; at < heard.n; at += N)
        assert_int_equal(kind->read(device, heard.samples + at, &first_us), 0);
    kind->close(device);
}

static void assert_near(double value, double wanted, double by)
{
    if (value < wanted - by || value > wanted + by)
        fail_msg("%f is not %f", value, wanted);
}

static void test_what_a_microphone_hears(void **state)
{
    (void)state;
    hear_second(&device_sim, "");
    assert_near(heard_tone_dbov(&heard, 440), -20, 0.3);
    hear_second(&device_sim, "tone=1000");
    assert_near(heard_tone_dbov(&heard, 1000), -20, 0.3);
    hear_second(&device_sim, "tone=600,-35");
    assert_near(heard_tone_dbov(&heard, 600), -35, 0.3);
    hear_second(&device_none, "");
    assert_near(heard_dbov(&heard), -127, 0);
}

static void test_files(void **state)
{
    char path[] = "/tmp/portero-sim-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    struct device *device;
    int16_t samples[N], back[N];
    uint64_t first_us;
    struct stat st;

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(device_sim.open(path, DEVICE_MICROPHONE, 20, &device), EBADMSG);
    device = open_sim(&device_sim, path, DEVICE_LOUDSPEAKER);
    for (int16_t i = 0; i < N; i++)
        samples[i] = (int16_t)(i * 3);
    assert_int_equal(device_sim.write(device, samples), 0);
    device_sim.close(device);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, WAV_HEADER_LEN + 2 * N);
    device = open_sim(&device_sim, path, DEVICE_MICROPHONE);
    for (int i = 0; i < 3; i++) { /* again and again */
        assert_int_equal(device_sim.read(device, back, &first_us), 0);
        assert_memory_equal(back, samples, sizeof(samples));
    }
    device_sim.close(device);
    (void)unlink(path);
    assert_int_equal(device_sim.open(path, DEVICE_MICROPHONE, 20, &device), ENOENT);
    assert_int_equal(device_sim.open("/dev/full", DEVICE_LOUDSPEAKER, 20, &device), ENOSPC);
}

/* After 64 MiB it is only measured, and the call goes on. */
static void test_a_file_that_is_full(void **state)
{
    char path[] = "/tmp/portero-sim-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    static const int16_t samples[N] = {1};
    struct device *device;
    struct stat st;

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    device = open_sim(&device_sim, path, DEVICE_LOUDSPEAKER);
    for (int i = 0; i < WAV_MAX_BYTES / (2 * N) + 100; i++)
        assert_int_equal(device_sim.write(device, samples), 0);
    device_sim.close(device);
    assert_int_equal(stat(path, &st), 0);
    assert_in_range(st.st_size, WAV_MAX_BYTES - 2 * N, WAV_MAX_BYTES);
    (void)unlink(path);
}

static void test_good_and_bad_texts(void **state)
{
    char problem[DEVICE_MAX_PROBLEM];

    (void)state;
    assert_true(device_sim.is_good("tone=440,-20", DEVICE_MICROPHONE));
    assert_false(device_sim.is_good("tone=440,-20", DEVICE_LOUDSPEAKER));
    assert_false(device_sim.is_good("tone=440,", DEVICE_MICROPHONE));
    assert_false(device_sim.is_good("tone=440,-20 ", DEVICE_MICROPHONE));
    assert_false(device_none.is_good("x", DEVICE_MICROPHONE));
    device_sim.look("/tmp/portero-is-not-there.wav", DEVICE_MICROPHONE, problem);
    assert_string_equal(problem, "/tmp/portero-is-not-there.wav No such file or directory");
    device_sim.look("/tmp/portero-is-not-there.wav", DEVICE_LOUDSPEAKER, problem);
    assert_string_equal(problem, "");
    device_none.look("", DEVICE_LOUDSPEAKER, problem);
    assert_string_equal(problem, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_period_each_20_ms_and_none_is_left_out),
        cmocka_unit_test(test_what_a_microphone_hears),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_a_file_that_is_full),
        cmocka_unit_test(test_good_and_bad_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
