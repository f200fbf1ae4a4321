/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <ctype.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "media/rtcp_session.h"
#include "media/rtp_packet.h"
#include "media/rtp_receiver.h"
#include "media/rtp_sender.h"

static struct rtcp_session session;
static struct rtp_sender sender;
static struct rtp_receiver *receiver;

static int set_up(void **state)
{
    (void)state;
    return rtcp_session_init(&session, 1000) || rtp_sender_init(&sender) ||
           rtp_receiver_new(20, &receiver);
}

static int tear_down(void **state)
{
    (void)state;
    receiver = rtp_receiver_free(receiver);
    return 0;
}

static struct rtcp_report write_report(bool is_bye, uint64_t now_ms, uint32_t about)
{
    uint8_t data[RTCP_PACKET_MAX_LEN];
    struct rtcp_report report;
    size_t len = rtcp_session_write(&session, &sender, receiver, is_bye, now_ms, data);

    assert_true(len > 0);
    assert_non_null(memmem(data, len, session.cname, strlen(session.cname)));
    assert_int_equal(rtcp_packet_read(data, len, about, &report), 0);
    return report;
}

static void send_one(void)
{
    static const int16_t silence[160];
    uint8_t data[RTP_SENDER_MAX_LEN];

    rtp_sender_set(&sender, G711_A_LAW, 8, 20, true);
    assert_true(rtp_sender_take(&sender, silence, 160, 0, data) > 0);
}

static void test_reports_in_turn(void **state)
{
    struct rtcp_report report;

    (void)state;
    assert_int_equal(session.due_ms, 1000 + RTCP_SESSION_FIRST_MS);
    report = write_report(false, 3500, 0);
    assert_false(report.is_sender || report.has_reception || report.is_bye);
    assert_int_equal(report.ssrc, sender.ssrc);
    assert_int_equal(session.due_ms, 3500 + RTCP_SESSION_INTERVAL_MS);
    send_one();
    send_one();
    report = write_report(false, 8500, 0);
    assert_true(report.is_sender);
    assert_int_equal(report.packets_sent, 2);
    assert_int_equal(report.octets_sent, 320);
    assert_int_equal(report.rtp_time, sender.timestamp);
    assert_true(report.ntp_time >> 32 > 3900000000U); /* 2023, in seconds since 1900 */
    report = write_report(true, 13500, 0);
    assert_true(!report.is_sender && report.is_bye); /* nothing sent since */
}

static void test_what_the_other_side_says_comes_back(void **state)
{
    const struct rtcp_report theirs = {
        .ssrc = 7, .is_sender = true, .ntp_time = 0x1122334455667788, .packets_sent = 1};
    struct rtp_receiver_stream stream = {.payload_types = {0, 8}, .is_receiving = true};
    uint8_t data[RTP_PACKET_HEADER_LEN + 160] = {0x80, 8, 0, 1};
    struct rtcp_report report;
    struct sa from;

    (void)state;
    assert_int_equal(sa_set_str(&from, "192.0.2.1", 4000), 0);
    stream.told = &from;
    rtp_receiver_set(receiver, &stream, 1000);
    data[11] = 7;
    (void)rtp_receiver_take(receiver, data, sizeof(data), &from, 1000);
    rtcp_session_take(&session, &theirs, 2000);
    report = write_report(false, 3500, 7);
    assert_true(report.has_reception);
    assert_int_equal(report.reception.ssrc, 7);
    assert_int_equal(report.reception.last_report, 0x33445566);
    assert_int_equal(report.reception.since_report, 65536 * 3 / 2);
    assert_int_equal(report.reception.highest_sequence, 1);
}

static void test_round_trip_and_loss_there(void **state)
{
    struct rtcp_report ours, theirs = {.ssrc = 7, .has_reception = true};

    (void)state;
    send_one();
    ours = write_report(false, 3500, 0);
    theirs.reception.packets_lost = 5;
    rtcp_session_take(&session, &theirs, 3600);
    assert_int_equal(session.lost_there, 5);
    assert_int_equal(session.round_trip_ms, 0);
    theirs.reception.packets_lost = -2; /* duplicates */
    /* they say it lay with them for -2 s, as if it were sent 2 s ago and came back at once */
    theirs.reception.last_report = (uint32_t)(ours.ntp_time >> 16) - 2 * 65536;
    rtcp_session_take(&session, &theirs, 3600);
    assert_in_range(session.round_trip_ms, 1999, 2500);
    assert_int_equal(session.lost_there, 0);
    theirs.reception.since_report = 10 * 65536; /* not true */
    rtcp_session_take(&session, &theirs, 3700);
    assert_in_range(session.round_trip_ms, 1999, 2500);
}

static void test_the_name_tells_nothing(void **state)
{
    struct rtcp_session other;

    (void)state;
    assert_int_equal(rtcp_session_init(&other, 0), 0);
    assert_string_not_equal(other.cname, session.cname);
    assert_int_equal(strlen(other.cname), 16);
    for (const char *c = other.cname; *c; c++)
        assert_true(isxdigit((unsigned char)*c));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reports_in_turn),
        TEST(test_what_the_other_side_says_comes_back),
        TEST(test_round_trip_and_loss_there),
        TEST(test_the_name_tells_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
