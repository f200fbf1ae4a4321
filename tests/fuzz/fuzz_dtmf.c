/* SPDX-License-Identifier: MIT */
/* Telephone events. 'a' and then anything: payloads of anybody, 8 bytes each. 's' and then
 * anything: a keen typist on a bad line: which digits, how long, and which of their packets are
 * lost or change places. Each digit of which a packet comes is told once, in order. */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "media/dtmf_receiver.h"

enum {
    MAX_EVENTS = 64,
    PACKETS = 10, /* of an event: 7 on the way, 3 ends */
    PAYLOAD_LEN = 4,
    STEP = 160, /* 20 ms */
};

static const char digits[] = "0123456789*#ABCD";

static void any_payloads(const uint8_t *data, size_t size)
{
    struct dtmf_receiver receiver = {0};

    for (; size >= 8; data += 8, size -= 8) {
        uint32_t timestamp = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 10 | data[2];
        struct dtmf_receiver before = receiver;
        size_t len = data[3] & 1 ? data[3] / 2 % (PAYLOAD_LEN + 1) : PAYLOAD_LEN;
        char digit = dtmf_receiver_take(&receiver, data[3] >> 7, timestamp, data + 4, len);

        if (len < PAYLOAD_LEN || data[4] >= 16)
            fuzz_must(!digit && !memcmp(&before, &receiver, sizeof(receiver)));
        else if (digit)
            fuzz_must(digit == digits[data[4]]);
        /* The same packet again is nothing new. */
        fuzz_must(!dtmf_receiver_take(&receiver, data[3] >> 7, timestamp, data + 4, len));
    }
}

struct packet {
    size_t event; /* the how many-th */
    uint32_t timestamp;
    uint8_t payload[PAYLOAD_LEN];
};

/* Packets of one event that are not lost. 3 bytes of data make one. Returns how many. */
static size_t send_event(const uint8_t *data, size_t event, uint32_t *timestamp,
                         struct packet *packets)
{
    unsigned steps = 2 + (data[0] >> 4) % 6, lost = (unsigned)(data[1] | data[2] << 8);
    uint16_t duration = (uint16_t)(steps * STEP);
    size_t n = 0;

    for (unsigned i = 0; i < steps + 2; i++) {
        unsigned now = i < steps ? (i + 1) * STEP : duration;
        bool is_end = i + 1 >= steps;

        if (!(lost & 1U << i))
            packets[n++] = (struct packet){
                event,
                *timestamp,
                {data[0] & 15, is_end ? 0x8a : 10, (uint8_t)(now >> 8), (uint8_t)now}};
    }
    *timestamp += duration + 320U + (data[2] & 0xe0U);
    return n;
}

/* Places are changed over 3 packets and 3 events at most. */
static void swap_some(struct packet *packets, size_t n, const uint8_t *data, size_t size)
{
    for (size_t i = 0, other; i + 1 < n && i < size; i++) {
        other = i + (data[i] & 3);
        if (data[i] & 0x80 && other < n && packets[other].event <= packets[i].event + 3) {
            struct packet packet = packets[i];

            packets[i] = packets[other];
            packets[other] = packet;
            i = other;
        }
    }
}

static void typist(const uint8_t *data, size_t size)
{
    static struct packet packets[MAX_EVENTS * PACKETS];
    struct dtmf_receiver receiver = {0};
    uint32_t timestamp = size ? UINT32_MAX - data[0] * 100U : 0; /* wraps soon */
    size_t n = 0, events = size / 6 < MAX_EVENTS ? size / 6 : MAX_EVENTS, told = 0;

    for (size_t i = 0; i < events; i++)
        n += send_event(data + i * 3, i + 1, &timestamp, packets + n);
    swap_some(packets, n, data + events * 3, size - events * 3);
    for (size_t i = 0; i < n; i++) {
        char digit =
            dtmf_receiver_take(&receiver, 7, packets[i].timestamp, packets[i].payload, PAYLOAD_LEN);

        if (packets[i].event > told) {
            fuzz_must(digit == digits[packets[i].payload[0]]);
            told = packets[i].event;
        } else {
            fuzz_must(!digit);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size && data[0] == 's')
        typist(data + 1, size - 1);
    else if (size)
        any_payloads(data + 1, size - 1);
    return 0;
}
