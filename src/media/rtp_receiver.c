/* SPDX-License-Identifier: MIT */
#include "media/rtp_receiver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/concealer.h"
#include "media/dtmf_receiver.h"
#include "media/g711.h"
#include "media/jitter_buffer.h"
#include "media/rtcp_packet.h"
#include "media/rtp_packet.h"
#include "media/rtp_source.h"

enum {
    RATE_HZ = 8000,
    COMFORT_NOISE = 13, /* RFC 3389 */
    MAX_JUMP = 3000,    /* of the sequence number; beyond it the sender has started anew */
    MAX_LOST = 0x7fffff,
};

/* RFC 3550 appendix A.3 */
struct count {
    uint16_t max_sequence;
    uint32_t cycles, base, received;
    uint32_t expected_before, received_before; /* at the last report */
};

struct rtp_receiver {
    size_t n; /* samples of a period */
    bool is_set, is_receiving;
    uint8_t payload_types[2];
    int dtmf_payload_type;
    struct rtp_source *source;
    bool has_ssrc;
    uint32_t ssrc;
    struct count count;
    struct jitter_buffer *buffer;
    struct concealer concealer;
    struct dtmf_receiver dtmf;
    uint64_t heard_at_ms;
};

int rtp_receiver_new(unsigned period_ms, struct rtp_receiver **ret_receiver)
{
    struct rtp_receiver *receiver = calloc(1, sizeof(*receiver));
    int err;

    if (!receiver)
        return ENOMEM;
    receiver->n = period_ms * (RATE_HZ / 1000);
    err = jitter_buffer_new(RATE_HZ, period_ms, &receiver->buffer);
    if (!err)
        err = rtp_source_new(&receiver->source);
    if (err)
        rtp_receiver_free(receiver);
    else
        *ret_receiver = receiver;
    return err;
}

struct rtp_receiver *rtp_receiver_free(struct rtp_receiver *receiver)
{
    if (receiver) {
        jitter_buffer_free(receiver->buffer);
        rtp_source_free(receiver->source);
    }
    free(receiver);
    return NULL;
}

void rtp_receiver_set(struct rtp_receiver *receiver, const struct rtp_receiver_stream *stream,
                      uint64_t now_ms)
{
    rtp_source_tell(receiver->source, stream->told, now_ms);
    memcpy(receiver->payload_types, stream->payload_types, sizeof(receiver->payload_types));
    receiver->dtmf_payload_type = stream->dtmf_payload_type;
    if (receiver->is_receiving && !stream->is_receiving) {
        jitter_buffer_reset(receiver->buffer); /* not to be heard when it goes on */
        memset(&receiver->concealer, 0, sizeof(receiver->concealer));
    }
    receiver->is_receiving = stream->is_receiving;
    receiver->is_set = true;
}

static bool is_known(const struct rtp_receiver *receiver, uint8_t payload_type)
{
    return payload_type == receiver->payload_types[G711_U_LAW] ||
           payload_type == receiver->payload_types[G711_A_LAW] ||
           payload_type == receiver->dtmf_payload_type || payload_type == COMFORT_NOISE;
}

static void count_packet(struct count *count, uint16_t sequence, bool is_first)
{
    uint16_t step = (uint16_t)(sequence - count->max_sequence);
    bool is_anew = step >= MAX_JUMP && step < 0x10000 - MAX_JUMP;

    if (is_first || is_anew) {
        *count = (struct count){.max_sequence = sequence, .base = sequence};
    } else if (step < MAX_JUMP) {
        if (sequence < count->max_sequence)
            count->cycles += 0x10000;
        count->max_sequence = sequence;
    }
    count->received++;
}

static void put(struct rtp_receiver *receiver, const struct rtp_packet *packet, uint64_t now_ms)
{
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    enum g711_law law =
        packet->payload_type == receiver->payload_types[G711_A_LAW] ? G711_A_LAW : G711_U_LAW;

    if (packet->payload_len == 0 || packet->payload_len > JITTER_BUFFER_MAX_FRAME) {
        jitter_buffer_skip(receiver->buffer, packet->sequence);
        return;
    }
    g711_decode(law, packet->payload, packet->payload_len, samples);
    (void)jitter_buffer_put(receiver->buffer, packet->sequence, packet->timestamp, samples,
                            packet->payload_len, now_ms);
}

char rtp_receiver_take(struct rtp_receiver *receiver, const uint8_t *data, size_t len,
                       const struct sa *from, uint64_t now_ms)
{
    struct rtp_packet packet;
    bool is_new;

    if (!receiver->is_set || rtp_packet_read(data, len, &packet) ||
        !is_known(receiver, packet.payload_type) ||
        !rtp_source_hear(receiver->source, from, now_ms))
        return 0;
    receiver->heard_at_ms = now_ms;
    is_new = !receiver->has_ssrc || receiver->ssrc != packet.ssrc;
    if (is_new && receiver->has_ssrc)
        jitter_buffer_reset(receiver->buffer);
    receiver->has_ssrc = true;
    receiver->ssrc = packet.ssrc;
    count_packet(&receiver->count, packet.sequence, is_new);
    if (!receiver->is_receiving)
        return 0;
    if (packet.payload_type == receiver->dtmf_payload_type) {
        jitter_buffer_skip(receiver->buffer, packet.sequence);
        return dtmf_receiver_take(&receiver->dtmf, packet.ssrc, packet.timestamp, packet.payload,
                                  packet.payload_len);
    }
    if (packet.payload_type == receiver->payload_types[G711_U_LAW] ||
        packet.payload_type == receiver->payload_types[G711_A_LAW])
        put(receiver, &packet, now_ms);
    else
        jitter_buffer_skip(receiver->buffer, packet.sequence);
    return 0;
}

bool rtp_receiver_play(struct rtp_receiver *receiver, int16_t *samples, uint64_t now_ms)
{
    int16_t frame[JITTER_BUFFER_MAX_FRAME];
    size_t n = 0;

    if (!receiver->is_receiving) {
        memset(samples, 0, receiver->n * sizeof(*samples));
        return false;
    }
    if (jitter_buffer_get(receiver->buffer, now_ms, frame, &n) == JITTER_FRAME) {
        memcpy(samples, frame, receiver->n * sizeof(*samples));
        concealer_hear(&receiver->concealer, samples, receiver->n);
        return true;
    }
    concealer_fill(&receiver->concealer, samples, receiver->n);
    return false;
}

const struct sa *rtp_receiver_target(const struct rtp_receiver *receiver)
{
    return rtp_source_target(receiver->source);
}

bool rtp_receiver_reception(struct rtp_receiver *receiver, struct rtcp_reception *ret_reception)
{
    struct count *count = &receiver->count;
    uint32_t highest = count->cycles + count->max_sequence;
    uint32_t expected = highest - count->base + 1;
    uint32_t now_expected = expected - count->expected_before;
    uint32_t now_received = count->received - count->received_before;
    int64_t lost = (int64_t)expected - count->received;
    struct jitter_stats stats;

    if (!receiver->has_ssrc)
        return false;
    jitter_buffer_stats(receiver->buffer, &stats);
    *ret_reception = (struct rtcp_reception){
        .ssrc = receiver->ssrc,
        .packets_lost = (int32_t)(lost > MAX_LOST    ? MAX_LOST
                                  : lost < -MAX_LOST ? -MAX_LOST
                                                     : lost),
        .highest_sequence = highest,
        .jitter = stats.jitter_ts,
    };
    if (now_expected > now_received) /* below 256: what is expected grows with what comes only */
        ret_reception->fraction_lost =
            (uint8_t)(((uint64_t)(now_expected - now_received) * 256) / now_expected);
    count->expected_before = expected;
    count->received_before = count->received;
    return true;
}

void rtp_receiver_stats(const struct rtp_receiver *receiver, struct rtp_receiver_stats *ret_stats)
{
    struct jitter_stats stats;

    jitter_buffer_stats(receiver->buffer, &stats);
    *ret_stats = (struct rtp_receiver_stats){
        .received = stats.received,
        .lost = stats.lost,
        .late = stats.late,
        .dropped = stats.dropped,
        .jitter_ms = stats.jitter_ts / (RATE_HZ / 1000),
        .delay_ms = stats.delay_ms,
        .heard_at_ms = receiver->heard_at_ms,
    };
}
