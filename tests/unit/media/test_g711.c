/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>

#include "media/g711.h"

/* ITU-T G.711: the values that the laws are known by. */
static void test_known_values(void **state)
{
    static const struct {
        enum g711_law law;
        uint8_t byte;
        int16_t sample;
    } cases[] = {
        {G711_U_LAW, 0xff, 0},      {G711_U_LAW, 0x7f, 0},    {G711_U_LAW, 0x80, 32124},
        {G711_U_LAW, 0x00, -32124}, {G711_U_LAW, 0xfe, 8},    {G711_U_LAW, 0x7e, -8},
        {G711_A_LAW, 0xd5, 8},      {G711_A_LAW, 0x55, -8},   {G711_A_LAW, 0xaa, 32256},
        {G711_A_LAW, 0x2a, -32256}, {G711_A_LAW, 0x80, 5504}, {G711_A_LAW, 0x00, -5504},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int16_t sample;

        g711_decode(cases[i].law, &cases[i].byte, 1, &sample);
        assert_int_equal(sample, cases[i].sample);
    }
}

/* Each byte comes back (µ-law has two zeros). */
static void test_bytes_come_back(void **state)
{
    (void)state;
    for (int law = G711_U_LAW; law <= G711_A_LAW; law++) {
        uint8_t bytes[256], back[256];
        int16_t samples[256];

        for (int i = 0; i < 256; i++)
            bytes[i] = (uint8_t)i;
        g711_decode((enum g711_law)law, bytes, 256, samples);
        g711_encode((enum g711_law)law, samples, 256, back);
        for (int i = 0; i < 256; i++)
            assert_int_equal(back[i], law == G711_U_LAW && i == 0x7f ? 0xff : i);
    }
}

/* All samples, -32768 included: as near as the law allows, or its loudest. */
static void test_all_samples(void **state)
{
    (void)state;
    for (int law = G711_U_LAW; law <= G711_A_LAW; law++) {
        int loudest = law == G711_U_LAW ? 32124 : 32256;

        for (int value = INT16_MIN; value <= INT16_MAX; value++) {
            int16_t sample = (int16_t)value, back;
            int wanted = abs(value) > loudest ? (value < 0 ? -loudest : loudest) : value;
            uint8_t byte;

            g711_encode((enum g711_law)law, &sample, 1, &byte);
            g711_decode((enum g711_law)law, &byte, 1, &back);
            assert_in_range(abs(back - wanted), 0, 16 + abs(wanted) / 16);
        }
    }
}

static void test_only_n(void **state)
{
    const int16_t samples[2] = {1000, 1000};
    uint8_t bytes[2] = {1, 2};
    int16_t back[2] = {3, 4};

    (void)state;
    g711_encode(G711_A_LAW, samples, 0, bytes);
    assert_int_equal(bytes[0], 1);
    g711_encode(G711_A_LAW, samples, 1, bytes);
    assert_int_equal(bytes[1], 2);
    g711_decode(G711_U_LAW, bytes, 1, back);
    assert_int_equal(back[1], 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_bytes_come_back),
        cmocka_unit_test(test_all_samples),
        cmocka_unit_test(test_only_n),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
