/* SPDX-License-Identifier: MIT */
/* Over loopback sockets, with a phone made here; nothing waits for time. */
#include "test.h"

#include <errno.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "media/audio.h"
#include "media/g711.h"
#include "media/rtcp_packet.h"
#include "media/rtp_packet.h"
#include "media/rtp_session.h"
#include "media/rtp_socket.h"

enum { N = 160, DTMF = 101 };

static struct rtp_socket ours, phone, stranger;
static struct sa ours_rtp, ours_rtcp, phone_rtp, phone_rtcp;
static struct rtp_session *session;
static char digits[50];
static uint16_t sequence;
static const int16_t silence[N];

static void on_digit(char digit, void *arg)
{
    size_t n = strlen(digits);

    assert_ptr_equal(arg, digits);
    assert_true(n + 1 < sizeof(digits));
    digits[n] = digit;
}

static struct audio_stream stream(void)
{
    return (struct audio_stream){.rtp = &phone_rtp,
                                 .rtcp = &phone_rtcp,
                                 .codec = AUDIO_PCMU,
                                 .payload_types = {0, 8},
                                 .dtmf_payload_type = DTMF,
                                 .ptime_ms = 20,
                                 .is_sending = true,
                                 .is_receiving = true};
}

static int set_up(void **state)
{
    struct sa any;

    (void)state;
    memset(digits, 0, sizeof(digits));
    sequence = 100;
    if (sa_set_str(&any, "127.0.0.1", 0) || rtp_socket_open(&ours, &any, 16384, 32767) ||
        rtp_socket_open(&phone, &any, 16384, 32767) ||
        rtp_socket_open(&stranger, &any, 16384, 32767))
        return 1;
    ours_rtp = ours_rtcp = phone_rtp = phone_rtcp = any;
    sa_set_port(&ours_rtp, ours.port);
    sa_set_port(&ours_rtcp, (uint16_t)(ours.port + 1));
    sa_set_port(&phone_rtp, phone.port);
    sa_set_port(&phone_rtcp, (uint16_t)(phone.port + 1));
    return rtp_session_new(ours.rtp_fd, ours.rtcp_fd, on_digit, digits, &session);
}

static int tear_down(void **state)
{
    (void)state;
    session = rtp_session_free(session);
    assert_null(rtp_session_free(NULL));
    rtp_socket_close(&ours);
    rtp_socket_close(&phone);
    rtp_socket_close(&stranger);
    return 0;
}

static void send_from(const struct rtp_socket *from, uint8_t type, const uint8_t *payload,
                      size_t len)
{
    uint8_t data[RTP_PACKET_HEADER_LEN + N];
    const struct rtp_packet packet = {
        .payload_type = type, .sequence = sequence, .timestamp = sequence * 160U, .ssrc = 9};

    sequence++;
    rtp_packet_write_header(&packet, data);
    memcpy(data + RTP_PACKET_HEADER_LEN, payload, len);
    assert_int_equal(rtp_socket_send(from->rtp_fd, data, RTP_PACKET_HEADER_LEN + len, &ours_rtp),
                     0);
}

static size_t receive_at(int fd)
{
    uint8_t data[RTP_PACKET_MAX_LEN];
    struct sa from;
    size_t len = 0;

    return rtp_socket_receive(fd, data, sizeof(data), &len, &from) ? 0 : len;
}

static void test_before_a_stream_nothing_goes_out_or_in(void **state)
{
    static const uint8_t payload[N];
    struct audio_stats stats = {0};
    int16_t samples[N];

    (void)state;
    send_from(&phone, 0, payload, N);
    rtp_session_receive_rtp(session);
    rtp_session_send(session, silence, 1);
    rtp_session_report(session);
    rtp_session_bye(session);
    assert_false(rtp_session_play(session, samples));
    assert_int_equal(rtp_session_silent_ms(session), 0);
    rtp_session_stats(session, &stats);
    assert_int_equal(stats.sent + stats.received, 0);
    assert_int_equal(receive_at(phone.rtp_fd), 0);
    assert_int_equal(receive_at(phone.rtcp_fd), 0);
}

static void test_the_period_follows_the_packets(void **state)
{
    struct audio_stream now = stream();

    (void)state;
    assert_int_equal(rtp_session_period_ms(session), 20);
    for (unsigned ptime_ms = 10; ptime_ms <= 60; ptime_ms += 10) {
        unsigned period_ms = ptime_ms % 20 ? 10 : 20;

        now.ptime_ms = ptime_ms;
        rtp_session_set(session, &now);
        assert_int_equal(rtp_session_period_ms(session), period_ms);
        for (unsigned ms = period_ms; ms < ptime_ms; ms += period_ms) {
            rtp_session_send(session, silence, 1);
            assert_int_equal(receive_at(phone.rtp_fd), 0);
        }
        rtp_session_send(session, silence, 1);
        assert_int_equal(receive_at(phone.rtp_fd), RTP_PACKET_HEADER_LEN + ptime_ms * 8);
    }
}

static void test_sound_and_digits_from_the_phone_only(void **state)
{
    static const uint8_t payload[N], digit[4] = {10, 0, 0, 160};
    struct audio_stream now = stream();
    struct audio_stats stats = {0};

    (void)state;
    rtp_session_set(session, &now);
    send_from(&stranger, 0, payload, N); /* the first to come, but another was told */
    send_from(&phone, 0, payload, N);
    send_from(&stranger, DTMF, digit, 4);
    send_from(&stranger, 0, payload, N);
    send_from(&phone, DTMF, digit, 4);
    rtp_session_receive_rtp(session);
    assert_string_equal(digits, "*");
    rtp_session_send(session, silence, 1);
    assert_int_equal(receive_at(phone.rtp_fd), RTP_PACKET_HEADER_LEN + N);
    assert_int_equal(receive_at(stranger.rtp_fd), 0);
    rtp_session_stats(session, &stats);
    assert_int_equal(stats.received, 2);
    assert_int_equal(stats.sent, 1);
    assert_true(stats.first_received_us && stats.first_sent_us);
}

static void test_a_flood_is_read_in_pieces(void **state)
{
    static const uint8_t payload[N];
    struct audio_stream now = stream();
    struct audio_stats stats = {0};

    (void)state;
    rtp_session_set(session, &now);
    for (int i = 0; i < RTP_SESSION_MAX_PACKETS + 5; i++)
        send_from(&phone, 0, payload, N);
    rtp_session_receive_rtp(session);
    assert_true(receive_at(ours.rtp_fd) > 0); /* some are left */
    rtp_session_receive_rtp(session);
    rtp_session_stats(session, &stats);
    assert_int_equal(receive_at(ours.rtp_fd), 0);
}

static void send_report(const struct rtp_socket *from, uint32_t lost_there)
{
    uint8_t data[RTCP_PACKET_MAX_LEN];
    struct rtcp_report report = {.ssrc = 9, .has_reception = true};
    struct rtcp_report sent;
    size_t len;
    struct sa at;

    /* our SSRC is in what we send at the end */
    rtp_session_bye(session);
    assert_int_equal(rtp_socket_receive(phone.rtcp_fd, data, sizeof(data), &len, &at), 0);
    assert_int_equal(rtcp_packet_read(data, len, 0, &sent), 0);
    report.reception.ssrc = sent.ssrc;
    report.reception.packets_lost = (int32_t)lost_there;
    len = rtcp_packet_write(&report, "x", data, sizeof(data));
    assert_true(len > 0);
    assert_int_equal(rtp_socket_send(from->rtcp_fd, data, len, &ours_rtcp), 0);
    rtp_session_receive_rtcp(session);
}

static void test_reports_from_the_phone_only(void **state)
{
    struct audio_stream now = stream();
    struct audio_stats stats = {0};

    (void)state;
    rtp_session_set(session, &now);
    send_report(&phone, 3);
    rtp_session_stats(session, &stats);
    assert_int_equal(stats.lost_there, 3);
    send_report(&stranger, 77); /* the same host, but the phone goes on */
    rtp_session_stats(session, &stats);
    assert_int_equal(stats.lost_there, 3);
    assert_int_equal(rtp_socket_send(phone.rtcp_fd, "no RTCP", 7, &ours_rtcp), 0);
    rtp_session_receive_rtcp(session);
    rtp_session_stats(session, &stats);
    assert_int_equal(stats.lost_there, 3);
}

static void test_held_nothing_is_expected(void **state)
{
    struct audio_stream now = stream();

    (void)state;
    now.is_receiving = now.is_sending = false;
    rtp_session_set(session, &now);
    assert_int_equal(rtp_session_silent_ms(session), 0);
    rtp_session_send(session, silence, 1);
    assert_int_equal(receive_at(phone.rtp_fd), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_before_a_stream_nothing_goes_out_or_in),
        TEST(test_the_period_follows_the_packets),
        TEST(test_sound_and_digits_from_the_phone_only),
        TEST(test_a_flood_is_read_in_pieces),
        TEST(test_reports_from_the_phone_only),
        TEST(test_held_nothing_is_expected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
