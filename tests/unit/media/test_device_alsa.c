/* SPDX-License-Identifier: MIT */
/* ALSA without a sound card: its "null" and "file" PCMs, by a configuration of our own. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/real_time.h"
#include "media/device.h"

enum { N = 160, PERIOD_MS = 20 };

static char dir[64], path[3][100]; /* configuration, what is heard, what is played */

static void put(const char *name, const void *data, size_t len)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    (void)close(fd);
}

static int set_up(void **state)
{
    char config[1000], paths[200];
    int16_t ramp[8000];

    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/portero-alsa-XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    (void)snprintf(path[0], sizeof(path[0]), "%s/asound.conf", dir);
    (void)snprintf(path[1], sizeof(path[1]), "%s/in.raw", dir);
    (void)snprintf(path[2], sizeof(path[2]), "%s/out.raw", dir);
    (void)snprintf(
        config, sizeof(config),
        "pcm.nothing { type null }\n"
        "pcm.t_in { type file slave.pcm nothing file /dev/null infile %s format raw }\n"
        "pcm.t_out { type file slave.pcm nothing file %s format raw }\n"
        "pcm.t_48k { type plug slave { pcm t_out rate 48000 channels 2 format S16_LE } }\n"
        "pcm.t_bare { type hw card 31 }\n",
        path[1], path[2]);
    put(path[0], config, strlen(config));
    for (int16_t i = 0; i < 8000; i++)
        ramp[i] = i;
    put(path[1], ramp, sizeof(ramp));
    (void)snprintf(paths, sizeof(paths), "/usr/share/alsa/alsa.conf:%s", path[0]);
    return setenv("ALSA_CONFIG_PATH", paths, 1);
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        (void)unlink(path[i]);
    return rmdir(dir);
}

/* As the audio thread does. Returns 0, or what went wrong. */
static int wait_ready(struct device *device)
{
    struct pollfd fds[DEVICE_MAX_FDS];
    int err = EAGAIN;

    for (int i = 0; err == EAGAIN && i < 1000; i++) {
        uint64_t now_us = device_clock_us(), due_us = device->kind->due_us(device);
        size_t n = device->kind->fds(device, fds);
        uint64_t left_us = due_us <= now_us ? 0 : due_us - now_us;
        int left_ms = left_us > 1000000 ? 1000 : (int)(left_us / 1000) + 1;

        assert_true(poll(fds, n, left_ms) >= 0);
        err = device->kind->ready(device, fds, device_clock_us());
    }
    return err;
}

static void test_the_microphone_is_read_in_time(void **state)
{
    struct device *device = NULL;
    int16_t samples[N];
    uint64_t begin_us = device_clock_us(), first_us;

    (void)state;
    assert_int_equal(device_alsa.open("t_in", DEVICE_MICROPHONE, PERIOD_MS, &device), 0);
    for (int i = 0; i < 25; i++) {
        assert_int_equal(wait_ready(device), 0);
        assert_int_equal(device->kind->read(device, samples, &first_us), 0);
        for (int k = 0; k < N; k++)
            assert_int_equal(samples[k], i * N + k);
        assert_true(first_us <= device_clock_us());
    }
    /* 500 ms of sound, of which 100 may come at once: it is held back to the speed of time */
    assert_in_range(device_clock_us() - begin_us, 350000, 900000);
    device->kind->close(device);
}

static void test_the_loudspeaker_is_written(void **state)
{
    struct device *device = NULL;
    int16_t samples[N], back[N];
    FILE *file;

    (void)state;
    assert_int_equal(device_alsa.open("t_out", DEVICE_LOUDSPEAKER, PERIOD_MS, &device), 0);
    for (int16_t i = 0; i < 20; i++) {
        for (int k = 0; k < N; k++)
            samples[k] = (int16_t)(i * N + k + 1);
        assert_int_equal(wait_ready(device), 0);
        assert_int_equal(device->kind->write(device, samples), 0);
    }
    device->kind->close(device);
    file = fopen(path[2], "re");
    assert_non_null(file);
    assert_int_equal(fread(back, 2, N, file), N); /* silence to begin with */
    for (int k = 0; k < N; k++)
        assert_int_equal(back[k], 0);
    for (int16_t i = 0; i < 20; i++) {
        assert_int_equal(fread(back, 2, N, file), N);
        for (int k = 0; k < N; k++)
            assert_int_equal(back[k], i * N + k + 1);
    }
    (void)fclose(file);
}

static void test_a_card_of_48_khz_stereo(void **state)
{
    struct device *device = NULL;
    int16_t samples[N] = {0};
    struct stat st;

    (void)state;
    assert_int_equal(device_alsa.open("t_48k", DEVICE_LOUDSPEAKER, PERIOD_MS, &device), 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(wait_ready(device), 0);
        assert_int_equal(device->kind->write(device, samples), 0);
    }
    device->kind->close(device);
    assert_int_equal(stat(path[2], &st), 0);
    /* 220 ms at 6 times the rate, 2 channels, 2 bytes; some may not have been passed on yet */
    assert_in_range(st.st_size, 160 * 48 * 4, 240 * 48 * 4);
}

static void test_periods_of_10_ms(void **state)
{
    struct device *device = NULL;
    int16_t samples[N] = {0};
    uint64_t first_us;

    (void)state;
    assert_int_equal(device_alsa.open("t_in", DEVICE_MICROPHONE, 10, &device), 0);
    for (int i = 0; i < 15; i++) {
        assert_int_equal(wait_ready(device), 0);
        assert_int_equal(device->kind->read(device, samples, &first_us), 0);
        assert_int_equal(samples[0], i * N / 2);
        assert_int_equal(samples[N / 2], 0);
    }
    device->kind->close(device);
}

static void test_cards_that_are_not_there(void **state)
{
    struct device *device = NULL;

    (void)state;
    assert_int_equal(device_alsa.open("no such name", DEVICE_MICROPHONE, 20, &device), ENOENT);
    assert_int_not_equal(device_alsa.open("t_bare", DEVICE_LOUDSPEAKER, 20, &device), 0);
    assert_int_not_equal(device_alsa.open("hw:31", DEVICE_LOUDSPEAKER, 20, &device), 0);
    assert_int_not_equal(device_alsa.open("x'y", DEVICE_LOUDSPEAKER, 20, &device), 0);
    assert_null(device);
}

static void test_a_look(void **state)
{
    char problem[DEVICE_MAX_PROBLEM];

    (void)state;
    device_alsa.look("", DEVICE_MICROPHONE, problem);
    if (access("/dev/snd", X_OK))
        assert_string_equal(problem, "there is no sound card for the microphone (alsa:default): "
                                     "calls are without sound");
    else
        assert_string_equal(problem, "");
}

static int run(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_microphone_is_read_in_time),
        cmocka_unit_test(test_the_loudspeaker_is_written),
        cmocka_unit_test(test_a_card_of_48_khz_stereo),
        cmocka_unit_test(test_periods_of_10_ms),
        cmocka_unit_test(test_cards_that_are_not_there),
        cmocka_unit_test(test_a_look),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

int main(void)
{
    return real_time_run(run);
}
