/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "media/rtp_packet.h"

#define HEADER "\x80\x08\x12\x34\x00\x00\x01\x00\xde\xad\xbe\xef"

struct packet_case {
    const char *name;
    const char *data;
    size_t len;
    int err;
    const char *payload;
    size_t payload_len;
};

#define BYTES(text) text, sizeof(text) - 1
/* clang-format off */
static const struct packet_case cases[] = {
    {"plain", BYTES(HEADER "abcd"), 0, BYTES("abcd")},
    {"empty", BYTES(HEADER), 0, BYTES("")},
    {"two CSRCs", BYTES("\x82\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "11112222" "abcd"), 0, BYTES("abcd")},
    {"two CSRCs, nothing else", BYTES("\x82\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "11112222"), 0, BYTES("")},
    {"extension of 1 word", BYTES("\x90\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "\xbe\xde\0\1" "eeee" "abcd"), 0, BYTES("abcd")},
    {"extension of 0 words", BYTES("\x90\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "\xbe\xde\0\0" "abcd"), 0, BYTES("abcd")},
    {"padding", BYTES("\xa0\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "abcd" "\0\0\3"), 0, BYTES("abcd")},
    {"padding of 1", BYTES("\xa0\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "abcd" "\1"), 0, BYTES("abcd")},
    {"nothing but padding", BYTES("\xa0\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "\0\0\0\4"), 0, BYTES("")},
    {"all of it", BYTES("\xb1\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "1111" "\0\0\0\1" "eeee" "abcd" "\0\2"), 0, BYTES("abcd")},

    {"version 1", BYTES("\x40\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "abcd"), EBADMSG, NULL, 0},
    {"version 0: STUN", BYTES("\x00\x01\x00\x08\x21\x12\xa4\x42\xde\xad\xbe\xef" "abcd"), EBADMSG, NULL, 0},
    {"version 3", BYTES("\xc0\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "abcd"), EBADMSG, NULL, 0},
    {"15 CSRCs promised, 14 there", BYTES("\x8f\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "11112222333344445555666677778888999900001111222233334444"), EBADMSG, NULL, 0},
    {"extension longer than the packet", BYTES("\x90\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "\xbe\xde\0\2" "eeee"), EBADMSG, NULL, 0},
    {"extension of 65535 words", BYTES("\x90\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "\xbe\xde\xff\xff" "eeee"), EBADMSG, NULL, 0},
    {"half an extension header", BYTES("\x90\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "\xbe\xde"), EBADMSG, NULL, 0},
    {"padding of 0", BYTES("\xa0\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "abc\0"), EBADMSG, NULL, 0},
    {"padding into the header", BYTES("\xa0\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "abc\5"), EBADMSG, NULL, 0},
    {"padding into the CSRCs", BYTES("\xa1\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "1111" "abc\5"), EBADMSG, NULL, 0},
    {"padding, but no payload", BYTES("\xa0\x08\x12\x34\0\0\1\0\xde\xad\xbe\x01"), EBADMSG, NULL, 0},
};
/* clang-format on */

/* Exactly so long: reading on shows under the sanitizers. */
static uint8_t *copy(const char *data, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    assert_non_null(copy);
    memcpy(copy, data, len);
    return copy;
}

static void test_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint8_t *data = copy(cases[i].data, cases[i].len);
        struct rtp_packet packet = {.payload_type = 99};

        print_message("# %s\n", cases[i].name);
        assert_int_equal(rtp_packet_read(data, cases[i].len, &packet), cases[i].err);
        if (cases[i].err) {
            assert_int_equal(packet.payload_type, 99); /* untouched */
        } else {
            assert_false(packet.has_marker);
            assert_int_equal(packet.payload_type, 8);
            assert_int_equal(packet.sequence, 0x1234);
            assert_int_equal(packet.timestamp, 0x100);
            assert_int_equal(packet.ssrc, 0xdeadbeef);
            assert_int_equal(packet.payload_len, cases[i].payload_len);
            assert_memory_equal(packet.payload, cases[i].payload, cases[i].payload_len);
        }
        free(data);
    }
}

/* Cut off anywhere: refused, or what is left lies within the packet. */
static void test_truncated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        for (size_t len = 0; len < cases[i].len; len++) {
            uint8_t *data = copy(cases[i].data, len);
            struct rtp_packet packet;

            if (len < RTP_PACKET_HEADER_LEN)
                assert_int_equal(rtp_packet_read(data, len, &packet), EBADMSG);
            else if (!rtp_packet_read(data, len, &packet))
                assert_true(packet.payload >= data + RTP_PACKET_HEADER_LEN &&
                            packet.payload + packet.payload_len <= data + len);
            free(data);
        }
    }
}

static void test_what_is_written_is_read(void **state)
{
    static const struct rtp_packet packets[] = {
        {.has_marker = false, .payload_type = 0},
        {true, 127, 65535, UINT32_MAX, UINT32_MAX, NULL, 0},
        {true, 101, 0x0102, 0x03040506, 0x0708090a, NULL, 0},
        {false, 8, 1, 0x80000000, 1, NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(packets) / sizeof(*packets); i++) {
        uint8_t data[RTP_PACKET_HEADER_LEN + 3] = {0};
        struct rtp_packet packet;

        rtp_packet_write_header(&packets[i], data);
        assert_int_equal(rtp_packet_read(data, sizeof(data), &packet), 0);
        assert_int_equal(packet.has_marker, packets[i].has_marker);
        assert_int_equal(packet.payload_type, packets[i].payload_type);
        assert_int_equal(packet.sequence, packets[i].sequence);
        assert_int_equal(packet.timestamp, packets[i].timestamp);
        assert_int_equal(packet.ssrc, packets[i].ssrc);
        assert_int_equal(packet.payload_len, 3);
        assert_ptr_equal(packet.payload, data + RTP_PACKET_HEADER_LEN);
    }
}

static void test_written_bytes(void **state)
{
    const struct rtp_packet packet = {true, 101, 0x0102, 0x03040506, 0x0708090a, NULL, 0};
    uint8_t header[RTP_PACKET_HEADER_LEN];

    (void)state;
    rtp_packet_write_header(&packet, header);
    assert_memory_equal(header, "\x80\xe5\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_written_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
