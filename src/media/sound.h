/* SPDX-License-Identifier: MIT */
/* sound.h - the panel's microphone and loudspeaker: which devices, how loud, and which UDP ports
 * their sound may use. One for the process; one call uses it at a time. Loop thread only, but for
 * what is marked. Never blocks, but for sound_look and sound_open. */
#ifndef MEDIA_SOUND_H
#define MEDIA_SOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/device.h"

struct sound;

enum {
    SOUND_MAX_DEVICE = 255,
    SOUND_LEVEL_MAX = 6, /* of volume and gain, 0 to 6: 0 is mute, 6 is 0 dB, 6 dB a step */
    SOUND_MAX_STUCK = 2,
    SOUND_MIN_PORT = 16384,
    SOUND_MAX_PORT = 32767,
};

/* Is text a device of that direction, as below? Pure. */
bool sound_is_known(const char *text, enum device_direction direction);

/* A device is written as KIND[:WHAT]:
 *   alsa[:NAME]          a sound card by its ALSA name; "default" if left out
 *   sim                  microphone: a tone of 440 Hz at -20 dBov; loudspeaker: only measured
 *   sim:tone=HZ[,DBOV]   (microphone) 20 to 3900 Hz, -90 to -4 dBov
 *   sim:FILE.wav         microphone: played again and again (8 kHz, mono, 16 bit); loudspeaker:
 *                        written, from the beginning for each call
 *   none                 silence
 * Returns 0, EINVAL (no such kind, a wrong tone, too long) or ENOMEM; opens nothing. Volume and
 * gain are SOUND_LEVEL_MAX, ports SOUND_MIN_PORT to SOUND_MAX_PORT. Caller owns *ret_sound. */
int sound_new(const char *microphone, const char *loudspeaker, struct sound **ret_sound);

/* Any thread: one more owner. Returns sound. */
const struct sound *sound_share(const struct sound *sound);

/* Any thread: one owner less; freed with the last. NULL is fine; returns NULL. */
struct sound *sound_free(const struct sound *sound);

/* Are they there? A quick look, which opens no sound card. problem: "", or in one line what a
 * person should know: the call goes on without. */
void sound_look(const struct sound *sound, char problem[DEVICE_MAX_PROBLEM]);

/* For RTP and RTCP, an even and an odd port for each call. Returns 0 or EINVAL: no pair in it. */
int sound_set_ports(struct sound *sound, uint16_t min_port, uint16_t max_port);
void sound_ports(const struct sound *sound, uint16_t *ret_min_port, uint16_t *ret_max_port);

/* Take effect at once, in a running call too. 0 to SOUND_LEVEL_MAX; more is SOUND_LEVEL_MAX. */
void sound_set_volume(struct sound *sound, unsigned level);
void sound_set_gain(struct sound *sound, unsigned level);

/* Any thread: gain (microphone) or volume (loudspeaker) now. */
unsigned sound_level(const struct sound *sound, enum device_direction direction);

/* Any thread: make n samples as loud as level says. */
void sound_scale(unsigned level, int16_t *samples, size_t n);

/* Any thread: one that has the sound of a call hangs in a device, or is back. */
void sound_note_stuck(const struct sound *sound, bool is_stuck);

/* Any thread, and may block for some ms: see device.h. Returns 0, EBUSY (SOUND_MAX_STUCK threads
 * hang) or another errno value; caller owns *ret_device: close it by its kind. */
int sound_open(const struct sound *sound, enum device_direction direction, unsigned period_ms,
               struct device **ret_device);

#endif
