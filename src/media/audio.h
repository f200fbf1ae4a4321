/* SPDX-License-Identifier: MIT */
/* audio.h - the sound of one call: its RTP and RTCP sockets, and the thread that has them while
 * sound runs. Loop thread only; samples never touch it. Never blocks (audio_free waits for its
 * thread: mostly for a period of the device; for one that hangs 50 ms, then without it). */
#ifndef MEDIA_AUDIO_H
#define MEDIA_AUDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audio;
struct sa;
struct sound; /* sound.h: the devices, volume and gain */

enum audio_codec { AUDIO_PCMU, AUDIO_PCMA }; /* 8 kHz, mono */

enum {
    AUDIO_PTIME_MS = 20,
    AUDIO_SILENT_MS = 30000, /* no RTP and no RTCP for so long: the call is dead */
};

/* All of these on the loop thread. They may not free the audio. */
struct audio_handlers {
    void (*on_digit)(char digit, void *arg); /* RFC 4733, each once; as dtmf_receiver_take */
    void (*on_dead)(void *arg);              /* nothing came for AUDIO_SILENT_MS while something
                                                was to be received; once for each audio_start */
    void *arg;
};

struct audio_config {
    struct sound *sound;    /* borrowed */
    const struct sa *local; /* the address to use, port 0: any even one with RTCP above it */
    struct audio_handlers handlers;
};

/* What offer and answer have settled. A value, but for the addresses: borrowed for the call. */
struct audio_stream {
    const struct sa *rtp;     /* where to send; changed to where the first packets come from
                                 (symmetric RTP) */
    const struct sa *rtcp;    /* likewise */
    enum audio_codec codec;   /* that we send; both are understood */
    uint8_t payload_types[2]; /* by enum audio_codec */
    int dtmf_payload_type;    /* -1: none */
    unsigned ptime_ms;        /* that we send: 10 to 60, in tens */
    bool is_sending;
    bool is_receiving; /* else nothing is played, digits do not count, and silence is no death */
    bool is_early;     /* not answered yet: a ringing tone goes on until sound is received */
};

struct audio_stats {
    uint32_t sent, received, lost, late, dropped;
    unsigned jitter_ms, delay_ms; /* of what is received: RFC 3550, of the jitter buffer */
    uint64_t first_sent_us, first_received_us; /* monotonic; 0: none yet */
    unsigned send_delay_us; /* the longest: first sample of a packet taken, to sent */
    unsigned round_trip_ms; /* by RTCP; 0: not known */
    uint32_t lost_there;    /* of what was sent, as the other side says */
    int level_in_dbov,
        level_out_dbov;  /* of the last second: microphone, loudspeaker; -127: nothing */
    bool is_device_lost; /* no sound card: silence is sent, what comes is thrown away */
};

/* Open the sockets. Returns 0, EINVAL (no sound), EADDRINUSE (no free pair) or another errno value.
 * Caller owns *ret_audio. */
int audio_new(const struct audio_config *config, struct audio **ret_audio);

/* Stops the sound, says RTCP BYE, ends the thread (see audio_thread_free), closes. Nothing is told
 * from then on. NULL is fine; returns NULL. */
struct audio *audio_free(struct audio *audio);

/* Where RTP comes in: config->local with the port. */
void audio_local(const struct audio *audio, struct sa *ret_rtp);

/* mapped: NULL: the server did not answer in time (rtp_map.h). Not called once
 * freed. */
typedef void audio_mapped_fn(const struct sa *mapped, void *arg);

/* Ask a STUN server for the public address of the RTP socket; before audio_start and audio_ring
 * only (they end it: mapped is told NULL soon). mapped may free the audio.
 * Returns 0, EBUSY (too late, or asked already) or another errno value; then mapped is not
 * called. */
int audio_map(struct audio *audio, const struct sa *stun_server, audio_mapped_fn *mapped,
              void *arg);

/* Sound from now on, or changed (hold, resume, early media to answered, another address).
 * A sound card that does not open is no failure: the call and its DTMF go on without. Returns 0,
 * EINVAL (ptime, codec) or an errno value (no thread, no memory). */
int audio_start(struct audio *audio, const struct audio_stream *stream);

/* Play a ringing tone (425 Hz, 1 s in 5) at the loudspeaker until sound is received, or an
 * audio_start that is not early. Returns 0 or an errno value: no tone then. */
int audio_ring(struct audio *audio);

/* Until now; before it was started nothing. */
void audio_stats(const struct audio *audio, struct audio_stats *ret_stats);

#endif
