/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/rtcp_packet.h"

enum { OWN = 0x01020304, PEER = 0x11223344 };

#define BYTES(text) text, sizeof(text) - 1
#define PEER_SSRC "\x11\x22\x33\x44"
#define SENDER                                                                                     \
    "\x83\xaa\x7e\x80\x40\x00\x00\x00"                                                             \
    "\x00\x00\x01\x00"                                                                             \
    "\x00\x00\x00\x05"                                                                             \
    "\x00\x00\x03\x20"
#define BLOCK(ssrc, lost)                                                                          \
    ssrc lost "\x00\x01\x00\x07"                                                                   \
              "\x00\x00\x00\x09"                                                                   \
              "\x7e\x80\x40\x00"                                                                   \
              "\x00\x01\x00\x00"
#define OWN_BLOCK BLOCK("\x01\x02\x03\x04", "\x40\x00\x00\x02")
#define OTHER_BLOCK BLOCK("\x0a\x0b\x0c\x0d", "\xff\x00\x00\x63")
#define RR_EMPTY "\x80\xc9\x00\x01" PEER_SSRC
#define SDES                                                                                       \
    "\x81\xca\x00\x03" PEER_SSRC "\x01\x03"                                                        \
    "a@b\0\0\0"

struct read_case {
    const char *name;
    const char *data;
    size_t len;
    int err;
    struct rtcp_report report;
};

#define RECEPTION(fraction, lost)                                                                  \
    {                                                                                              \
        OWN, fraction, lost, 0x10007, 9, 0x7e804000, 0x10000                                       \
    }
#define SENT true, UINT64_C(0x83aa7e8040000000), 0x100, 5, 800
#define NOT_SENT false, 0, 0, 0, 0

/* clang-format off */
static const struct read_case cases[] = {
    {"RR, nothing heard", BYTES(RR_EMPTY), 0, {PEER, NOT_SENT, false, {0}, false}},
    {"RR and SDES", BYTES(RR_EMPTY SDES), 0, {PEER, NOT_SENT, false, {0}, false}},
    {"SR about us", BYTES("\x81\xc8\x00\x0c" PEER_SSRC SENDER OWN_BLOCK), 0, {PEER, SENT, true, RECEPTION(0x40, 2), false}},
    {"SR about nobody", BYTES("\x80\xc8\x00\x06" PEER_SSRC SENDER SDES), 0, {PEER, SENT, false, {0}, false}},
    {"RR about us, as the second of three", BYTES("\x83\xc9\x00\x13" PEER_SSRC OTHER_BLOCK OWN_BLOCK OTHER_BLOCK), 0, {PEER, NOT_SENT, true, RECEPTION(0x40, 2), false}},
    {"RR about others only", BYTES("\x82\xc9\x00\x0d" PEER_SSRC OTHER_BLOCK OTHER_BLOCK), 0, {PEER, NOT_SENT, false, {0}, false}},
    {"more than was sent: lost below 0", BYTES("\x81\xc9\x00\x07" PEER_SSRC BLOCK("\1\2\3\4", "\0\xff\xff\xff")), 0, {PEER, NOT_SENT, true, RECEPTION(0, -1), false}},
    {"lost, the least", BYTES("\x81\xc9\x00\x07" PEER_SSRC BLOCK("\1\2\3\4", "\0\x80\0\0")), 0, {PEER, NOT_SENT, true, RECEPTION(0, -8388608), false}},
    {"lost, the most", BYTES("\x81\xc9\x00\x07" PEER_SSRC BLOCK("\1\2\3\4", "\0\x7f\xff\xff")), 0, {PEER, NOT_SENT, true, RECEPTION(0, 8388607), false}},
    {"a profile's extension after the blocks", BYTES("\x81\xc9\x00\x08" PEER_SSRC OWN_BLOCK "eeee"), 0, {PEER, NOT_SENT, true, RECEPTION(0x40, 2), false}},
    {"a second RR of the same source", BYTES(RR_EMPTY "\x81\xc9\x00\x07" PEER_SSRC OWN_BLOCK SDES), 0, {PEER, NOT_SENT, true, RECEPTION(0x40, 2), false}},
    {"a second RR of another one", BYTES(RR_EMPTY "\x81\xc9\x00\x07" "zzzz" OWN_BLOCK SDES), 0, {PEER, NOT_SENT, false, {0}, false}},
    {"BYE", BYTES(RR_EMPTY SDES "\x81\xcb\x00\x01" PEER_SSRC), 0, {PEER, NOT_SENT, false, {0}, true}},
    {"BYE with a reason", BYTES(RR_EMPTY "\x81\xcb\x00\x03" PEER_SSRC "\4gone\0\0\0"), 0, {PEER, NOT_SENT, false, {0}, true}},
    {"BYE of three, the last one ours", BYTES(RR_EMPTY "\x83\xcb\x00\x03" "aaaa" "bbbb" PEER_SSRC), 0, {PEER, NOT_SENT, false, {0}, true}},
    {"BYE of others", BYTES(RR_EMPTY "\x82\xcb\x00\x02" "aaaa" "bbbb"), 0, {PEER, NOT_SENT, false, {0}, false}},
    {"BYE of nobody", BYTES(RR_EMPTY "\x80\xcb\x00\x00"), 0, {PEER, NOT_SENT, false, {0}, false}},
    {"APP and feedback are passed over", BYTES(RR_EMPTY "\x80\xcc\x00\x02" PEER_SSRC "name" "\x81\xce\x00\x02" PEER_SSRC "\1\2\3\4"), 0, {PEER, NOT_SENT, false, {0}, false}},
    {"padding in the last", BYTES(RR_EMPTY "\xa1\xcb\x00\x02" PEER_SSRC "\0\0\0\4"), 0, {PEER, NOT_SENT, false, {0}, true}},

    {"nothing", BYTES(""), EBADMSG, {0}},
    {"SDES first", BYTES(SDES RR_EMPTY), EBADMSG, {0}},
    {"BYE first", BYTES("\x81\xcb\x00\x01" PEER_SSRC), EBADMSG, {0}},
    {"RTP", BYTES("\x80\x08\x12\x34\0\0\1\0\xde\xad\xbe\xef" "abcd"), EBADMSG, {0}},
    {"STUN", BYTES("\x00\x01\x00\x00\x21\x12\xa4\x42" "abcdefghijkl"), EBADMSG, {0}},
    {"version 1 first", BYTES("\x40\xc9\x00\x01" PEER_SSRC), EBADMSG, {0}},
    {"version 1 second", BYTES(RR_EMPTY "\x41\xca\x00\x03" PEER_SSRC "\x01\x03" "a@b\0\0\0"), EBADMSG, {0}},
    {"SR too short for itself", BYTES("\x80\xc8\x00\x05" PEER_SSRC "\x83\xaa\x7e\x80\x40\x00\x00\x00" "\x00\x00\x01\x00" "\x00\x00\x00\x05"), EBADMSG, {0}},
    {"RR too short for itself", BYTES("\x80\xc9\x00\x00"), EBADMSG, {0}},
    {"two blocks promised, one there", BYTES("\x82\xc9\x00\x07" PEER_SSRC OWN_BLOCK), EBADMSG, {0}},
    {"31 blocks promised", BYTES("\x9f\xc9\x00\x07" PEER_SSRC OWN_BLOCK), EBADMSG, {0}},
    {"longer than what came", BYTES("\x80\xc9\x00\x02" PEER_SSRC), EBADMSG, {0}},
    {"65536 words", BYTES("\x80\xc9\xff\xff" PEER_SSRC), EBADMSG, {0}},
    {"something at the end", BYTES(RR_EMPTY "\x81\xca"), EBADMSG, {0}},
    {"a BYE of more than there are", BYTES(RR_EMPTY "\x82\xcb\x00\x01" PEER_SSRC), EBADMSG, {0}},
    {"padding in the first", BYTES("\xa0\xc9\x00\x02" PEER_SSRC "\0\0\0\4"), EBADMSG, {0}},
    {"padding in the middle", BYTES(RR_EMPTY "\xa0\xcc\x00\x02" PEER_SSRC "\0\0\0\4" SDES), EBADMSG, {0}},
    {"padding of 0", BYTES(RR_EMPTY "\xa1\xcb\x00\x02" PEER_SSRC "\0\0\0\0"), EBADMSG, {0}},
    {"padding of 3", BYTES(RR_EMPTY "\xa1\xcb\x00\x02" PEER_SSRC "\0\0\0\3"), EBADMSG, {0}},
    {"padding of all but the header", BYTES(RR_EMPTY "\xa1\xcb\x00\x02" PEER_SSRC "\0\0\0\x08"), EBADMSG, {0}},
    {"padding of more than there is", BYTES(RR_EMPTY "\xa0\xcb\x00\x02" PEER_SSRC "\0\0\0\x0c"), EBADMSG, {0}},
};
/* clang-format on */

static void assert_report_equal(const struct rtcp_report *got, const struct rtcp_report *want)
{
    assert_int_equal(got->ssrc, want->ssrc);
    assert_int_equal(got->is_sender, want->is_sender);
    assert_true(got->ntp_time == want->ntp_time);
    assert_int_equal(got->rtp_time, want->rtp_time);
    assert_int_equal(got->packets_sent, want->packets_sent);
    assert_int_equal(got->octets_sent, want->octets_sent);
    assert_int_equal(got->is_bye, want->is_bye);
    assert_int_equal(got->has_reception, want->has_reception);
    if (!want->has_reception)
        return;
    assert_int_equal(got->reception.ssrc, want->reception.ssrc);
    assert_int_equal(got->reception.fraction_lost, want->reception.fraction_lost);
    assert_int_equal(got->reception.packets_lost, want->reception.packets_lost);
    assert_int_equal(got->reception.highest_sequence, want->reception.highest_sequence);
    assert_int_equal(got->reception.jitter, want->reception.jitter);
    assert_int_equal(got->reception.last_report, want->reception.last_report);
    assert_int_equal(got->reception.since_report, want->reception.since_report);
}

static int read_copy(const char *data, size_t len, struct rtcp_report *ret_report)
{
    uint8_t *copy = malloc(len ? len : 1); /* exactly so long: reading on shows */
    int err;

    assert_non_null(copy);
    memcpy(copy, data, len);
    err = rtcp_packet_read(copy, len, OWN, ret_report);
    free(copy);
    return err;
}

static void test_reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rtcp_report report = {.ssrc = 77};

        print_message("# %s\n", cases[i].name);
        assert_int_equal(read_copy(cases[i].data, cases[i].len, &report), cases[i].err);
        if (cases[i].err)
            assert_int_equal(report.ssrc, 77); /* untouched */
        else
            assert_report_equal(&report, &cases[i].report);
    }
}

/* Cut off anywhere but between two packets: refused. */
static void test_truncated(void **state)
{
    static const char data[] =
        "\x81\xc8\x00\x0c" PEER_SSRC SENDER OWN_BLOCK SDES "\x81\xcb\x00\x01" PEER_SSRC;
    struct rtcp_report report;

    (void)state;
    for (size_t len = 0; len < sizeof(data) - 1; len++)
        assert_int_equal(read_copy(data, len, &report), len == 52 || len == 68 ? 0 : EBADMSG);
    assert_int_equal(read_copy(data, sizeof(data) - 1, &report), 0);
}

static void test_what_is_written_is_read(void **state)
{
    static const struct rtcp_report reports[] = {
        {.ssrc = PEER},
        {PEER, SENT, true, RECEPTION(255, 8388607), true},
        {PEER, SENT, false, {0}, false},
        {PEER, NOT_SENT, true, RECEPTION(1, -8388608), false},
        {UINT32_MAX,
         true,
         UINT64_MAX,
         UINT32_MAX,
         UINT32_MAX,
         UINT32_MAX,
         true,
         {OWN, 255, -1, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
         true},
    };
    static const char *const cnames[] = {"", "a", "ab", "abc", "abcd", "door@192.0.2.1"};

    (void)state;
    for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++) {
        for (size_t k = 0; k < sizeof(cnames) / sizeof(*cnames); k++) {
            uint8_t buf[RTCP_PACKET_MAX_LEN];
            struct rtcp_report report;
            size_t len = rtcp_packet_write(&reports[i], cnames[k], buf, sizeof(buf));

            assert_true(len > 0);
            assert_int_equal(len % 4, 0);
            assert_int_equal(rtcp_packet_read(buf, len, OWN, &report), 0);
            assert_report_equal(&report, &reports[i]);
            if (*cnames[k])
                assert_non_null(memmem(buf, len, cnames[k], strlen(cnames[k])));
        }
    }
}

static void test_lost_is_clamped(void **state)
{
    struct rtcp_report report = {PEER, NOT_SENT, true, RECEPTION(0, 0), false}, got;
    uint8_t buf[RTCP_PACKET_MAX_LEN];

    (void)state;
    report.reception.packets_lost = INT32_MAX;
    assert_int_equal(
        rtcp_packet_read(buf, rtcp_packet_write(&report, "a", buf, sizeof(buf)), OWN, &got), 0);
    assert_int_equal(got.reception.packets_lost, 0x7fffff);
    report.reception.packets_lost = INT32_MIN;
    assert_int_equal(
        rtcp_packet_read(buf, rtcp_packet_write(&report, "a", buf, sizeof(buf)), OWN, &got), 0);
    assert_int_equal(got.reception.packets_lost, -0x800000);
}

static void test_written_bytes(void **state)
{
    static const char want[] =
        "\x81\xc8\x00\x0c" PEER_SSRC SENDER OWN_BLOCK SDES "\x81\xcb\x00\x01" PEER_SSRC;
    const struct rtcp_report report = {PEER, SENT, true, RECEPTION(0x40, 2), true};
    uint8_t buf[RTCP_PACKET_MAX_LEN];

    (void)state;
    assert_int_equal(rtcp_packet_write(&report, "a@b", buf, sizeof(buf)), sizeof(want) - 1);
    assert_memory_equal(buf, want, sizeof(want) - 1);
}

/* Never beyond size; all or nothing. */
static void test_bounds_of_writing(void **state)
{
    const struct rtcp_report report = {PEER, SENT, true, RECEPTION(0, 0), true};
    char cname[RTCP_PACKET_MAX_CNAME + 2];
    uint8_t buf[RTCP_PACKET_MAX_LEN];
    size_t len;

    (void)state;
    memset(cname, 'x', sizeof(cname));
    cname[RTCP_PACKET_MAX_CNAME + 1] = '\0';
    assert_int_equal(rtcp_packet_write(&report, cname, buf, sizeof(buf)), 0);
    cname[RTCP_PACKET_MAX_CNAME] = '\0';
    len = rtcp_packet_write(&report, cname, buf, sizeof(buf));
    assert_true(len > 0 && len < RTCP_PACKET_MAX_LEN);
    for (size_t size = 0; size < len; size++) {
        uint8_t *small = malloc(size ? size : 1);

        assert_non_null(small);
        assert_int_equal(rtcp_packet_write(&report, cname, small, size), 0);
        free(small);
    }
    assert_int_equal(rtcp_packet_write(&report, cname, buf, len), len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_lost_is_clamped),
        cmocka_unit_test(test_written_bytes),
        cmocka_unit_test(test_bounds_of_writing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
