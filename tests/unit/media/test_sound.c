/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "media/sound.h"

static void test_devices_as_text(void **state)
{
    static const char *const good[][2] = {
        {"alsa", "alsa"},          {"alsa:hw:0,0", "alsa:plughw:CARD=x"},  {"sim", "sim"},
        {"sim:tone=440", "none"},  {"sim:tone=3900,-4", "sim:/tmp/x.wav"}, {"none", "none"},
        {"sim:a.wav", "sim:b.wav"}};
    static const char *const bad[][2] = {{"", "sim"},
                                         {"sim", ""},
                                         {"als", "sim"},
                                         {"alsax", "sim"},
                                         {"sim:", "sim"},
                                         {"sim", "sim:"},
                                         {"sim:tone=", "sim"},
                                         {"sim:tone=10", "sim"},
                                         {"sim:tone=a", "sim"},
                                         {"sim:tone=440,0", "sim"},
                                         {"sim:tone=440x", "sim"},
                                         {"sim:tone=440,-20,1", "sim"},
                                         {"sim", "sim:tone=440"},
                                         {"none:x", "sim"},
                                         {"SIM", "sim"}};
    struct sound *sound = NULL;
    char text[SOUND_MAX_DEVICE + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(sound_new(good[i][0], good[i][1], &sound), 0);
        sound = sound_free(sound);
        assert_true(sound_is_known(good[i][0], DEVICE_MICROPHONE));
        assert_true(sound_is_known(good[i][1], DEVICE_LOUDSPEAKER));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(sound_new(bad[i][0], bad[i][1], &sound), EINVAL);
    assert_false(sound_is_known("sim:tone=440", DEVICE_LOUDSPEAKER));
    assert_false(sound_is_known("sin", DEVICE_MICROPHONE));
    memset(text, 'x', sizeof(text));
    memcpy(text, "alsa:", 5);
    text[SOUND_MAX_DEVICE] = '\0';
    assert_int_equal(sound_new(text, "sim", &sound), 0);
    sound = sound_free(sound);
    text[SOUND_MAX_DEVICE] = 'x';
    text[SOUND_MAX_DEVICE + 1] = '\0';
    assert_int_equal(sound_new(text, "sim", &sound), EINVAL);
    assert_null(sound_free(NULL));
}

static void test_levels(void **state)
{
    struct sound *sound = NULL;
    int16_t samples[3];
    static const int16_t wanted[] = {0, 312, 625, 1250, 2500, 5000, 10000};

    (void)state;
    assert_int_equal(sound_new("sim", "sim", &sound), 0);
    assert_int_equal(sound_level(sound, DEVICE_MICROPHONE), SOUND_LEVEL_MAX);
    assert_int_equal(sound_level(sound, DEVICE_LOUDSPEAKER), SOUND_LEVEL_MAX);
    sound_set_gain(sound, 2);
    sound_set_volume(sound, 99);
    assert_int_equal(sound_level(sound, DEVICE_MICROPHONE), 2);
    assert_int_equal(sound_level(sound, DEVICE_LOUDSPEAKER), SOUND_LEVEL_MAX);
    sound_free(sound);
    for (unsigned level = 0; level <= SOUND_LEVEL_MAX; level++) {
        samples[0] = 10000;
        samples[1] = -10000;
        samples[2] = 0;
        sound_scale(level, samples, 3);
        assert_int_equal(samples[0], wanted[level]);
        assert_int_equal(samples[1], -wanted[level]);
        assert_int_equal(samples[2], 0);
    }
}

static void test_ports(void **state)
{
    struct sound *sound = NULL;
    uint16_t min_port, max_port;

    (void)state;
    assert_int_equal(sound_new("sim", "sim", &sound), 0);
    sound_ports(sound, &min_port, &max_port);
    assert_int_equal(min_port, SOUND_MIN_PORT);
    assert_int_equal(max_port, SOUND_MAX_PORT);
    assert_int_equal(sound_set_ports(sound, 5000, 5001), 0);
    assert_int_equal(sound_set_ports(sound, 5000, 5000), EINVAL);
    assert_int_equal(sound_set_ports(sound, 5001, 5002), EINVAL); /* even, and odd above it */
    assert_int_equal(sound_set_ports(sound, 0, 5002), EINVAL);
    assert_int_equal(sound_set_ports(sound, 6000, 5000), EINVAL);
    assert_int_equal(sound_set_ports(sound, 65535, 65535), EINVAL);
    sound_ports(sound, &min_port, &max_port);
    assert_int_equal(min_port, 5000);
    assert_int_equal(max_port, 5001);
    sound_free(sound);
}

static void test_a_look_at_what_is_there(void **state)
{
    struct sound *sound = NULL;
    char problem[DEVICE_MAX_PROBLEM];

    (void)state;
    assert_int_equal(sound_new("sim:tone=500", "sim", &sound), 0);
    sound_look(sound, problem);
    assert_string_equal(problem, "");
    sound_free(sound);
    assert_int_equal(sound_new("sim:/dev/null", "none", &sound), 0);
    sound_look(sound, problem);
    assert_string_equal(problem, "/dev/null is not a WAV file of 8 kHz, mono, 16 bit PCM with "
                                 "sound in it");
    sound_free(sound);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices_as_text),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_a_look_at_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
