/* SPDX-License-Identifier: MIT */
#include "media/dtmf_receiver.h"

static const char digits[16] = "0123456789*#ABCD";

enum {
    PAYLOAD_LEN = 4,
    LONGEST = 0xffff,  /* duration of one event, timestamp units; then comes a next one */
    NEXT_MIN = 80 * 8, /* 40 ms of sound and 40 ms of pause, then the next one at the earliest */
    OUT_OF_ORDER_MAX = 5 * 8000, /* further back: the sender has started anew */
};

struct event {
    uint8_t code;
    bool is_end;
    uint16_t duration;
    uint32_t timestamp;
};

static void remember(struct dtmf_receiver *receiver, const struct event *event)
{
    receiver->event = event->code;
    receiver->has_ended = event->is_end;
    receiver->duration = event->duration;
    receiver->timestamp = event->timestamp;
}

/* Is an event with a later timestamp still the same press of the same key? */
static bool goes_on(const struct dtmf_receiver *receiver, const struct event *event,
                    uint32_t later_by)
{
    if (event->code != receiver->event)
        return false;
    /* Some senders count the timestamp on within an event, which then overlaps with itself, and
     * through the repeated ends. Two presses of one key never overlap. */
    if (receiver->has_ended)
        return event->is_end && event->duration == receiver->duration && later_by < event->duration;
    if (later_by < receiver->duration)
        return true;
    if (later_by < NEXT_MIN && later_by + receiver->duration <= event->duration)
        return true;
    /* RFC 4733 section 2.5.1.3 */
    return later_by == LONGEST;
}

char dtmf_receiver_take(struct dtmf_receiver *receiver, uint32_t ssrc, uint32_t timestamp,
                        const uint8_t *payload, size_t len)
{
    struct event event;
    bool is_new = true;

    if (len < PAYLOAD_LEN || payload[0] >= sizeof(digits))
        return 0;
    event = (struct event){
        .code = payload[0],
        .is_end = payload[1] & 0x80,
        .duration = (uint16_t)(payload[2] << 8 | payload[3]),
        .timestamp = timestamp,
    };
    if (receiver->has_event && receiver->ssrc == ssrc) {
        uint32_t later_by = timestamp - receiver->timestamp;

        if (later_by == 0 && event.code == receiver->event) {
            receiver->has_ended |= event.is_end;
            if (event.duration > receiver->duration)
                receiver->duration = event.duration;
            return 0;
        }
        if (later_by > UINT32_MAX - OUT_OF_ORDER_MAX)
            return 0; /* of an event before this one */
        is_new = !goes_on(receiver, &event, later_by);
    }
    receiver->has_event = true;
    receiver->ssrc = ssrc;
    remember(receiver, &event);
    return is_new ? digits[event.code] : 0;
}
