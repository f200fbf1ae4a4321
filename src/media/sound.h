/* SPDX-License-Identifier: MIT */
/* sound.h - the panel's microphone and loudspeaker: which devices, how loud. One for the process;
 * one call uses it at a time. Loop thread only, but for what audio.c's thread opens of it.  */
#ifndef MEDIA_SOUND_H
#define MEDIA_SOUND_H

#include <stddef.h>

struct sound;

enum {
    SOUND_MAX_DEVICE = 200,
    SOUND_LEVEL_MAX = 6, /* of volume and gain, 0 to 6: 0 is mute, 6 is 0 dB, 6 dB a step */
};

/* A device is written as KIND[:WHAT]:
 *   alsa[:NAME]          a sound card by its ALSA name; "default" if left out
 *   sim                  microphone: a tone of 440 Hz at -20 dBov; loudspeaker: only measured
 *   sim:tone=HZ[,DBOV]   (microphone)
 *   sim:FILE.wav         microphone: played again and again (8 kHz, mono, 16 bit); loudspeaker:
 * written none                 silence Both are borrowed for the call. Returns 0, EINVAL (no such
 * kind, a wrong tone) or ENOMEM; opens nothing. Caller owns *ret_sound. */
int sound_new(const char *microphone, const char *loudspeaker, struct sound **ret_sound);
struct sound *sound_free(struct sound *sound);

/* Take effect at once, in a running call too. 0 to SOUND_LEVEL_MAX. */
void sound_set_volume(struct sound *sound, unsigned level);
void sound_set_gain(struct sound *sound, unsigned level);

#endif
