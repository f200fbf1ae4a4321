/* SPDX-License-Identifier: MIT */
/* rtp_session.h - RTP and RTCP of one call over its two sockets: samples in and out, digits, when
 * the other side was heard last. One thread at a time. Never blocks. */
#ifndef MEDIA_RTP_SESSION_H
#define MEDIA_RTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct audio_stats;
struct audio_stream;
struct rtp_session;

enum {
    RTP_SESSION_PERIOD_MS = 20,   /* at first */
    RTP_SESSION_MAX_PACKETS = 32, /* read at a time: a flood does not hold up the devices */
};

typedef void rtp_session_digit_fn(char digit, void *arg);

/* rtp_fd, rtcp_fd: borrowed. Returns 0, ENOMEM or EIO; caller owns *ret_session. */
int rtp_session_new(int rtp_fd, int rtcp_fd, rtp_session_digit_fn *on_digit, void *arg,
                    struct rtp_session **ret_session);

/* NULL is fine; returns NULL. */
struct rtp_session *rtp_session_free(struct rtp_session *session);

/* The stream from now on. What comes before the first is thrown away. */
void rtp_session_set(struct rtp_session *session, const struct audio_stream *stream);

/* Of samples to play and to send: 20 or 10 ms, as packets can hold. Changes with the stream. */
unsigned rtp_session_period_ms(const struct rtp_session *session);

/* Read what has come in; calls on_digit. */
void rtp_session_receive_rtp(struct rtp_session *session);
void rtp_session_receive_rtcp(struct rtp_session *session);

/* A period from the microphone. first_us: see device.h. */
void rtp_session_send(struct rtp_session *session, const int16_t *samples, uint64_t first_us);

/* A period for the loudspeaker. Returns whether it was received (and not silence or filled in). */
bool rtp_session_play(struct rtp_session *session, int16_t *samples);

/* Now and then: a report by RTCP if one is due. */
void rtp_session_report(struct rtp_session *session);

/* RTCP BYE; last. */
void rtp_session_bye(struct rtp_session *session);

/* For how long nothing has come from the other side that could have; 0: nothing is expected. */
uint64_t rtp_session_silent_ms(struct rtp_session *session);

/* Sets those that are of RTP and RTCP. */
void rtp_session_stats(const struct rtp_session *session, struct audio_stats *stats);

#endif
