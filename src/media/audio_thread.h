/* SPDX-License-Identifier: MIT */
/* audio_thread.h - the thread that has the sound of one call: microphone to RTP, RTP to
 * loudspeaker, RTCP, by the devices' clocks. What the loop wants of it and what it has to tell
 * wait in a box under a lock. Loop thread only. Nothing blocks, but audio_thread_free for
 * AUDIO_THREAD_END_MS at most. */
#ifndef MEDIA_AUDIO_THREAD_H
#define MEDIA_AUDIO_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/audio.h"

struct audio_thread;

enum {
    AUDIO_THREAD_MAX_DIGITS = 32, /* not yet fetched; more are dropped */
    AUDIO_THREAD_RING_HZ = 425,
    AUDIO_THREAD_RING_DBOV = -20,
    AUDIO_THREAD_RING_ON_MS = 1000,
    AUDIO_THREAD_RING_OFF_MS = 4000,
    AUDIO_THREAD_END_MS = 50,
};

struct audio_thread_config {
    const struct sound *sound; /* shared */
    int rtp_fd, rtcp_fd;       /* borrowed: the thread has copies */
    unsigned silent_ms;        /* see AUDIO_SILENT_MS */

    /* On the audio thread: there is something to fetch. Must not block, nor call audio_thread_*.
     * Returns 0 or an errno value: told again in a moment. */
    int (*tell)(void *arg);
    void *arg;
};

/* What was told: fetched once. */
struct audio_thread_facts {
    char digits[AUDIO_THREAD_MAX_DIGITS + 1];
    bool is_dead;
};

/* Starts the thread. Returns 0 or an errno value; caller owns *ret_thread. */
int audio_thread_new(const struct audio_thread_config *config, struct audio_thread **ret_thread);

/* Has RTCP BYE sent if there was a stream, and waits for the thread. One whose device hangs is left
 * alone: it tells nothing more, and frees what it has when the device comes back. NULL is fine;
 * returns NULL. */
struct audio_thread *audio_thread_free(struct audio_thread *thread);

/* Both count from the thread's next turn on, at once. */
void audio_thread_set_stream(struct audio_thread *thread, const struct audio_stream *stream);
void audio_thread_ring(struct audio_thread *thread);

/* What it has told, and nothing if that was fetched. */
void audio_thread_fetch(struct audio_thread *thread, struct audio_thread_facts *ret_facts);
/* As of its last turn. */
void audio_thread_stats(struct audio_thread *thread, struct audio_stats *ret_stats);

#endif
