/* SPDX-License-Identifier: MIT */
/* rtcp_session.h - the RTCP of one call: what we report and when, what the other side reports.
 * No sockets. One thread at a time. No allocation. */
#ifndef MEDIA_RTCP_SESSION_H
#define MEDIA_RTCP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/rtcp_packet.h"

struct rtp_receiver;
struct rtp_sender;

enum { RTCP_SESSION_INTERVAL_MS = 5000, RTCP_SESSION_FIRST_MS = 2500 };

/* A value to embed; members are to be read only. */
struct rtcp_session {
    char cname[17];         /* random, of this call only: tells nothing of who we are (RFC 7022) */
    uint64_t due_ms;        /* when the next report is to be sent */
    uint32_t sent_before;   /* packets, at our last report */
    bool has_report;        /* from the other side, a sender report: */
    uint32_t last_report;   /* middle of its NTP time */
    uint64_t last_at_ms;    /* when it came */
    unsigned round_trip_ms; /* 0: not known */
    uint32_t lost_there;    /* of our packets, as the other side says */
};

/* Returns 0 or EIO: no random numbers. */
int rtcp_session_init(struct rtcp_session *session, uint64_t now_ms);

/* A report came from the other side. */
void rtcp_session_take(struct rtcp_session *session, const struct rtcp_report *report,
                       uint64_t now_ms);

/* Make a report for now, and set when the next is due. Returns its length, 0: none. */
size_t rtcp_session_write(struct rtcp_session *session, const struct rtp_sender *sender,
                          struct rtp_receiver *receiver, bool is_bye, uint64_t now_ms,
                          uint8_t buf[RTCP_PACKET_MAX_LEN]);

#endif
