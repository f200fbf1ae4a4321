/* SPDX-License-Identifier: MIT */
/* rtp_receiver.h - what comes in by RTP, as sound and digits: from whom it is taken, put in order,
 * decoded, filled in where it was lost. No sockets, no clock of its own. One thread at a time. */
#ifndef MEDIA_RTP_RECEIVER_H
#define MEDIA_RTP_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rtp_receiver;
struct rtcp_reception;
struct sa;

struct rtp_receiver_stream {
    const struct sa *told;    /* where it is to come from, by SIP; borrowed for the call */
    uint8_t payload_types[2]; /* by enum audio_codec */
    int dtmf_payload_type;    /* -1: none */
    bool is_receiving;        /* else nothing is played, and digits do not count */
};

struct rtp_receiver_stats {
    uint32_t received, lost, late, dropped;
    unsigned jitter_ms, delay_ms;
    uint64_t heard_at_ms; /* the last good packet; 0: none yet */
};

/* period_ms: how much is played at a time. Returns 0 or ENOMEM; caller owns *ret_receiver. */
int rtp_receiver_new(unsigned period_ms, struct rtp_receiver **ret_receiver);

/* NULL is fine; returns NULL. */
struct rtp_receiver *rtp_receiver_free(struct rtp_receiver *receiver);

/* Before this is called nothing is taken. */
void rtp_receiver_set(struct rtp_receiver *receiver, const struct rtp_receiver_stream *stream,
                      uint64_t now_ms);

/* A datagram of any bytes came from there. Strangers' are thrown away: see rtp_source.h.
 * Returns a digit of RFC 4733 (see dtmf_receiver.h), each once, or 0. */
char rtp_receiver_take(struct rtp_receiver *receiver, const uint8_t *data, size_t len,
                       const struct sa *from, uint64_t now_ms);

/* The next period_ms of sound; silence if there is none. Returns whether it was received (and not
 * silence or filled in). */
bool rtp_receiver_play(struct rtp_receiver *receiver, int16_t *samples, uint64_t now_ms);

/* Where to send to; NULL: nowhere. Valid until the next call. */
const struct sa *rtp_receiver_target(const struct rtp_receiver *receiver);

/* What RTCP is to say about it, but for the last report. Returns false: nothing received yet. */
bool rtp_receiver_reception(struct rtp_receiver *receiver, struct rtcp_reception *ret_reception);

/* All since it was made. */
void rtp_receiver_stats(const struct rtp_receiver *receiver, struct rtp_receiver_stats *ret_stats);

#endif
