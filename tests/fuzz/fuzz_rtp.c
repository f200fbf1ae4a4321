/* SPDX-License-Identifier: MIT */
/* An RTP packet of anybody. What is accepted lies within what came, and says the same again when it
 * is written. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "media/rtp_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rtp_packet untouched = {.ssrc = 0x12345678};
    struct rtp_packet packet = untouched, again;
    uint8_t *plain;

    if (rtp_packet_read(data, size, &packet)) {
        fuzz_must(packet.ssrc == untouched.ssrc && !packet.payload);
        return 0;
    }
    fuzz_must(data[0] >> 6 == 2);
    fuzz_must(packet.payload >= data + RTP_PACKET_HEADER_LEN);
    fuzz_must(packet.payload + packet.payload_len <= data + size);
    if (!(data[0] & 0x3f))
        fuzz_must(packet.payload_len == size - RTP_PACKET_HEADER_LEN);

    plain = malloc(RTP_PACKET_HEADER_LEN + packet.payload_len);
    if (!plain)
        abort();
    rtp_packet_write_header(&packet, plain);
    memcpy(plain + RTP_PACKET_HEADER_LEN, packet.payload, packet.payload_len);
    fuzz_must(!rtp_packet_read(plain, RTP_PACKET_HEADER_LEN + packet.payload_len, &again));
    fuzz_must(again.has_marker == packet.has_marker && again.payload_type == packet.payload_type &&
              again.sequence == packet.sequence && again.timestamp == packet.timestamp &&
              again.ssrc == packet.ssrc && again.payload_len == packet.payload_len);
    fuzz_must(!memcmp(plain + 1, data + 1, RTP_PACKET_HEADER_LEN - 1));
    free(plain);
    return 0;
}
