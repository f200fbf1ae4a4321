/* SPDX-License-Identifier: MIT */
#include "media/rtp_sender.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int rtp_sender_init(struct rtp_sender *sender)
{
    struct {
        uint32_t ssrc, timestamp;
        uint16_t sequence;
    } random;

    if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return EIO;
    memset(sender, 0, sizeof(*sender));
    sender->ssrc = random.ssrc;
    sender->timestamp = random.timestamp;
    sender->sequence = random.sequence;
    return 0;
}

void rtp_sender_set(struct rtp_sender *sender, enum g711_law law, uint8_t payload_type,
                    unsigned ptime_ms, bool is_sending)
{
    size_t packet_n = ptime_ms * 8;

    if (law != sender->law || packet_n != sender->packet_n)
        sender->n = 0; /* 40 ms at most, and only when the codec changes */
    sender->law = law;
    sender->payload_type = payload_type;
    sender->packet_n = packet_n;
    sender->is_sending = is_sending;
}

static void write_header(struct rtp_sender *sender, uint8_t *packet)
{
    const struct rtp_packet header = {
        .has_marker = !sender->is_talking, /* first of a talk spurt (RFC 3551 section 4.1) */
        .payload_type = sender->payload_type,
        .sequence = sender->sequence,
        .timestamp = sender->timestamp - (uint32_t)sender->n,
        .ssrc = sender->ssrc,
    };

    rtp_packet_write_header(&header, packet);
}

size_t rtp_sender_take(struct rtp_sender *sender, const int16_t *samples, size_t n,
                       uint64_t first_us, uint8_t packet[RTP_SENDER_MAX_LEN])
{
    size_t len;

    sender->timestamp += (uint32_t)n;
    if (!sender->is_sending || sender->n + n > sender->packet_n) {
        sender->n = 0;
        sender->is_talking = false;
        return 0;
    }
    if (sender->n == 0)
        sender->first_us = first_us;
    g711_encode(sender->law, samples, n, sender->payload + sender->n);
    sender->n += n;
    if (sender->n < sender->packet_n)
        return 0;
    write_header(sender, packet);
    memcpy(packet + RTP_PACKET_HEADER_LEN, sender->payload, sender->n);
    len = RTP_PACKET_HEADER_LEN + sender->n;
    sender->packets++;
    sender->octets += (uint32_t)sender->n;
    sender->sequence++;
    sender->is_talking = true;
    sender->n = 0;
    return len;
}
