/* SPDX-License-Identifier: MIT */
/* rtcp_packet.h - RTCP compound packets as bytes (RFC 3550 section 6): sender and receiver
 * reports, CNAME, BYE. Pure functions, any thread. No allocation. */
#ifndef MEDIA_RTCP_PACKET_H
#define MEDIA_RTCP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTCP_PACKET_MAX_LEN = 512, RTCP_PACKET_MAX_CNAME = 63 };

/* What one side says about what it hears from the other (RFC 3550 section 6.4.1). */
struct rtcp_reception {
    uint32_t ssrc; /* of the source that is reported on */
    uint8_t fraction_lost;
    int32_t packets_lost; /* 24 bits, signed */
    uint32_t highest_sequence;
    uint32_t jitter;       /* in timestamp units */
    uint32_t last_report;  /* middle 32 bits of the NTP time of its last SR; 0: none */
    uint32_t since_report; /* in 1/65536 s */
};

struct rtcp_report {
    uint32_t ssrc;  /* whose report it is */
    bool is_sender; /* SR: the next four count */
    uint64_t ntp_time;
    uint32_t rtp_time;
    uint32_t packets_sent;
    uint32_t octets_sent;
    bool has_reception; /* of several blocks read, the one about own_ssrc */
    struct rtcp_reception reception;
    bool is_bye; /* a BYE of ssrc was in the packet */
};

/* Write SR or RR, then SDES with cname, then BYE if report->is_bye. Returns the length; 0 if it
 * does not fit. */
size_t rtcp_packet_write(const struct rtcp_report *report, const char *cname, uint8_t *buf,
                         size_t size);

/* own_ssrc: pick the reception block about this source. Returns 0 or EBADMSG. */
int rtcp_packet_read(const uint8_t *data, size_t len, uint32_t own_ssrc,
                     struct rtcp_report *ret_report);

#endif
