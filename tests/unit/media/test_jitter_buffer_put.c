/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "media/jitter_buffer.h"

enum { FRAME = 160 };

/* Samples that say which packet they are of. */
static int put(struct jitter_buffer *buffer, uint16_t sequence, uint32_t timestamp, uint64_t now_ms)
{
    int16_t samples[FRAME];

    for (int i = 0; i < FRAME; i++)
        samples[i] = (int16_t)(sequence % 1000);
    return jitter_buffer_put(buffer, sequence, timestamp, samples, FRAME, now_ms);
}

/* Each frame of this tone ends half a period after its begin: with one left out and nothing done
 * about it, its top would be followed by its bottom. */
static void test_no_click_where_sound_is_left_out(void **state)
{
    struct jitter_buffer *buffer = NULL;
    struct jitter_stats stats;
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    int before = 0, largest = 0;
    size_t n;

    (void)state;
    assert_int_equal(jitter_buffer_new(8000, 20, &buffer), 0);
    for (unsigned i = 0; i < 100; i++) {
        for (unsigned k = 0; k < FRAME; k++)
            samples[k] = (int16_t)(8000 * cos(6.283185307 * 475 * (i * FRAME + k) / 8000));
        assert_int_equal(
            jitter_buffer_put(buffer, (uint16_t)i, i * FRAME, samples, FRAME, 1000 + i * 20), 0);
        if (jitter_buffer_get(buffer, 1005 + i * 20, samples, &n) != JITTER_FRAME)
            continue;
        for (size_t k = 0; k < n; k++) {
            if (before && abs(samples[k] - before) > largest)
                largest = abs(samples[k] - before);
            before = samples[k];
        }
    }
    jitter_buffer_stats(buffer, &stats);
    assert_in_range(stats.dropped, 1, 2);
    assert_in_range(largest, 2000, 3500); /* the tone's own: 2966 */
    assert_null(jitter_buffer_free(buffer));
}

static void test_stray_packets_change_nothing(void **state)
{
    struct jitter_buffer *buffer = NULL;
    struct jitter_stats stats;
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    unsigned strays = 0;
    size_t n;

    (void)state;
    assert_int_equal(jitter_buffer_new(8000, 20, &buffer), 0);
    for (unsigned i = 0; i < 500; i++) {
        assert_int_equal(put(buffer, (uint16_t)i, i * FRAME, 1000 + i * 20), 0);
        if (i % 3 == 1 && i < 250) {
            assert_int_equal(put(buffer, (uint16_t)(i * 777 + 20000), i * 99999 + 50000, i * 20),
                             ERANGE);
            strays++;
        } else if (i % 3 == 1) { /* these follow each other, but not at once */
            assert_int_equal(
                put(buffer, (uint16_t)(i / 3 + 40000), i / 3 * FRAME + 0x70000000, i * 20), ERANGE);
            strays++;
        }
        (void)jitter_buffer_get(buffer, 1005 + i * 20, samples, &n);
    }
    jitter_buffer_stats(buffer, &stats);
    assert_int_equal(stats.received, 500);
    assert_in_range(stats.dropped, strays, strays + 2);
    assert_int_equal(stats.lost, 0);
    assert_null(jitter_buffer_free(buffer));
}

static void test_results_of_put(void **state)
{
    struct jitter_buffer *buffer = NULL;
    struct jitter_stats stats;
    int16_t samples[JITTER_BUFFER_MAX_FRAME + 1] = {0};
    size_t n = 0;

    (void)state;
    assert_int_equal(jitter_buffer_new(8000, 20, &buffer), 0);
    assert_int_equal(jitter_buffer_put(buffer, 1, 0, samples, 0, 1000), EMSGSIZE);
    assert_int_equal(jitter_buffer_put(buffer, 1, 0, samples, 481, 1000), EMSGSIZE);
    assert_int_equal(jitter_buffer_get(buffer, 1000, samples, &n), JITTER_NOTHING);
    assert_int_equal(n, FRAME);

    /* The first ones out of order; played after 30 ms, give or take half a frame. */
    assert_int_equal(put(buffer, 11, 11 * FRAME, 1000), 0);
    assert_int_equal(put(buffer, 10, 10 * FRAME, 1001), 0);
    assert_int_equal(put(buffer, 10, 10 * FRAME, 1002), EALREADY);
    assert_int_equal(put(buffer, 13, 13 * FRAME, 1003), 0);
    assert_int_equal(put(buffer, 14, 14 * FRAME, 1003), 0);
    assert_int_equal(jitter_buffer_get(buffer, 1009, samples, &n), JITTER_NOTHING);
    assert_int_equal(jitter_buffer_get(buffer, 1019, samples, &n), JITTER_NOTHING);
    assert_int_equal(jitter_buffer_get(buffer, 1020, samples, &n), JITTER_FRAME);
    assert_int_equal(samples[0], 10);
    assert_int_equal(samples[FRAME - 1], 10);
    assert_int_equal(jitter_buffer_get(buffer, 1040, samples, &n), JITTER_FRAME);
    assert_int_equal(samples[0], 11);
    assert_int_equal(put(buffer, 11, 11 * FRAME, 1041), EALREADY);
    assert_int_equal(jitter_buffer_get(buffer, 1060, samples, &n), JITTER_LOST);
    assert_int_equal(put(buffer, 12, 12 * FRAME, 1061), ETIME);
    assert_int_equal(put(buffer, 12, 12 * FRAME, 1061), EALREADY);
    assert_int_equal(jitter_buffer_get(buffer, 1080, samples, &n), JITTER_FRAME);
    assert_int_equal(samples[0], 13);

    jitter_buffer_stats(buffer, &stats);
    assert_int_equal(stats.received, 5);
    assert_int_equal(stats.lost, 1);
    assert_int_equal(stats.late, 1);
    assert_int_equal(stats.duplicates, 3);
    assert_int_equal(stats.dropped, 0);

    /* Another source: its numbers are its own, the statistics go on. */
    jitter_buffer_reset(buffer);
    assert_int_equal(jitter_buffer_get(buffer, 1110, samples, &n), JITTER_NOTHING);
    assert_int_equal(put(buffer, 40000, 7, 1120), 0);
    assert_int_equal(jitter_buffer_get(buffer, 1150, samples, &n), JITTER_FRAME);
    assert_int_equal(samples[0], 0);
    jitter_buffer_stats(buffer, &stats);
    assert_int_equal(stats.received, 6);
    assert_null(jitter_buffer_free(buffer));
}

/* A sample that the ring uses as a mark is a sample all the same. */
static void test_any_samples(void **state)
{
    struct jitter_buffer *buffer = NULL;
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    size_t n;

    (void)state;
    assert_int_equal(jitter_buffer_new(8000, 20, &buffer), 0);
    for (int i = 0; i < FRAME; i++)
        samples[i] = INT16_MIN;
    assert_int_equal(jitter_buffer_put(buffer, 1, 1, samples, FRAME, 1000), 0);
    assert_int_equal(jitter_buffer_get(buffer, 1040, samples, &n), JITTER_FRAME);
    assert_in_range(-samples[0], 32767, 32768);
    assert_null(jitter_buffer_free(buffer));
}

/* Events in between take sequence numbers, and are no loss. */
static void test_events_are_no_loss(void **state)
{
    struct jitter_buffer *buffer = NULL;
    struct jitter_stats stats;
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    size_t n;

    (void)state;
    assert_int_equal(jitter_buffer_new(8000, 20, &buffer), 0);
    jitter_buffer_skip(buffer, 99); /* before anything: nothing to count */
    for (unsigned i = 0; i < 200; i++) {
        if (i % 20 < 15)
            assert_int_equal(put(buffer, (uint16_t)(65500 + i), i * FRAME, 1000 + i * 20), 0);
        else
            jitter_buffer_skip(buffer, (uint16_t)(65500 + i));
        (void)jitter_buffer_get(buffer, 1005 + i * 20, samples, &n);
    }
    jitter_buffer_stats(buffer, &stats);
    assert_int_equal(stats.lost, 0);
    assert_int_equal(stats.received, 150);
    assert_null(jitter_buffer_free(buffer));
}

/* Nobody takes anything: what is kept is bounded, and the newest. */
static void test_no_room(void **state)
{
    struct jitter_buffer *buffer = NULL;
    struct jitter_stats stats;
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    size_t n;

    (void)state;
    assert_int_equal(jitter_buffer_new(8000, 20, &buffer), 0);
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(put(buffer, (uint16_t)i, i * FRAME, 1000 + i * 20), 0);
    jitter_buffer_stats(buffer, &stats);
    assert_in_range(stats.dropped, 5000 - 11, 5000 - 9);
    assert_int_equal(jitter_buffer_get(buffer, 101000, samples, &n), JITTER_FRAME);
    assert_in_range(samples[0], 990, 991);
    assert_null(jitter_buffer_free(buffer));
}

/* RFC 3550 section 6.4.1: J += (|D| - J) / 16 */
static void test_jitter_is_as_in_the_rfc(void **state)
{
    static const unsigned at_ms[] = {0, 20, 45, 60, 80, 130, 140, 141, 160, 180};
    struct jitter_buffer *buffer = NULL;
    struct jitter_stats stats;
    double jitter = 0;

    (void)state;
    assert_int_equal(jitter_buffer_new(8000, 20, &buffer), 0);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(put(buffer, (uint16_t)i, i * FRAME, 1000 + at_ms[i]), 0);
        if (i)
            jitter += (abs((int)(at_ms[i] - at_ms[i - 1]) - 20) * 8 - jitter) / 16;
    }
    jitter_buffer_stats(buffer, &stats);
    assert_true(jitter > 20);
    assert_in_range(stats.jitter_ts, (unsigned)jitter - 1, (unsigned)jitter + 1);

    /* Stopped for a month: a number, not an overflow. */
    assert_int_equal(put(buffer, 10, 10 * FRAME, UINT64_C(30) * 86400000), 0);
    jitter_buffer_stats(buffer, &stats);
    assert_in_range(stats.jitter_ts, 1, 8000 * 10);
    assert_null(jitter_buffer_free(buffer));
}

static void test_sizes(void **state)
{
    static const struct {
        unsigned rate_hz, ptime_ms;
        int err;
        size_t n;
    } cases[] = {
        {8000, 10, 0, 80},
        {8000, 20, 0, 160},
        {8000, 60, 0, 480},
        {16000, 20, 0, 320},
        {16000, 30, 0, 480},
        {8000, 1, 0, 8},
        {8000, 61, EINVAL, 0},
        {16000, 31, EINVAL, 0},
        {8000, 0, EINVAL, 0},
        {0, 20, EINVAL, 0},
        {44100, 10, EINVAL, 0},
        {8001, 20, EINVAL, 0},
        {8000, UINT32_MAX, EINVAL, 0},
    };
    int16_t samples[JITTER_BUFFER_MAX_FRAME] = {0};
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct jitter_buffer *buffer = NULL;

        assert_int_equal(jitter_buffer_new(cases[i].rate_hz, cases[i].ptime_ms, &buffer),
                         cases[i].err);
        if (cases[i].err) {
            assert_null(buffer);
            continue;
        }
        assert_int_equal(jitter_buffer_put(buffer, 1, 1, samples, JITTER_BUFFER_MAX_FRAME, 1000),
                         0);
        assert_int_equal(jitter_buffer_get(buffer, 1100, samples, &n), JITTER_FRAME);
        assert_int_equal(n, cases[i].n);
        assert_null(jitter_buffer_free(buffer));
    }
    assert_null(jitter_buffer_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_click_where_sound_is_left_out),
        cmocka_unit_test(test_stray_packets_change_nothing),
        cmocka_unit_test(test_results_of_put),
        cmocka_unit_test(test_any_samples),
        cmocka_unit_test(test_events_are_no_loss),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_jitter_is_as_in_the_rfc),
        cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
