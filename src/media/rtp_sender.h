/* SPDX-License-Identifier: MIT */
/* rtp_sender.h - sound as RTP packets: periods of samples are collected until a packet is full.
 * No sockets. One thread at a time. No allocation. */
#ifndef MEDIA_RTP_SENDER_H
#define MEDIA_RTP_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/g711.h"
#include "media/rtp_packet.h"

enum {
    RTP_SENDER_MAX_PTIME_MS = 60,
    RTP_SENDER_MAX_LEN = RTP_PACKET_HEADER_LEN + RTP_SENDER_MAX_PTIME_MS * 8,
};

/* A value to embed; members are to be read only. */
struct rtp_sender {
    uint32_t ssrc;
    uint16_t sequence;
    uint32_t timestamp; /* of the next sample */
    enum g711_law law;
    uint8_t payload_type;
    bool is_sending;
    bool is_talking; /* the last packet was followed by no pause */
    size_t packet_n; /* samples a packet */
    size_t n;        /* samples collected */
    uint8_t payload[RTP_SENDER_MAX_PTIME_MS * 8];
    uint64_t first_us;        /* when the first of them was taken */
    uint32_t packets, octets; /* sent */
};

/* Random SSRC, sequence number and timestamp (RFC 3550). Returns 0 or EIO: no random numbers. */
int rtp_sender_init(struct rtp_sender *sender);

/* From the next packet on. ptime_ms: 10 to RTP_SENDER_MAX_PTIME_MS, in tens. */
void rtp_sender_set(struct rtp_sender *sender, enum g711_law law, uint8_t payload_type,
                    unsigned ptime_ms, bool is_sending);

/* n samples: 10 or 20 ms; ptime_ms must be a multiple of it. first_us: see device.h. Time goes on
 * while nothing is sent, too. Returns the length of a packet that is to be sent now, or 0. */
size_t rtp_sender_take(struct rtp_sender *sender, const int16_t *samples, size_t n,
                       uint64_t first_us, uint8_t packet[RTP_SENDER_MAX_LEN]);

#endif
