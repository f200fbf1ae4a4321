/* SPDX-License-Identifier: MIT */
/* description.h - the sound of a call as SDP (RFC 4566, 3264): what we offer, what the other side
 * says, and what follows from both. Pure, loop thread. */
#ifndef SIP_DESCRIPTION_H
#define SIP_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <re_types.h>
#include <re_sa.h>

#include "media/audio.h"

struct mbuf;

enum {
    DESCRIPTION_MAX_LEN = 16 * 1024, /* of one body; the SDP parser sees no more */
    DESCRIPTION_MAX_LINE = 1024,
    DESCRIPTION_MAX_LINES = 256,
    DESCRIPTION_MAX_MEDIA = 8,
    DESCRIPTION_MAX_WORD = 31,      /* "audio", "UDP/TLS/RTP/SAVPF" */
    DESCRIPTION_DTMF_PAYLOAD = 101, /* that we offer */
};

/* A m= line of the session, in its place. */
struct description_media {
    char name[DESCRIPTION_MAX_WORD + 1];
    char protocol[DESCRIPTION_MAX_WORD + 1];
};

/* Copy by =, nothing to free. Members are description.c's own, but for the last ones. */
struct description {
    struct sa local; /* where RTP comes in, as the other side sees it */
    uint32_t id, version;
    struct description_media media[DESCRIPTION_MAX_MEDIA];
    unsigned n_media;
    unsigned audio;    /* which of them is ours */
    bool has_codec[2]; /* by enum audio_codec: the other side knows it, too */
    uint8_t payload_types[2];
    enum audio_codec preferred; /* of the other side */
    int dtmf_payload_type;      /* of what comes in; -1: none */
    unsigned ptime_ms;
    bool has_remote; /* the other side has spoken; then: */
    struct sa rtp, rtcp;
    bool may_send, may_receive; /* as we see it */
};

/* local: address and port of RTP, as the other side sees them. */
void description_init(struct description *description, const struct sa *local);
void description_set_local(struct description *description, const struct sa *local);

/* Write an offer, or the answer to the offer taken last. Returns 0 or ENOMEM.
 * Caller owns *ret_body: mem_deref. */
int description_offer(struct description *description, struct mbuf **ret_body);
int description_answer(struct description *description, struct mbuf **ret_body);

/* Take what the other side says. Returns 0, EBADMSG (no SDP, or beyond the limits), ENOTSUP (no
 * sound, address or codec in it that we know) or ENOMEM; then nothing has changed. */
int description_take(struct description *description, const char *text, size_t len, bool is_offer);

/* What is to be sent and received now. It points into description. */
void description_stream(const struct description *description, struct audio_stream *ret_stream);

/* The other side does not want to hear us. */
bool description_is_held(const struct description *description);

/* May text go to the SDP parser? Returns 0 or EBADMSG. */
int description_check(const char *text, size_t len);

#endif
