/* SPDX-License-Identifier: MIT */
#include "media/rtcp_session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "media/rtp_receiver.h"
#include "media/rtp_sender.h"

enum { MAX_ROUND_TRIP_MS = 60000 };

int rtcp_session_init(struct rtcp_session *session, uint64_t now_ms)
{
    uint64_t random;

    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return EIO;
    memset(session, 0, sizeof(*session));
    (void)snprintf(session->cname, sizeof(session->cname), "%016llx", (unsigned long long)random);
    session->due_ms = now_ms + RTCP_SESSION_FIRST_MS;
    return 0;
}

/* Seconds since 1900 and 1/2^32 of them, by the wall clock. */
static uint64_t ntp_now(void)
{
    const uint64_t from_1900_to_1970_s = 2208988800;
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (((uint64_t)now.tv_sec + from_1900_to_1970_s) << 32) |
           (((uint64_t)now.tv_nsec << 32) / 1000000000);
}

static uint32_t middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

static void read_reception(struct rtcp_session *session, const struct rtcp_reception *reception)
{
    uint64_t round_trip_ms;

    session->lost_there = reception->packets_lost > 0 ? (uint32_t)reception->packets_lost : 0;
    if (!reception->last_report)
        return;
    round_trip_ms =
        (uint64_t)(uint32_t)(middle(ntp_now()) - reception->last_report - reception->since_report) *
        1000 / 65536;
    if (round_trip_ms <= MAX_ROUND_TRIP_MS) /* else a clock was set, or it is not true */
        session->round_trip_ms = (unsigned)round_trip_ms;
}

void rtcp_session_take(struct rtcp_session *session, const struct rtcp_report *report,
                       uint64_t now_ms)
{
    if (report->is_sender) {
        session->has_report = true;
        session->last_report = middle(report->ntp_time);
        session->last_at_ms = now_ms;
    }
    if (report->has_reception)
        read_reception(session, &report->reception);
}

size_t rtcp_session_write(struct rtcp_session *session, const struct rtp_sender *sender,
                          struct rtp_receiver *receiver, bool is_bye, uint64_t now_ms,
                          uint8_t buf[RTCP_PACKET_MAX_LEN])
{
    struct rtcp_report report = {
        .ssrc = sender->ssrc,
        .is_sender = sender->packets != session->sent_before,
        .ntp_time = ntp_now(),
        .rtp_time = sender->timestamp,
        .packets_sent = sender->packets,
        .octets_sent = sender->octets,
        .is_bye = is_bye,
    };

    report.has_reception = rtp_receiver_reception(receiver, &report.reception);
    if (report.has_reception && session->has_report) {
        report.reception.last_report = session->last_report;
        report.reception.since_report = (uint32_t)((now_ms - session->last_at_ms) * 65536 / 1000);
    }
    session->sent_before = sender->packets;
    session->due_ms = now_ms + RTCP_SESSION_INTERVAL_MS;
    return rtcp_packet_write(&report, session->cname, buf, RTCP_PACKET_MAX_LEN);
}
