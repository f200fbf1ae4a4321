/* SPDX-License-Identifier: MIT */
/* rtp_packet.h - RTP packets as bytes (RFC 3550 section 5.1): reading what anybody may send,
 * writing our own. Pure functions, any thread. No allocation. */
#ifndef MEDIA_RTP_PACKET_H
#define MEDIA_RTP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTP_PACKET_HEADER_LEN = 12, RTP_PACKET_MAX_LEN = 1500 };

/* A view into a received packet. */
struct rtp_packet {
    bool has_marker;
    uint8_t payload_type; /* 0..127 */
    uint16_t sequence;
    uint32_t timestamp;
    uint32_t ssrc;
    const uint8_t *payload; /* without CSRCs, header extension and padding; borrowed */
    size_t payload_len;
};

/* Returns 0 or EBADMSG: not RTP version 2, or shorter than it claims to be. */
int rtp_packet_read(const uint8_t *data, size_t len, struct rtp_packet *ret_packet);

/* Write the header of packet; its payload is the caller's to put behind it. */
void rtp_packet_write_header(const struct rtp_packet *packet,
                             uint8_t header[RTP_PACKET_HEADER_LEN]);

#endif
