/* SPDX-License-Identifier: MIT */
#include "media/rtp_packet.h"

#include <errno.h>

#include "media/bytes.h"

enum { VERSION = 2, EXTENSION_HEADER_LEN = 4 };

int rtp_packet_read(const uint8_t *data, size_t len, struct rtp_packet *ret_packet)
{
    struct rtp_packet packet;
    size_t begin, end = len;

    if (len < RTP_PACKET_HEADER_LEN || data[0] >> 6 != VERSION)
        return EBADMSG;
    begin = RTP_PACKET_HEADER_LEN + (size_t)(data[0] & 0x0f) * 4; /* CSRCs */
    if (data[0] & 0x10) {
        if (begin + EXTENSION_HEADER_LEN > len)
            return EBADMSG;
        begin += EXTENSION_HEADER_LEN + (size_t)bytes_get_16(data + begin + 2) * 4;
    }
    if (begin > len)
        return EBADMSG;
    if (data[0] & 0x20) { /* the last byte says how much padding, itself included */
        size_t padding = data[len - 1];

        if (!padding || padding > len - begin)
            return EBADMSG;
        end -= padding;
    }
    packet.has_marker = data[1] >> 7;
    packet.payload_type = data[1] & 0x7f;
    packet.sequence = bytes_get_16(data + 2);
    packet.timestamp = bytes_get_32(data + 4);
    packet.ssrc = bytes_get_32(data + 8);
    packet.payload = data + begin;
    packet.payload_len = end - begin;
    *ret_packet = packet;
    return 0;
}

void rtp_packet_write_header(const struct rtp_packet *packet, uint8_t header[RTP_PACKET_HEADER_LEN])
{
    header[0] = VERSION << 6;
    header[1] = (uint8_t)((packet->has_marker ? 0x80 : 0) | (packet->payload_type & 0x7f));
    (void)bytes_put_16(header + 2, packet->sequence);
    (void)bytes_put_32(header + 4, packet->timestamp);
    (void)bytes_put_32(header + 8, packet->ssrc);
}
