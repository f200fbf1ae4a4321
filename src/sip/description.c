/* SPDX-License-Identifier: MIT */
/* description.c - see description.h.
 *
 * libre's SDP parser keeps what it has read before, and a body that turns out bad half way leaves
 * its session half changed: a new offer of ours would then have no codec. So each body goes into a
 * session of its own, which is thrown away; what was read is copied into a plain value, and only
 * when all of it is good. It also knows no limits: description_check stands before it. */
#include "sip/description.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sdp.h>
#include <re_sys.h>

#define AUDIO "audio"
#define PROTOCOL "RTP/AVP"

enum { MIN_PTIME_MS = 10, MAX_PTIME_MS = 60, RATE_HZ = 8000 };

static const struct codec {
    const char *name;
    const char *payload_type;
} codecs[] = {
    [AUDIO_PCMU] = {"PCMU", "0"},
    [AUDIO_PCMA] = {"PCMA", "8"},
};

void description_init(struct description *description, const struct sa *local)
{
    memset(description, 0, sizeof(*description));
    description->local = *local;
    description->id = rand_u32();
    description->version = 1;
    description->n_media = 1;
    (void)snprintf(description->media[0].name, sizeof(description->media[0].name), AUDIO);
    (void)snprintf(description->media[0].protocol, sizeof(description->media[0].protocol),
                   PROTOCOL);
    description->has_codec[AUDIO_PCMU] = description->has_codec[AUDIO_PCMA] = true;
    description->payload_types[AUDIO_PCMU] = 0;
    description->payload_types[AUDIO_PCMA] = 8;
    description->preferred = AUDIO_PCMA;
    description->dtmf_payload_type = DESCRIPTION_DTMF_PAYLOAD;
    description->ptime_ms = AUDIO_PTIME_MS;
    description->may_send = description->may_receive = true;
    sa_init(&description->rtp, AF_UNSPEC);
    sa_init(&description->rtcp, AF_UNSPEC);
}

void description_set_local(struct description *description, const struct sa *local)
{
    description->local = *local;
}

/* ---- writing ---- */

struct written {
    uint8_t payload_types[2]; /* in order of preference */
    enum audio_codec codecs[2];
    unsigned n;
    int dtmf_payload_type;
};

static void choose_formats(const struct description *description, bool is_offer,
                           struct written *written)
{
    enum audio_codec order[2] = {AUDIO_PCMA, AUDIO_PCMU};

    memset(written, 0, sizeof(*written));
    if (description->preferred == AUDIO_PCMU) {
        order[0] = AUDIO_PCMU;
        order[1] = AUDIO_PCMA;
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!is_offer && !description->has_codec[order[i]])
            continue;
        written->codecs[written->n] = order[i];
        written->payload_types[written->n++] = description->payload_types[order[i]];
    }
    written->dtmf_payload_type = description->dtmf_payload_type;
    if (is_offer && written->dtmf_payload_type < 0)
        written->dtmf_payload_type = DESCRIPTION_DTMF_PAYLOAD;
}

static int write_audio(const struct description *description, const struct written *written,
                       const char *direction, struct mbuf *mb)
{
    uint16_t port = sa_port(&description->local);
    int err = mbuf_printf(mb, "m=" AUDIO " %u " PROTOCOL, port);

    for (unsigned i = 0; i < written->n && !err; i++)
        err = mbuf_printf(mb, " %u", written->payload_types[i]);
    if (!err && written->dtmf_payload_type >= 0)
        err = mbuf_printf(mb, " %d", written->dtmf_payload_type);
    if (!err)
        err = mbuf_write_str(mb, "\r\n");
    for (unsigned i = 0; i < written->n && !err; i++)
        err = mbuf_printf(mb, "a=rtpmap:%u %s/%u\r\n", written->payload_types[i],
                          codecs[written->codecs[i]].name, RATE_HZ);
    if (!err && written->dtmf_payload_type >= 0)
        err = mbuf_printf(mb, "a=rtpmap:%d telephone-event/%u\r\na=fmtp:%d 0-16\r\n",
                          written->dtmf_payload_type, RATE_HZ, written->dtmf_payload_type);
    if (!err)
        err = mbuf_printf(mb, "a=ptime:%u\r\na=rtcp:%u\r\na=%s\r\n", AUDIO_PTIME_MS,
                          (uint16_t)(port + 1), direction);
    return err;
}

static int write_body(struct description *description, bool is_offer, const char *direction,
                      struct mbuf **ret_body)
{
    const struct sa *local = &description->local;
    int ip = sa_af(local) == AF_INET6 ? 6 : 4;
    struct written written;
    struct mbuf *mb = mbuf_alloc(512);
    int err;

    if (!mb)
        return ENOMEM;
    choose_formats(description, is_offer, &written);
    err = mbuf_printf(mb, "v=0\r\no=- %u %u IN IP%d %j\r\ns=-\r\nc=IN IP%d %j\r\nt=0 0\r\n",
                      description->id, description->version++, ip, local, ip, local);
    for (unsigned i = 0; i < description->n_media && !err; i++) {
        if (i == description->audio)
            err = write_audio(description, &written, direction, mb);
        else
            err = mbuf_printf(mb, "m=%s 0 %s 0\r\n", description->media[i].name,
                              description->media[i].protocol);
    }
    if (err) {
        mem_deref(mb);
        return err;
    }
    mb->pos = 0;
    *ret_body = mb;
    return 0;
}

int description_offer(struct description *description, struct mbuf **ret_body)
{
    return write_body(description, true, "sendrecv", ret_body);
}

int description_answer(struct description *description, struct mbuf **ret_body)
{
    const char *direction = description->may_send && description->may_receive ? "sendrecv"
                            : description->may_send                           ? "sendonly"
                            : description->may_receive                        ? "recvonly"
                                                                              : "inactive";

    return write_body(description, false, direction, ret_body);
}

/* ---- reading ---- */

int description_check(const char *text, size_t len)
{
    size_t line_len = 0;
    unsigned lines = 0;

    if (!len || len > DESCRIPTION_MAX_LEN || memchr(text, '\0', len))
        return EBADMSG;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\n' || text[i] == '\r') {
            line_len = 0;
            if (text[i] == '\n' && ++lines > DESCRIPTION_MAX_LINES)
                return EBADMSG;
        } else if (++line_len > DESCRIPTION_MAX_LINE) {
            return EBADMSG;
        }
    }
    return 0;
}

/* A session of the library that knows what we know. */
static int make_session(const struct sa *local, struct sdp_session **ret_session,
                        struct sdp_media **ret_audio)
{
    struct sdp_session *session = NULL;
    struct sdp_media *audio = NULL;
    int err = sdp_session_alloc(&session, local);

    if (err)
        return err;
    err = sdp_media_add(&audio, session, AUDIO, sa_port(local), PROTOCOL);
    for (unsigned i = 0; i < 2 && !err; i++)
        err = sdp_format_add(NULL, audio, false, codecs[i].payload_type, codecs[i].name, RATE_HZ, 1,
                             NULL, NULL, NULL, false, NULL);
    if (!err)
        err = sdp_format_add(NULL, audio, false, "101", "telephone-event", RATE_HZ, 1, NULL, NULL,
                             NULL, false, NULL);
    if (err) {
        mem_deref(session);
    } else {
        *ret_session = session;
        *ret_audio = audio;
    }
    return err;
}

/* Of what we write back, too: the library takes any bytes. */
static bool is_word(const char *text)
{
    size_t len = 0;

    for (; *text; text++, len++) {
        if (*text <= 0x20 || *text >= 0x7f)
            return false;
    }
    return len && len <= DESCRIPTION_MAX_WORD;
}

/* The lines of the other side, in their order; audio becomes ours only where the library took it
 * for ours. Returns 0 or ENOTSUP. */
static int read_media(struct description *next, const struct sdp_session *session,
                      const struct sdp_media *audio)
{
    bool is_found = false;

    next->n_media = 0;
    for (const struct le *le = list_head(sdp_session_medial(session, false)); le; le = le->next) {
        const struct sdp_media *media = le->data;
        struct description_media *line;

        if (next->n_media == DESCRIPTION_MAX_MEDIA)
            return ENOTSUP;
        line = &next->media[next->n_media];
        if (!is_word(sdp_media_name(media)) || !is_word(sdp_media_proto(media)))
            return ENOTSUP;
        (void)snprintf(line->name, sizeof(line->name), "%s", sdp_media_name(media));
        (void)snprintf(line->protocol, sizeof(line->protocol), "%s", sdp_media_proto(media));
        if (media == audio) {
            next->audio = next->n_media;
            is_found = true;
        }
        next->n_media++;
    }
    return is_found ? 0 : ENOTSUP;
}

/* Which of their formats we know. Returns 0 or ENOTSUP. */
static int read_formats(struct description *next, const struct sdp_media *audio, bool is_offer)
{
    bool has_dtmf = false;
    int dtmf = -1, ours = next->dtmf_payload_type;

    next->has_codec[AUDIO_PCMU] = next->has_codec[AUDIO_PCMA] = false;
    for (const struct le *le = list_head(sdp_media_format_lst(audio, false)); le; le = le->next) {
        const struct sdp_format *format = le->data;
        const struct sdp_format *known = format->sup && format->pt >= 0 && format->pt <= 127
                                             ? sdp_media_lformat(audio, format->pt)
                                             : NULL;

        if (!known || !known->name)
            continue;
        if (!has_dtmf && !strcasecmp(known->name, "telephone-event")) {
            has_dtmf = true;
            dtmf = format->pt;
        }
        for (unsigned i = 0; i < 2; i++) {
            if (next->has_codec[i] || strcasecmp(known->name, codecs[i].name) != 0)
                continue;
            if (!next->has_codec[!i])
                next->preferred = i;
            next->has_codec[i] = true;
            next->payload_types[i] = (uint8_t)format->pt;
        }
    }
    /* What comes in has the number that stands in our description: of an offer, theirs. */
    if (!has_dtmf)
        next->dtmf_payload_type = -1;
    else
        next->dtmf_payload_type = is_offer || ours < 0 ? dtmf : ours;
    return next->has_codec[AUDIO_PCMU] || next->has_codec[AUDIO_PCMA] ? 0 : ENOTSUP;
}

static unsigned read_ptime(const struct sdp_session *session, const struct sdp_media *audio)
{
    const char *text = sdp_media_session_rattr(audio, session, sdp_attr_ptime);
    unsigned long ms = text ? strtoul(text, NULL, 10) : 0;

    if (ms < MIN_PTIME_MS || ms > MAX_PTIME_MS)
        return AUDIO_PTIME_MS;
    return (unsigned)(ms - ms % 10);
}

/* Where to send, and whether. A name instead of an address is left out by the library, which then
 * looks like 0.0.0.0: has_zero tells that it really stands there. Returns 0 or ENOTSUP. */
static int read_address(struct description *next, const struct sdp_media *audio, bool has_zero)
{
    enum sdp_dir direction = sdp_media_rdir(audio); /* the library shows it as ours */
    bool is_zero = sa_is_any(sdp_media_raddr(audio));

    next->rtp = *sdp_media_raddr(audio);
    sdp_media_raddr_rtcp(audio, &next->rtcp);
    if (!sa_port(&next->rtp) || (is_zero && !has_zero))
        return ENOTSUP;
    if (!is_zero && sa_af(&next->rtp) != sa_af(&next->local))
        return ENOTSUP;
    next->may_send = !is_zero && (direction & SDP_SENDONLY); /* zero: hold as in RFC 2543 */
    next->may_receive = (direction & SDP_RECVONLY) != 0;
    return 0;
}

static bool holds(const char *text, size_t len, const char *what)
{
    return memmem(text, len, what, strlen(what)) != NULL;
}

int description_take(struct description *description, const char *text, size_t len, bool is_offer)
{
    struct description next = *description;
    struct sdp_session *session = NULL;
    struct sdp_media *audio = NULL;
    struct mbuf *mb = NULL;
    int err = description_check(text, len);

    if (err)
        return err;
    mb = mbuf_alloc(len + 2);
    if (!mb)
        return ENOMEM;
    err = mbuf_write_mem(mb, (const uint8_t *)text, len);
    if (!err)
        err = mbuf_write_str(mb, "\r\n"); /* some leave out the last one */
    if (err)
        goto out;
    mb->pos = 0;
    err = make_session(&description->local, &session, &audio);
    if (err)
        goto out;
    /* Answers, too, are read as offers: then the library takes the other side's numbers. */
    err = sdp_decode(session, mb, true);
    if (err) {
        err = err == ENOMEM ? ENOMEM : EBADMSG;
        goto out;
    }
    err = read_media(&next, session, audio);
    if (!err)
        err = read_address(&next, audio,
                           holds(text, len, " IP4 0.0.0.0") || holds(text, len, " IP6 ::"));
    if (!err)
        err = read_formats(&next, audio, is_offer);
    if (err)
        goto out;
    next.ptime_ms = read_ptime(session, audio);
    next.has_remote = true;
    *description = next;

out:
    mem_deref(session);
    mem_deref(mb);
    return err;
}

/* ---- what follows ---- */

void description_stream(const struct description *description, struct audio_stream *ret_stream)
{
    *ret_stream = (struct audio_stream){
        .rtp = &description->rtp,
        .rtcp = &description->rtcp,
        .codec = description->preferred,
        .payload_types = {description->payload_types[0], description->payload_types[1]},
        .dtmf_payload_type = description->dtmf_payload_type,
        .ptime_ms = description->ptime_ms,
        .is_sending = description->may_send,
        .is_receiving = description->may_receive,
    };
}

bool description_is_held(const struct description *description)
{
    return description->has_remote && !description->may_send;
}
