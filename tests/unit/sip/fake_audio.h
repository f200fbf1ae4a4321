/* SPDX-License-Identifier: MIT */
/* fake_audio.h - media/audio.h for the tests of calls: no sound, but all that was asked for is
 * remembered, and what comes can be made up. In place of media/audio.c. */
#ifndef FAKE_AUDIO_H
#define FAKE_AUDIO_H

#include <stdbool.h>

#include "media/audio.h"

struct fake_audio {
    unsigned n_open;    /* now */
    unsigned n_started; /* so often audio_start */
    unsigned n_rings;
    bool is_mapping;            /* somebody waits for STUN */
    char stun[64];              /* whom audio_map asked last */
    char rtp[64], rtcp[64];     /* of the last audio_start */
    struct audio_stream stream; /* its pointers are gone */
    int new_err, start_err;     /* what these fail with */
};

extern struct fake_audio fake_audio;

/* The audio that was opened last: is it open still, and does it wait for STUN? */
bool fake_audio_is_open(void);
bool fake_audio_is_mapping(void);

/* It tells. */
void fake_audio_digit(char digit);
void fake_audio_dead(void);
void fake_audio_mapped(const char *addr, unsigned port); /* addr: NULL: no answer */

/* Where its RTP is. */
unsigned fake_audio_port(void);

#endif
