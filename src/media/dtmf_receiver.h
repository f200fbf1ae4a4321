/* SPDX-License-Identifier: MIT */
/* dtmf_receiver.h - digits from RFC 4733 telephone events: each digit once, however often its
 * packets are repeated, lost or out of order, with or without the marker bit. Pure, any thread. */
#ifndef MEDIA_DTMF_RECEIVER_H
#define MEDIA_DTMF_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value to embed; all zero: nothing received yet. Members are dtmf_receiver.c's own: the event
 * told last, and how far its packets have come. */
struct dtmf_receiver {
    bool has_event;
    bool has_ended;
    uint8_t event;
    uint16_t duration;  /* timestamp units */
    uint32_t timestamp; /* one event, one timestamp */
    uint32_t ssrc;
};

/* Payload of one packet of the telephone-event payload type. The digit is told at the first packet
 * of an event, not at its end, which may get lost. A digit held for over 8 s, which takes several
 * events, is one digit.
 * Returns '0'..'9', '*', '#', 'A'..'D', or 0: nothing new, not a digit, or not a good payload. */
char dtmf_receiver_take(struct dtmf_receiver *receiver, uint32_t ssrc, uint32_t timestamp,
                        const uint8_t *payload, size_t len);

#endif
