/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdbool.h>
#include <string.h>

#include "media/dtmf_receiver.h"

enum { MAX_PACKETS = 40, SSRC = 7 };

struct sent {
    uint32_t timestamp;
    uint8_t event;
    bool is_end;
    uint16_t duration;
};

static char take(struct dtmf_receiver *receiver, uint32_t ssrc, const struct sent *sent)
{
    const uint8_t payload[4] = {sent->event, (uint8_t)((sent->is_end ? 0x80 : 0) | 10),
                                (uint8_t)(sent->duration >> 8), (uint8_t)sent->duration};

    return dtmf_receiver_take(receiver, ssrc, sent->timestamp, payload, sizeof(payload));
}

struct event_case {
    const char *name;
    const char *digits;
    struct sent sent[MAX_PACKETS]; /* up to one with no duration */
};

/* clang-format off */
static const struct event_case cases[] = {
    {"one digit, its end three times", "5", {{1000, 5, false, 160}, {1000, 5, false, 320}, {1000, 5, true, 480}, {1000, 5, true, 480}, {1000, 5, true, 480}}},
    {"only its first packet came", "5", {{1000, 5, false, 160}}},
    {"only an end packet came", "5", {{1000, 5, true, 480}}},
    {"its first packets were lost", "#", {{1000, 11, false, 320}, {1000, 11, true, 480}}},
    {"two equal digits", "55", {{1000, 5, false, 160}, {1000, 5, true, 480}, {1000, 5, true, 480}, {1960, 5, false, 160}, {1960, 5, true, 480}}},
    {"two equal digits, short pause", "55", {{1000, 5, false, 160}, {1000, 5, true, 320}, {1400, 5, false, 160}, {1400, 5, true, 320}}},
    {"two equal digits, all ends of the first lost", "55", {{1000, 5, false, 160}, {1000, 5, false, 320}, {1960, 5, false, 160}, {1960, 5, true, 480}}},
    {"two equal digits, of the second only the end came", "55", {{1000, 5, false, 160}, {1000, 5, true, 480}, {1960, 5, true, 480}}},
    {"two equal digits, of each only an end came", "55", {{1000, 5, true, 480}, {1960, 5, true, 480}}},
    {"three equal digits, one packet each", "999", {{1000, 9, false, 160}, {1960, 9, false, 160}, {2920, 9, false, 160}}},
    {"two different digits", "12", {{1000, 1, false, 160}, {1000, 1, true, 480}, {1960, 2, false, 160}, {1960, 2, true, 480}}},
    {"a code", "1*#D", {{1000, 1, true, 480}, {1960, 10, true, 480}, {2920, 11, true, 480}, {3880, 15, true, 480}}},
    {"out of order within a digit", "5", {{1000, 5, false, 320}, {1000, 5, false, 160}, {1000, 5, true, 480}, {1000, 5, false, 400}, {1000, 5, true, 480}}},
    {"the end of the first comes after the begin of the second", "12", {{1000, 1, false, 160}, {1960, 2, false, 160}, {1000, 1, true, 480}, {1960, 2, true, 480}, {1000, 1, true, 480}}},
    {"the same with equal digits", "11", {{1000, 1, false, 160}, {1960, 1, false, 160}, {1000, 1, true, 480}, {1960, 1, true, 480}, {1000, 1, true, 480}}},
    {"the timestamp wraps", "12", {{UINT32_MAX - 100, 1, false, 160}, {UINT32_MAX - 100, 1, true, 480}, {800, 2, false, 160}, {800, 2, true, 480}, {UINT32_MAX - 100, 1, true, 480}}},
    {"timestamp 0", "1", {{0, 1, false, 160}, {0, 1, true, 480}}},
    {"the sender starts anew further back", "12", {{1000000, 1, true, 480}, {500, 2, true, 480}}},
    {"flash and tones are no digits", "", {{1000, 16, false, 160}, {2000, 32, true, 480}, {3000, 255, true, 480}}},
    {"between packets of a digit they change nothing", "5", {{1000, 5, false, 160}, {1000, 16, false, 320}, {1500, 66, true, 400}, {1000, 5, true, 480}}},
    {"held for 9 s", "5", {{1000, 5, false, 160}, {1000, 5, false, 65535}, {66535, 5, false, 160}, {66535, 5, false, 5000}, {66535, 5, true, 6000}, {66535, 5, true, 6000}}},
    {"held for 9 s, then again", "55", {{1000, 5, false, 65535}, {66535, 5, true, 6000}, {74000, 5, false, 160}}},
    {"a timestamp that counts on within the digit", "5", {{1000, 5, false, 160}, {1160, 5, false, 320}, {1320, 5, false, 480}, {1480, 5, true, 640}, {1640, 5, true, 640}, {1800, 5, true, 640}}},
    {"the same twice", "55", {{1000, 5, false, 160}, {1160, 5, false, 320}, {1320, 5, true, 480}, {1480, 5, true, 480}, {2400, 5, false, 160}, {2560, 5, false, 320}, {2720, 5, true, 480}}},
    {"the same, its end as long as the packet before", "5", {{1000, 5, false, 160}, {1160, 5, false, 320}, {1320, 5, true, 320}, {1480, 5, true, 320}}},
    {"two equal digits, of the first only the begin, of the second only the end", "55", {{1000, 5, false, 160}, {1800, 5, true, 1120}}},
    {"two equal digits, the second longer than both starts are apart", "55", {{1000, 5, true, 400}, {1720, 5, true, 800}}},
    {"the same timestamp for the next digit", "12", {{1000, 1, true, 480}, {1000, 2, true, 480}}},
};
/* clang-format on */

static void test_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct dtmf_receiver receiver = {0};
        char digits[MAX_PACKETS + 1] = "";
        size_t n = 0;

        print_message("# %s\n", cases[i].name);
        for (size_t k = 0; k < MAX_PACKETS && cases[i].sent[k].duration; k++) {
            char digit = take(&receiver, SSRC, &cases[i].sent[k]);

            if (digit)
                digits[n++] = digit;
        }
        assert_string_equal(digits, cases[i].digits);
    }
}

/* Told at the first packet, not later. */
static void test_first_packet_counts(void **state)
{
    struct dtmf_receiver receiver = {0};

    (void)state;
    assert_int_equal(take(&receiver, SSRC, &(struct sent){1000, 0, false, 0}), '0');
    assert_int_equal(take(&receiver, SSRC, &(struct sent){1000, 0, true, 480}), 0);
}

static void test_all_digits(void **state)
{
    struct dtmf_receiver receiver = {0};

    (void)state;
    for (unsigned event = 0; event < 256; event++) {
        char digit = take(&receiver, SSRC, &(struct sent){event * 1000, (uint8_t)event, true, 400});

        assert_int_equal(digit, event < 16 ? "0123456789*#ABCD"[event] : 0);
    }
}

static void test_another_source(void **state)
{
    struct dtmf_receiver receiver = {0};

    (void)state;
    assert_int_equal(take(&receiver, 1, &(struct sent){1000, 1, true, 480}), '1');
    assert_int_equal(take(&receiver, 2, &(struct sent){1000, 1, true, 480}), '1');
    assert_int_equal(take(&receiver, 2, &(struct sent){1000, 1, true, 480}), 0);
}

static void test_bad_payloads(void **state)
{
    static const uint8_t payload[8] = {1, 0x8a, 1, 0x40, 2, 0x8a, 1, 0x40};
    struct dtmf_receiver receiver = {0};

    (void)state;
    for (size_t len = 0; len < 4; len++)
        assert_int_equal(dtmf_receiver_take(&receiver, SSRC, 1000, payload, len), 0);
    assert_false(receiver.has_event);
    /* What follows the event is not looked at. */
    assert_int_equal(dtmf_receiver_take(&receiver, SSRC, 1000, payload, 8), '1');
    assert_int_equal(dtmf_receiver_take(&receiver, SSRC, 1000, payload, 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),       cmocka_unit_test(test_first_packet_counts),
        cmocka_unit_test(test_all_digits),   cmocka_unit_test(test_another_source),
        cmocka_unit_test(test_bad_payloads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
