/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdbool.h>
#include <string.h>

#include "media/sample_ring.h"

enum { N = 100 };

/* A ring that begins shortly before the timestamps wrap. */
static const uint32_t begin_ts = UINT32_MAX - 50;

static struct sample_ring ring;

static void put(uint32_t from, size_t n, int16_t first)
{
    int16_t samples[N];

    assert_true(n <= N);
    for (size_t i = 0; i < n; i++)
        samples[i] = (int16_t)(first + (int)i);
    sample_ring_put(&ring, begin_ts + from, samples, n);
}

static void assert_run(size_t n, bool is_there, size_t want)
{
    bool found;

    assert_int_equal(sample_ring_run(&ring, n, &found), want);
    assert_int_equal(found, is_there);
}

static int set_up(void **state)
{
    (void)state;
    sample_ring_init(&ring, begin_ts);
    return 0;
}

static void test_in_any_order(void **state)
{
    int16_t samples[N];

    (void)state;
    assert_run(N, false, N);
    put(80, 20, 80);
    assert_int_equal(ring.end_ts, begin_ts + 100);
    assert_run(N, false, 80);
    assert_false(sample_ring_has(&ring, 1));
    put(0, 40, 0);
    assert_run(N, true, 40);
    assert_true(sample_ring_has(&ring, 40));
    assert_false(sample_ring_has(&ring, 41));
    put(40, 40, 40);
    assert_true(sample_ring_has(&ring, 100));
    assert_false(sample_ring_has(&ring, 101));
    sample_ring_peek(&ring, samples, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(samples[i], i);
}

static void test_first_come_stays(void **state)
{
    int16_t samples[N];

    (void)state;
    put(10, 10, 1000);
    put(0, 30, 0);
    sample_ring_peek(&ring, samples, 30);
    for (int i = 0; i < 30; i++)
        assert_int_equal(samples[i], i >= 10 && i < 20 ? 990 + i : i);
    /* What is partly over: the rest counts. */
    sample_ring_move_on(&ring, 30);
    put(20, 20, 500);
    sample_ring_peek(&ring, samples, 10);
    assert_int_equal(samples[0], 510);
    put(0, 30, 7);
    assert_run(N, true, 10);
}

static void test_move_on(void **state)
{
    (void)state;
    put(0, 50, 0);
    sample_ring_move_on(&ring, 20);
    assert_run(N, true, 30);
    assert_int_equal(ring.end_ts, begin_ts + 50);
    sample_ring_move_on(&ring, 60); /* beyond the end */
    assert_int_equal(ring.first_ts, begin_ts + 80);
    assert_int_equal(ring.end_ts, begin_ts + 80);
    assert_run(N, false, N);
    sample_ring_move_on(&ring, 0);
    assert_int_equal(ring.first_ts, begin_ts + 80);
}

/* Round and round: nothing of the round before is left. */
static void test_rounds(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 5 * SAMPLE_RING_SIZE; at += 100) {
        assert_run(N, false, N);
        put(at, 60, (int16_t)(at % 1000));
        assert_run(N, true, 60);
        sample_ring_move_on(&ring, 100);
    }
}

static void test_all_of_it(void **state)
{
    (void)state;
    for (uint32_t at = 0; at + 64 <= SAMPLE_RING_SIZE; at += 64)
        put(at, 64, 1);
    assert_true(sample_ring_has(&ring, SAMPLE_RING_SIZE));
    sample_ring_begin(&ring, 5);
    assert_int_equal(ring.first_ts, 5);
    assert_run(SAMPLE_RING_SIZE, false, SAMPLE_RING_SIZE);
}

static void test_quiet(void **state)
{
    int16_t samples[N];

    (void)state;
    for (int i = 0; i < N; i++)
        samples[i] = (int16_t)(i % 2 ? 50 : -50);
    sample_ring_put(&ring, begin_ts, samples, N);
    assert_true(sample_ring_is_quiet(&ring, N, 50));
    assert_false(sample_ring_is_quiet(&ring, N, 49));
    for (int i = 0; i < N; i++)
        samples[i] = INT16_MIN; /* the mark for a hole: taken as the next one to it */
    sample_ring_put(&ring, begin_ts + N, samples, N);
    assert_true(sample_ring_has(&ring, 2 * N));
    assert_true(sample_ring_is_quiet(&ring, N, 50));
    assert_false(sample_ring_is_quiet(&ring, 2 * N, 16000));
}

static void test_fade(void **state)
{
    int16_t samples[N];

    (void)state;
    for (int i = 0; i < N; i++)
        samples[i] = i < N / 2 ? 32767 : -32767;
    sample_ring_put(&ring, begin_ts, samples, N);
    sample_ring_fade(&ring, N / 2);
    sample_ring_move_on(&ring, N / 2);
    sample_ring_peek(&ring, samples, N / 2);
    assert_int_equal(samples[0], 32767);
    assert_in_range(samples[N / 4] + 10, 0, 20);
    for (int i = 1; i < N / 2; i++)
        assert_true(samples[i] < samples[i - 1] && samples[i] > samples[i - 1] - 1400);
    assert_true(samples[N / 2 - 1] < -31000);
}

static void test_after(void **state)
{
    (void)state;
    assert_int_equal(sample_ring_after(5, 7), 2);
    assert_int_equal(sample_ring_after(7, 5), -2);
    assert_int_equal(sample_ring_after(UINT32_MAX, 1), 2);
    assert_int_equal(sample_ring_after(1, UINT32_MAX), -2);
    assert_int_equal(sample_ring_after(0, 0x80000000), INT32_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_in_any_order, set_up),
        cmocka_unit_test_setup(test_first_come_stays, set_up),
        cmocka_unit_test_setup(test_move_on, set_up),
        cmocka_unit_test_setup(test_rounds, set_up),
        cmocka_unit_test_setup(test_all_of_it, set_up),
        cmocka_unit_test_setup(test_quiet, set_up),
        cmocka_unit_test_setup(test_fade, set_up),
        cmocka_unit_test(test_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
