/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "media/rtp_sender.h"

static const int16_t silence[160];

static struct rtp_packet read_packet(const uint8_t *data, size_t len)
{
    struct rtp_packet packet;

    assert_int_equal(rtp_packet_read(data, len, &packet), 0);
    return packet;
}

static void test_packets_follow_each_other(void **state)
{
    struct rtp_sender sender;
    uint8_t data[RTP_SENDER_MAX_LEN];
    struct rtp_packet first, packet;
    int16_t samples[160];
    uint8_t wanted[160];
    size_t len;

    (void)state;
    for (int16_t i = 0; i < 160; i++)
        samples[i] = (int16_t)(i * 100);
    g711_encode(G711_U_LAW, samples, 160, wanted);
    assert_int_equal(rtp_sender_init(&sender), 0);
    rtp_sender_set(&sender, G711_U_LAW, 0, 20, true);
    len = rtp_sender_take(&sender, samples, 160, 5, data);
    assert_int_equal(len, RTP_PACKET_HEADER_LEN + 160);
    assert_int_equal(sender.first_us, 5);
    first = read_packet(data, len);
    assert_true(first.has_marker);
    assert_int_equal(first.payload_type, 0);
    assert_memory_equal(first.payload, wanted, 160);
    for (uint32_t i = 1; i < 70000; i++) {
        len = rtp_sender_take(&sender, samples, 160, i, data);
        packet = read_packet(data, len);
        assert_false(packet.has_marker);
        assert_int_equal(packet.sequence, (uint16_t)(first.sequence + i));
        assert_int_equal(packet.timestamp, first.timestamp + i * 160);
        assert_int_equal(packet.ssrc, first.ssrc);
    }
    assert_int_equal(sender.packets, 70000);
    assert_int_equal(sender.octets, 70000 * 160);
}

static void test_every_ptime(void **state)
{
    struct rtp_sender sender;
    uint8_t data[RTP_SENDER_MAX_LEN];
    size_t len;

    (void)state;
    for (unsigned ptime_ms = 10; ptime_ms <= RTP_SENDER_MAX_PTIME_MS; ptime_ms += 10) {
        size_t n = ptime_ms % 20 ? 80 : 160;
        struct rtp_packet packet;

        assert_int_equal(rtp_sender_init(&sender), 0);
        rtp_sender_set(&sender, G711_A_LAW, 8, ptime_ms, true);
        for (size_t done = n; done < ptime_ms * 8; done += n)
            assert_int_equal(rtp_sender_take(&sender, silence, n, done, data), 0);
        len = rtp_sender_take(&sender, silence, n, 9999, data);
        assert_int_equal(len, RTP_PACKET_HEADER_LEN + ptime_ms * 8);
        packet = read_packet(data, len);
        assert_int_equal(sender.timestamp - packet.timestamp, ptime_ms * 8);
        assert_int_equal(sender.first_us, n == ptime_ms * 8 ? 9999 : n);
    }
}

static void test_time_goes_on_while_nothing_is_sent(void **state)
{
    struct rtp_sender sender;
    uint8_t data[RTP_SENDER_MAX_LEN];
    struct rtp_packet before, after;

    (void)state;
    assert_int_equal(rtp_sender_init(&sender), 0);
    rtp_sender_set(&sender, G711_A_LAW, 8, 20, true);
    before = read_packet(data, rtp_sender_take(&sender, silence, 160, 0, data));
    rtp_sender_set(&sender, G711_A_LAW, 8, 20, false);
    for (int i = 0; i < 50; i++)
        assert_int_equal(rtp_sender_take(&sender, silence, 160, 0, data), 0);
    rtp_sender_set(&sender, G711_A_LAW, 8, 20, true);
    after = read_packet(data, rtp_sender_take(&sender, silence, 160, 0, data));
    assert_int_equal(after.timestamp - before.timestamp, 51 * 160);
    assert_int_equal((uint16_t)(after.sequence - before.sequence), 1);
    assert_true(after.has_marker);
}

static void test_a_change_in_the_middle_of_a_packet(void **state)
{
    struct rtp_sender sender;
    uint8_t data[RTP_SENDER_MAX_LEN];

    (void)state;
    assert_int_equal(rtp_sender_init(&sender), 0);
    rtp_sender_set(&sender, G711_A_LAW, 8, 40, true);
    assert_int_equal(rtp_sender_take(&sender, silence, 160, 0, data), 0);
    rtp_sender_set(&sender, G711_U_LAW, 0, 20, true); /* nothing half A, half mu */
    assert_int_equal(rtp_sender_take(&sender, silence, 160, 0, data), RTP_PACKET_HEADER_LEN + 160);
    assert_int_equal(rtp_sender_take(&sender, silence, 160, 0, data), RTP_PACKET_HEADER_LEN + 160);
    rtp_sender_set(&sender, G711_U_LAW, 0, 10, true); /* less than a period: does not fit */
    assert_int_equal(rtp_sender_take(&sender, silence, 160, 0, data), 0);
}

static void test_two_calls_differ(void **state)
{
    struct rtp_sender a, b;

    (void)state;
    assert_int_equal(rtp_sender_init(&a), 0);
    assert_int_equal(rtp_sender_init(&b), 0);
    assert_true(a.ssrc != b.ssrc && a.timestamp != b.timestamp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_follow_each_other),
        cmocka_unit_test(test_every_ptime),
        cmocka_unit_test(test_time_goes_on_while_nothing_is_sent),
        cmocka_unit_test(test_a_change_in_the_middle_of_a_packet),
        cmocka_unit_test(test_two_calls_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
