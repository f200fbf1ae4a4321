/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "media/g711.h"
#include "media/rtcp_packet.h"
#include "media/rtp_packet.h"
#include "media/rtp_receiver.h"

enum { N = 160, DTMF = 101, SSRC = 0x1234 };

static struct rtp_receiver *receiver;
static struct sa phone, stranger;
static uint64_t now;

static void set(bool is_receiving)
{
    const struct rtp_receiver_stream stream = {.told = &phone,
                                               .payload_types = {0, 8},
                                               .dtmf_payload_type = DTMF,
                                               .is_receiving = is_receiving};

    rtp_receiver_set(receiver, &stream, now);
}

static int set_up(void **state)
{
    (void)state;
    now = 1000000;
    (void)sa_set_str(&phone, "192.0.2.1", 4000);
    (void)sa_set_str(&stranger, "203.0.113.1", 4000);
    if (rtp_receiver_new(20, &receiver))
        return 1;
    set(true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    receiver = rtp_receiver_free(receiver);
    assert_null(rtp_receiver_free(NULL));
    return 0;
}

static char take(const struct sa *from, uint8_t type, uint16_t sequence, uint32_t ssrc,
                 const uint8_t *payload, size_t len)
{
    uint8_t data[RTP_PACKET_HEADER_LEN + 600];
    const struct rtp_packet packet = {.payload_type = type,
                                      .sequence = sequence,
                                      .timestamp = (uint32_t)sequence * N,
                                      .ssrc = ssrc};

    rtp_packet_write_header(&packet, data);
    memcpy(data + RTP_PACKET_HEADER_LEN, payload, len);
    return rtp_receiver_take(receiver, data, RTP_PACKET_HEADER_LEN + len, from, now);
}

/* 20 ms of a constant value, as one of the two codecs. */
static void take_sound(const struct sa *from, uint8_t type, uint16_t sequence, int16_t value)
{
    int16_t samples[N];
    uint8_t payload[N];

    for (int i = 0; i < N; i++)
        samples[i] = value;
    g711_encode(type == 8 ? G711_A_LAW : G711_U_LAW, samples, N, payload);
    assert_int_equal(take(from, type, sequence, SSRC, payload, N), 0);
}

/* A second of sound in and out; returns the value heard last. */
static int16_t hear(const struct sa *from, uint8_t type, uint16_t sequence, int16_t value,
                    unsigned *ret_frames)
{
    int16_t samples[N] = {0};

    *ret_frames = 0;
    for (int i = 0; i < 50; i++) {
        take_sound(from, type, (uint16_t)(sequence + i), value);
        *ret_frames += rtp_receiver_play(receiver, samples, now);
        now += 20;
    }
    return samples[N / 2];
}

static void test_both_codecs_are_heard_and_may_change(void **state)
{
    unsigned frames;

    (void)state;
    assert_in_range(hear(&phone, 8, 100, 8000, &frames), 7700, 8300);
    assert_in_range(frames, 45, 50);
    assert_in_range(hear(&phone, 0, 150, 4000, &frames), 3850, 4150);
    assert_in_range(frames, 49, 50);
}

static void test_a_stranger_is_not_heard(void **state)
{
    struct rtp_receiver_stats stats;
    const uint8_t digit[] = {5, 0x8a, 1, 0};
    unsigned frames;
    int16_t samples[N];

    (void)state;
    (void)hear(&phone, 8, 100, 100, &frames);
    for (uint16_t i = 0; i < 20; i++) {
        take_sound(&phone, 8, (uint16_t)(150 + i), 100);
        take_sound(&stranger, 8, (uint16_t)(150 + i), 20000);
        assert_int_equal(take(&stranger, DTMF, (uint16_t)(150 + i), SSRC, digit, 4), 0);
        (void)rtp_receiver_play(receiver, samples, now);
        for (int k = 0; k < N; k++)
            assert_in_range(samples[k] + 200, 0, 400);
        now += 20;
    }
    assert_true(sa_cmp(rtp_receiver_target(receiver), &phone, SA_ALL));
    rtp_receiver_stats(receiver, &stats);
    assert_int_equal(stats.received, 70);
    assert_int_equal(stats.heard_at_ms, now - 20);
}

static void test_digits_once_and_no_loss_by_them(void **state)
{
    struct rtp_receiver_stats stats;
    uint8_t digit[] = {11, 0x0a, 0, 160};
    unsigned frames;
    int16_t samples[N];

    (void)state;
    (void)hear(&phone, 8, 100, 8000, &frames);
    assert_int_equal(take(&phone, DTMF, 150, SSRC, digit, 4), '#');
    for (uint16_t i = 1; i < 8; i++) { /* the receiver finds the event by its timestamp */
        uint8_t data[RTP_PACKET_HEADER_LEN + 4];
        const struct rtp_packet packet = {.payload_type = DTMF,
                                          .sequence = (uint16_t)(150 + i),
                                          .timestamp = 150 * N,
                                          .ssrc = SSRC};

        digit[1] = i > 5 ? 0x8a : 0x0a;
        rtp_packet_write_header(&packet, data);
        memcpy(data + RTP_PACKET_HEADER_LEN, digit, 4);
        assert_int_equal(rtp_receiver_take(receiver, data, sizeof(data), &phone, now), 0);
        (void)rtp_receiver_play(receiver, samples, now);
        now += 20;
    }
    (void)hear(&phone, 8, 158, 8000, &frames);
    rtp_receiver_stats(receiver, &stats);
    assert_int_equal(stats.lost, 0);
}

static void test_held_nothing_is_heard_nor_counts(void **state)
{
    const uint8_t digit[] = {1, 0x0a, 0, 160};
    unsigned frames;
    int16_t samples[N];

    (void)state;
    (void)hear(&phone, 8, 100, 8000, &frames);
    set(false);
    assert_int_equal(hear(&phone, 8, 150, 8000, &frames), 0);
    assert_int_equal(frames, 0);
    assert_int_equal(take(&phone, DTMF, 200, SSRC, digit, 4), 0);
    set(true);
    assert_false(rtp_receiver_play(receiver, samples, now));
    for (int i = 0; i < N; i++)
        assert_int_equal(samples[i], 0);
    assert_in_range(hear(&phone, 8, 201, 8000, &frames), 7700, 8300);
}

static void test_reception_is_counted(void **state)
{
    struct rtcp_reception reception;
    unsigned frames;

    (void)state;
    assert_false(rtp_receiver_reception(receiver, &reception));
    (void)hear(&phone, 8, 65500, 8000, &frames); /* wraps */
    assert_true(rtp_receiver_reception(receiver, &reception));
    assert_int_equal(reception.ssrc, SSRC);
    assert_int_equal(reception.highest_sequence, 0x10000 + 13);
    assert_int_equal(reception.packets_lost, 0);
    assert_int_equal(reception.fraction_lost, 0);
    (void)hear(&phone, 8, 64, 8000, &frames); /* 50 are missing between */
    assert_true(rtp_receiver_reception(receiver, &reception));
    assert_int_equal(reception.packets_lost, 50);
    assert_int_equal(reception.fraction_lost, 128);
    take_sound(&phone, 8, 65500, 0); /* late: one more than expected */
    assert_true(rtp_receiver_reception(receiver, &reception));
    assert_int_equal(reception.packets_lost, 49);
    assert_int_equal(reception.fraction_lost, 0);
}

static void test_another_source_begins_anew(void **state)
{
    struct rtcp_reception reception;
    uint8_t payload[N];
    unsigned frames;

    (void)state;
    (void)hear(&phone, 8, 100, 8000, &frames);
    memset(payload, 0xd5, sizeof(payload));
    assert_int_equal(take(&phone, 8, 9000, SSRC + 1, payload, N), 0);
    assert_true(rtp_receiver_reception(receiver, &reception));
    assert_int_equal(reception.ssrc, SSRC + 1);
    assert_int_equal(reception.highest_sequence, 9000);
    assert_int_equal(reception.packets_lost, 0);
}

static void test_what_is_no_sound_of_ours(void **state)
{
    uint8_t payload[600] = {0};
    struct rtp_receiver_stats stats;

    (void)state;
    assert_int_equal(take(&stranger, 96, 1, SSRC, payload, 100), 0);
    assert_true(sa_cmp(rtp_receiver_target(receiver), &phone, SA_ALL));
    assert_int_equal(rtp_receiver_take(receiver, payload, 100, &stranger, now), 0);
    assert_int_equal(rtp_receiver_take(receiver, payload, 0, &stranger, now), 0);
    rtp_receiver_stats(receiver, &stats);
    assert_int_equal(stats.heard_at_ms, 0);
    /* from the right one, but nothing or too much in it */
    assert_int_equal(take(&phone, 8, 1, SSRC, payload, 0), 0);
    assert_int_equal(take(&phone, 8, 2, SSRC, payload, 481), 0);
    assert_int_equal(take(&phone, DTMF, 3, SSRC, payload, 3), 0);
    assert_int_equal(take(&phone, 13, 4, SSRC, payload, 1), 0);
    assert_int_equal(take(&phone, 8, 5, SSRC, payload, 480), 0);
    rtp_receiver_stats(receiver, &stats);
    assert_int_equal(stats.received, 1);
    assert_int_equal(stats.heard_at_ms, now);
}

static void test_before_the_first_stream_nothing_is_taken(void **state)
{
    struct rtp_receiver *early = NULL;
    uint8_t data[RTP_PACKET_HEADER_LEN + N] = {0x80, 8};

    (void)state;
    assert_int_equal(rtp_receiver_new(10, &early), 0);
    assert_int_equal(rtp_receiver_take(early, data, sizeof(data), &stranger, now), 0);
    assert_null(rtp_receiver_target(early));
    rtp_receiver_free(early);
}

static void test_any_bytes(void **state)
{
    uint8_t data[700];
    int16_t samples[N];

    (void)state;
    srand(1);
    for (int i = 0; i < 20000; i++) {
        size_t len = (size_t)rand() % sizeof(data);

        for (size_t k = 0; k < len; k++)
            data[k] = (uint8_t)rand();
        if (len > 1) {
            data[0] = (uint8_t)(0x80 | (data[0] & 0x3f));
            data[1] = (uint8_t)(i % 3 ? 8 : DTMF);
        }
        (void)rtp_receiver_take(receiver, data, len, &phone, now);
        if (i % 4 == 0)
            (void)rtp_receiver_play(receiver, samples, now);
        now += (unsigned)rand() % 30;
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_both_codecs_are_heard_and_may_change),
        TEST(test_a_stranger_is_not_heard),
        TEST(test_digits_once_and_no_loss_by_them),
        TEST(test_held_nothing_is_heard_nor_counts),
        TEST(test_reception_is_counted),
        TEST(test_another_source_begins_anew),
        TEST(test_what_is_no_sound_of_ours),
        TEST(test_before_the_first_stream_nothing_is_taken),
        TEST(test_any_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
