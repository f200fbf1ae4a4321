/* SPDX-License-Identifier: MIT */
/* The thread itself, in real time: each test takes some tenths of a second. What it does with sound
 * is tested in test_audio.c. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/log.h"
#include "base/real_time.h"
#include "media/audio_thread.h"
#include "media/device.h"
#include "media/rtp_packet.h"
#include "media/rtp_socket.h"
#include "media/sound.h"

enum { DTMF = 101, SILENT_MS = 200 };

static struct rtp_socket ours, phone;
static struct sa ours_at, phone_at, phone_rtcp;
static struct sound *sound;
static struct audio_thread *thread;
static atomic_uint n_told;
static atomic_int tell_err;

static int tell(void *arg)
{
    (void)arg;
    n_told++;
    return tell_err;
}

static void start(const char *microphone, const char *loudspeaker)
{
    const struct audio_thread_config config = {
        .rtp_fd = ours.rtp_fd, .rtcp_fd = ours.rtcp_fd, .silent_ms = SILENT_MS, .tell = tell};
    struct audio_thread_config whole = config;

    assert_int_equal(sound_new(microphone, loudspeaker, &sound), 0);
    whole.sound = sound;
    assert_int_equal(audio_thread_new(&whole, &thread), 0);
}

static void set_stream(bool is_receiving)
{
    const struct audio_stream stream = {.rtp = &phone_at,
                                        .rtcp = &phone_rtcp,
                                        .codec = AUDIO_PCMA,
                                        .payload_types = {0, 8},
                                        .dtmf_payload_type = DTMF,
                                        .ptime_ms = 20,
                                        .is_sending = true,
                                        .is_receiving = is_receiving};

    audio_thread_set_stream(thread, &stream);
}

static int set_up(void **state)
{
    struct sa any;

    (void)state;
    n_told = 0;
    tell_err = 0;
    log_set_level(LOG_LEVEL_ERROR);
    if (sa_set_str(&any, "127.0.0.1", 0) || rtp_socket_open(&ours, &any, 16384, 32767) ||
        rtp_socket_open(&phone, &any, 16384, 32767))
        return 1;
    ours_at = phone_at = phone_rtcp = any;
    sa_set_port(&ours_at, ours.port);
    sa_set_port(&phone_at, phone.port);
    sa_set_port(&phone_rtcp, (uint16_t)(phone.port + 1));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    thread = audio_thread_free(thread);
    sound = sound_free(sound);
    rtp_socket_close(&ours);
    rtp_socket_close(&phone);
    return 0;
}

static void wait_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

/* Until it has told so often; false after two seconds. */
static bool is_told(unsigned n)
{
    for (int i = 0; i < 2000 && n_told < n; i++)
        wait_ms(1);
    return n_told >= n;
}

static void send_digit(uint8_t event, uint32_t timestamp)
{
    uint8_t data[RTP_PACKET_HEADER_LEN + 4];
    const struct rtp_packet packet = {
        .payload_type = DTMF, .sequence = (uint16_t)timestamp, .timestamp = timestamp, .ssrc = 5};

    rtp_packet_write_header(&packet, data);
    memcpy(data + RTP_PACKET_HEADER_LEN, (const uint8_t[4]){event, 0, 0, 160}, 4);
    assert_int_equal(rtp_socket_send(phone.rtp_fd, data, sizeof(data), &ours_at), 0);
}

static void test_digits_wait_in_the_box(void **state)
{
    struct audio_thread_facts facts;

    (void)state;
    start("sim", "sim");
    set_stream(true);
    wait_ms(20);
    for (uint32_t i = 0; i < AUDIO_THREAD_MAX_DIGITS + 8; i++)
        send_digit((uint8_t)(i % 10), 1000 + i);
    assert_true(is_told(AUDIO_THREAD_MAX_DIGITS + 8));
    audio_thread_fetch(thread, &facts);
    assert_string_equal(facts.digits, "01234567890123456789012345678901"); /* the rest is dropped */
    assert_false(facts.is_dead);
    audio_thread_fetch(thread, &facts);
    assert_string_equal(facts.digits, "");
}

static void test_what_could_not_be_told_is_told_again(void **state)
{
    struct audio_thread_facts facts;

    (void)state;
    start("sim", "sim");
    set_stream(true);
    tell_err = ENOMEM;
    wait_ms(20);
    send_digit(7, 1000);
    assert_true(is_told(3));
    tell_err = 0;
    wait_ms(60);
    n_told = 0;
    wait_ms(60);
    assert_int_equal(n_told, 0);
    audio_thread_fetch(thread, &facts);
    assert_string_equal(facts.digits, "7");
}

static void test_silence_is_told_once_for_each_stream(void **state)
{
    struct audio_thread_facts facts;
    uint64_t begin_us = device_clock_us();

    (void)state;
    start("sim", "sim");
    set_stream(true);
    assert_true(is_told(1));
    assert_in_range(device_clock_us() - begin_us, SILENT_MS * 1000, SILENT_MS * 1000 + 500000);
    audio_thread_fetch(thread, &facts);
    assert_true(facts.is_dead);
    wait_ms(SILENT_MS + 50);
    assert_int_equal(n_told, 1);
    set_stream(false); /* held: nothing is expected */
    wait_ms(SILENT_MS + 50);
    assert_int_equal(n_told, 1);
    set_stream(true);
    wait_ms(SILENT_MS / 2);
    send_digit(1, 1000);
    wait_ms(SILENT_MS / 2 + 30);
    audio_thread_fetch(thread, &facts);
    assert_string_equal(facts.digits, "1");
    assert_false(facts.is_dead);
    assert_true(is_told(3));
    audio_thread_fetch(thread, &facts);
    assert_true(facts.is_dead);
}

static void test_without_devices_the_call_goes_on(void **state)
{
    struct audio_thread_facts facts;
    struct audio_stats stats;

    (void)state;
    start("sim:/tmp/portero-is-not-there.wav", "sim:/tmp/portero-is-not-there/x.wav");
    set_stream(true);
    wait_ms(150);
    send_digit(11, 1000);
    assert_true(is_told(1));
    audio_thread_fetch(thread, &facts);
    assert_string_equal(facts.digits, "#");
    audio_thread_stats(thread, &stats);
    assert_true(stats.is_device_lost);
    assert_true(stats.sent > 2); /* silence */
}

static void test_it_ends_at_once(void **state)
{
    uint64_t begin_us;

    (void)state;
    start("sim", "sim");
    begin_us = device_clock_us();
    thread = audio_thread_free(thread); /* perhaps before it has begun */
    assert_true(device_clock_us() - begin_us < 500000);
    sound = sound_free(sound);
    start("none", "none");
    audio_thread_ring(thread);
    wait_ms(50);
    begin_us = device_clock_us();
    thread = audio_thread_free(thread);
    assert_true(device_clock_us() - begin_us < 500000);
    assert_null(audio_thread_free(NULL));
}

static unsigned count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned n = 0;

    assert_non_null(tasks);
    while (readdir(tasks))
        n++;
    (void)closedir(tasks);
    return n;
}

/* ALSA's "file" waits in open for who reads from the pipe. */
static void test_a_device_that_hangs_is_left_alone(void **state)
{
    char dir[] = "/tmp/test_audio_thread.XXXXXX", pipe_path[60], name[80];
    unsigned n_threads = count_threads();
    struct device *device;
    uint64_t begin_us;
    int fd;

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_non_null(mkdtemp(dir));
    (void)snprintf(pipe_path, sizeof(pipe_path), "%s/pipe", dir);
    (void)snprintf(name, sizeof(name), "alsa:file:%s,raw", pipe_path);
    assert_int_equal(mkfifo(pipe_path, 0600), 0);
    start("none", name);
    for (unsigned i = 0; i < SOUND_MAX_STUCK; i++) {
        const struct audio_thread_config config = {.sound = sound,
                                                   .rtp_fd = ours.rtp_fd,
                                                   .rtcp_fd = ours.rtcp_fd,
                                                   .silent_ms = SILENT_MS,
                                                   .tell = tell};

        set_stream(true);
        wait_ms(200); /* it has got to the device */
        begin_us = device_clock_us();
        thread = audio_thread_free(thread);
        assert_true(device_clock_us() - begin_us < 500000);
        assert_int_equal(count_threads(), n_threads + i + 1);
        assert_int_equal(audio_thread_new(&config, &thread), 0);
    }
    /* This one has not even tried, and so ends as all others. */
    assert_int_equal(sound_open(sound, DEVICE_LOUDSPEAKER, 20, &device), EBUSY);
    wait_ms(50);
    thread = audio_thread_free(thread);
    assert_int_equal(count_threads(), n_threads + SOUND_MAX_STUCK);
    sound = sound_free(sound); /* they have it still */
    fd = open(pipe_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    assert_true(fd >= 0);
    for (int i = 0; i < 2000 && count_threads() > n_threads; i++)
        wait_ms(1);
    assert_int_equal(count_threads(), n_threads);
    assert_int_equal(n_told, 0);
    (void)close(fd);
    (void)unlink(pipe_path);
    (void)rmdir(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int run(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_digits_wait_in_the_box),
        TEST(test_what_could_not_be_told_is_told_again),
        TEST(test_silence_is_told_once_for_each_stream),
        TEST(test_without_devices_the_call_goes_on),
        TEST(test_it_ends_at_once),
        TEST(test_a_device_that_hangs_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
    return real_time_run(run);
}
