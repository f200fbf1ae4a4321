/* SPDX-License-Identifier: MIT */
#include "media/rtp_session.h"

#include <errno.h>
#include <stdlib.h>

#include <re_types.h>
#include <re_sa.h>

#include "media/audio.h"
#include "media/device.h"
#include "media/rtcp_packet.h"
#include "media/rtcp_session.h"
#include "media/rtp_receiver.h"
#include "media/rtp_sender.h"
#include "media/rtp_socket.h"
#include "media/rtp_source.h"

struct rtp_session {
    int rtp_fd, rtcp_fd;
    rtp_session_digit_fn *on_digit;
    void *arg;
    unsigned period_ms;
    bool has_stream, is_receiving;
    struct sa rtcp_told;
    struct rtp_receiver *receiver;
    struct rtp_sender sender;
    struct rtcp_session rtcp;
    struct rtp_source *rtcp_source;
    uint64_t heard_at_ms; /* RTP, RTCP, or when it was not yet expected */
    uint64_t first_sent_us, first_received_us;
    uint32_t sent;
    unsigned send_delay_us;
};

static uint64_t now_ms(void)
{
    return device_clock_us() / 1000;
}

int rtp_session_new(int rtp_fd, int rtcp_fd, rtp_session_digit_fn *on_digit, void *arg,
                    struct rtp_session **ret_session)
{
    struct rtp_session *session = calloc(1, sizeof(*session));
    int err;

    if (!session)
        return ENOMEM;
    session->rtp_fd = rtp_fd;
    session->rtcp_fd = rtcp_fd;
    session->on_digit = on_digit;
    session->arg = arg;
    session->period_ms = RTP_SESSION_PERIOD_MS;
    err = rtp_sender_init(&session->sender);
    if (!err)
        err = rtcp_session_init(&session->rtcp, now_ms());
    if (!err)
        err = rtp_receiver_new(session->period_ms, &session->receiver);
    if (!err)
        err = rtp_source_new(&session->rtcp_source);
    if (err)
        rtp_session_free(session);
    else
        *ret_session = session;
    return err;
}

struct rtp_session *rtp_session_free(struct rtp_session *session)
{
    if (session) {
        rtp_receiver_free(session->receiver);
        rtp_source_free(session->rtcp_source);
    }
    free(session);
    return NULL;
}

/* Periods must fit into packets. Without memory for it the packets follow the periods. */
static void set_period(struct rtp_session *session, unsigned ptime_ms)
{
    unsigned period_ms =
        ptime_ms % RTP_SESSION_PERIOD_MS ? RTP_SESSION_PERIOD_MS / 2 : RTP_SESSION_PERIOD_MS;
    struct rtp_receiver *receiver;

    if (period_ms == session->period_ms || rtp_receiver_new(period_ms, &receiver))
        return;
    rtp_receiver_free(session->receiver);
    session->receiver = receiver;
    session->period_ms = period_ms;
}

void rtp_session_set(struct rtp_session *session, const struct audio_stream *stream)
{
    const struct rtp_receiver_stream receiving = {
        .told = stream->rtp,
        .payload_types = {stream->payload_types[0], stream->payload_types[1]},
        .dtmf_payload_type = stream->dtmf_payload_type,
        .is_receiving = stream->is_receiving,
    };

    set_period(session, stream->ptime_ms);
    rtp_receiver_set(session->receiver, &receiving, now_ms());
    rtp_source_tell(session->rtcp_source, stream->rtcp, now_ms());
    session->rtcp_told = *stream->rtcp;
    rtp_sender_set(&session->sender, stream->codec == AUDIO_PCMA ? G711_A_LAW : G711_U_LAW,
                   stream->payload_types[stream->codec],
                   stream->ptime_ms % session->period_ms ? session->period_ms : stream->ptime_ms,
                   stream->is_sending);
    session->is_receiving = stream->is_receiving;
    if (!session->has_stream)
        session->rtcp.due_ms = now_ms() + RTCP_SESSION_FIRST_MS;
    session->has_stream = true;
    session->heard_at_ms = now_ms();
}

unsigned rtp_session_period_ms(const struct rtp_session *session)
{
    return session->period_ms;
}

void rtp_session_receive_rtp(struct rtp_session *session)
{
    uint8_t data[RTP_PACKET_MAX_LEN];
    struct rtp_receiver_stats stats;
    struct sa from;
    size_t len;
    char digit;
    int err = 0;

    for (int i = 0; i < RTP_SESSION_MAX_PACKETS && err != EAGAIN; i++) {
        err = rtp_socket_receive(session->rtp_fd, data, sizeof(data), &len, &from);
        if (err)
            continue;
        digit = rtp_receiver_take(session->receiver, data, len, &from, now_ms());
        if (digit)
            session->on_digit(digit, session->arg);
    }
    rtp_receiver_stats(session->receiver, &stats);
    if (stats.heard_at_ms > session->heard_at_ms)
        session->heard_at_ms = stats.heard_at_ms;
    if (stats.received && !session->first_received_us)
        session->first_received_us = device_clock_us();
}

/* RTCP comes from where RTP goes to, or from where we were told. */
static bool is_of_peer(const struct rtp_session *session, const struct sa *from)
{
    const struct sa *rtp = rtp_receiver_target(session->receiver);

    return (rtp && sa_cmp(rtp, from, SA_ADDR)) || sa_cmp(&session->rtcp_told, from, SA_ADDR);
}

void rtp_session_receive_rtcp(struct rtp_session *session)
{
    uint8_t data[RTP_PACKET_MAX_LEN];
    struct rtcp_report report;
    struct sa from;
    size_t len;
    int err = 0;

    for (int i = 0; i < RTP_SESSION_MAX_PACKETS && err != EAGAIN; i++) {
        err = rtp_socket_receive(session->rtcp_fd, data, sizeof(data), &len, &from);
        if (err || !session->has_stream || !is_of_peer(session, &from) ||
            rtcp_packet_read(data, len, session->sender.ssrc, &report) ||
            !rtp_source_hear(session->rtcp_source, &from, now_ms()))
            continue;
        rtcp_session_take(&session->rtcp, &report, now_ms());
        session->heard_at_ms = now_ms();
    }
}

static void send_rtcp(struct rtp_session *session, bool is_bye)
{
    uint8_t data[RTCP_PACKET_MAX_LEN];
    const struct sa *target = rtp_source_target(session->rtcp_source);
    size_t len = rtcp_session_write(&session->rtcp, &session->sender, session->receiver, is_bye,
                                    now_ms(), data);

    if (len && target)
        (void)rtp_socket_send(session->rtcp_fd, data, len, target);
}

void rtp_session_send(struct rtp_session *session, const int16_t *samples, uint64_t first_us)
{
    uint8_t packet[RTP_SENDER_MAX_LEN];
    const struct sa *target = rtp_receiver_target(session->receiver);
    size_t len = rtp_sender_take(&session->sender, samples,
                                 session->period_ms * (DEVICE_RATE_HZ / 1000), first_us, packet);
    uint64_t sent_us;

    if (!len || !target || rtp_socket_send(session->rtp_fd, packet, len, target))
        return;
    sent_us = device_clock_us();
    session->sent++;
    if (!session->first_sent_us)
        session->first_sent_us = sent_us;
    if (sent_us - session->sender.first_us > session->send_delay_us)
        session->send_delay_us = (unsigned)(sent_us - session->sender.first_us);
}

bool rtp_session_play(struct rtp_session *session, int16_t *samples)
{
    return rtp_receiver_play(session->receiver, samples, now_ms());
}

void rtp_session_report(struct rtp_session *session)
{
    if (session->has_stream && now_ms() >= session->rtcp.due_ms)
        send_rtcp(session, false);
}

void rtp_session_bye(struct rtp_session *session)
{
    if (session->has_stream)
        send_rtcp(session, true);
}

uint64_t rtp_session_silent_ms(struct rtp_session *session)
{
    if (!session->has_stream || !session->is_receiving)
        return 0;
    return now_ms() - session->heard_at_ms;
}

void rtp_session_stats(const struct rtp_session *session, struct audio_stats *stats)
{
    struct rtp_receiver_stats received;

    rtp_receiver_stats(session->receiver, &received);
    stats->sent = session->sent;
    stats->received = received.received;
    stats->lost = received.lost;
    stats->late = received.late;
    stats->dropped = received.dropped;
    stats->jitter_ms = received.jitter_ms;
    stats->delay_ms = received.delay_ms;
    stats->first_sent_us = session->first_sent_us;
    stats->first_received_us = session->first_received_us;
    stats->send_delay_us = session->send_delay_us;
    stats->round_trip_ms = session->rtcp.round_trip_ms;
    stats->lost_there = session->rtcp.lost_there;
}
