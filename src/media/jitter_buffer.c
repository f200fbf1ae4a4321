/* SPDX-License-Identifier: MIT */
/* The samples lie in a ring by their timestamps (sample_ring.h), so that it does not matter how the
 * sender cuts them into packets. Holding back the next one to be given out makes the delay longer,
 * moving on makes it shorter.
 *
 * The delay follows the margins (margins.h). Packets that come late while nothing else is there
 * make it longer at once, as playing waits for them; others when they get too many. When nearly
 * all come a frame earlier than needed, a frame is left out: between quiet ones if there are any
 * soon, else faded over. */
#include "media/jitter_buffer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "media/margins.h"
#include "media/sample_ring.h"

enum {
    RESERVE_DIVISOR = 4, /* of a frame: kept when the delay is cut */
    FORCE_MS = 400,      /* wait so long for a quiet moment */
    QUIET = 100,         /* average size of samples: -50 dBov */
    CONCEALED_MS = 60,   /* when nothing comes: lost for so long, then a pause */
    PAUSE_MS = 500,      /* then what comes next is the begin of something new */
    STRAY_MS = 1000,     /* timestamps that far apart do not belong together */
    STRAY_SEQUENCES = 1000,
    JITTER_MAX = 1 << 17, /* 8 s */
    SEEN = 64,            /* sequence numbers looked back upon for duplicates */
};

struct jitter_buffer {
    unsigned per_ms; /* samples */
    unsigned ptime_ms;
    size_t frame; /* samples of ptime_ms */

    bool has_begun;    /* ring and sequence numbers count */
    bool is_playing;   /* the start delay is over */
    uint64_t start_ms; /* when it is */
    uint64_t get_ms;   /* last one */
    size_t held;       /* samples by which playing was held back since the last frame */
    uint32_t held_frames;
    unsigned long_for_ms; /* has the delay been longer than needed */
    bool has_paused;      /* the sender: nothing was sent before resume_ts */
    uint32_t resume_ts;
    struct margins margins;

    uint16_t highest; /* sequence number */
    uint64_t seen;    /* bit i: highest - i was received */
    bool has_stray;
    uint16_t stray_sequence; /* and timestamp: what would follow it */
    uint32_t stray_ts;
    bool has_transit;
    uint32_t transit;
    uint32_t jitter_16;

    struct jitter_stats stats;
    struct sample_ring ring;
};

static size_t samples_of(const struct jitter_buffer *buffer, unsigned ms)
{
    return (size_t)ms * buffer->per_ms;
}

/* The delay becomes by_ms longer, or shorter. */
static void shift(struct jitter_buffer *buffer, int by_ms)
{
    margins_shift(&buffer->margins, by_ms);
    buffer->long_for_ms = 0;
}

int jitter_buffer_new(unsigned rate_hz, unsigned ptime_ms, struct jitter_buffer **ret_buffer)
{
    struct jitter_buffer *buffer;

    if ((rate_hz != 8000 && rate_hz != 16000) || !ptime_ms ||
        ptime_ms > JITTER_BUFFER_MAX_FRAME / (rate_hz / 1000))
        return EINVAL;
    buffer = calloc(1, sizeof(*buffer));
    if (!buffer)
        return ENOMEM;
    buffer->per_ms = rate_hz / 1000;
    buffer->ptime_ms = ptime_ms;
    buffer->frame = samples_of(buffer, ptime_ms);
    sample_ring_init(&buffer->ring, 0);
    *ret_buffer = buffer;
    return 0;
}

struct jitter_buffer *jitter_buffer_free(struct jitter_buffer *buffer)
{
    free(buffer);
    return NULL;
}

void jitter_buffer_reset(struct jitter_buffer *buffer)
{
    sample_ring_begin(&buffer->ring, 0);
    buffer->has_begun = false;
    buffer->is_playing = false;
    buffer->held = 0;
    buffer->held_frames = 0;
    buffer->long_for_ms = 0;
    buffer->has_paused = false;
    buffer->margins = (struct margins){0};
    buffer->has_stray = false;
    buffer->has_transit = false;
}

static void begin(struct jitter_buffer *buffer, uint16_t sequence, uint32_t timestamp,
                  uint64_t start_ms)
{
    jitter_buffer_reset(buffer);
    buffer->has_begun = true;
    buffer->start_ms = start_ms;
    sample_ring_begin(&buffer->ring, timestamp);
    buffer->highest = (uint16_t)(sequence - 1);
    buffer->seen = 0;
}

/* Returns false for a packet that is far from the others. The next one that follows it makes the
 * buffer begin anew. */
static bool belongs(struct jitter_buffer *buffer, uint16_t sequence, uint32_t timestamp, size_t n,
                    uint64_t now_ms)
{
    int ahead = (int16_t)(sequence - buffer->highest);
    int32_t apart = sample_ring_after(buffer->ring.first_ts, timestamp);
    int32_t limit = (int32_t)samples_of(buffer, STRAY_MS);
    bool follows = buffer->has_stray && sequence == buffer->stray_sequence &&
                   sample_ring_after(buffer->stray_ts, timestamp) >= 0 &&
                   sample_ring_after(buffer->stray_ts, timestamp) < limit;

    if (ahead > -SEEN && ahead < STRAY_SEQUENCES && apart > -limit && apart < limit)
        return true;
    if (follows) {
        begin(buffer, sequence, timestamp, now_ms + JITTER_BUFFER_START_DELAY_MS);
        return true;
    }
    buffer->has_stray = true;
    buffer->stray_sequence = (uint16_t)(sequence + 1);
    buffer->stray_ts = timestamp + (uint32_t)n;
    return false;
}

static bool is_seen(const struct jitter_buffer *buffer, uint16_t sequence)
{
    int behind = (int16_t)(buffer->highest - sequence);

    return behind >= 0 && behind < SEEN && buffer->seen & UINT64_C(1) << behind;
}

/* Returns false for a duplicate. */
static bool see(struct jitter_buffer *buffer, uint16_t sequence)
{
    int ahead = (int16_t)(sequence - buffer->highest);

    if (ahead > 0) {
        buffer->seen = ahead < SEEN ? buffer->seen << ahead : 0;
        buffer->seen |= 1;
        buffer->highest = sequence;
        return true;
    }
    if (ahead <= -SEEN || is_seen(buffer, sequence))
        return false;
    buffer->seen |= UINT64_C(1) << -ahead;
    return true;
}

/* RFC 3550 section 6.4.1 and appendix A.8 */
static void note_jitter(struct jitter_buffer *buffer, uint32_t timestamp, uint64_t now_ms)
{
    uint32_t transit = (uint32_t)(now_ms * buffer->per_ms) - timestamp;
    int32_t apart = sample_ring_after(buffer->transit, transit);
    uint32_t d = apart < 0 ? 0U - (uint32_t)apart : (uint32_t)apart;

    d = d < JITTER_MAX ? d : JITTER_MAX; /* we may have been stopped for hours */
    if (buffer->has_transit)
        buffer->jitter_16 += d - ((buffer->jitter_16 + 8) >> 4);
    buffer->transit = transit;
    buffer->has_transit = true;
}

/* How long until the first sample is given out. */
static int margin_ms(const struct jitter_buffer *buffer, uint32_t timestamp, uint64_t now_ms)
{
    int32_t apart = sample_ring_after(buffer->ring.first_ts, timestamp);
    int32_t frame = (int32_t)buffer->frame;
    int32_t gets = apart >= 0 ? apart / frame : -((frame - 1 - apart) / frame);
    int64_t since_get = (int64_t)(now_ms - buffer->get_ms);

    if (since_get > (int64_t)buffer->ptime_ms) /* the next one is late itself */
        since_get = buffer->ptime_ms;
    return (gets + 1) * (int)buffer->ptime_ms - (int)(since_get < 0 ? 0 : since_get);
}

/* Has the sender paused? Then the timestamps have a gap, but not the sequence numbers. Else, what
 * playing was held back for was lost or late. */
static void judge_gap(struct jitter_buffer *buffer, uint16_t highest, uint16_t sequence,
                      uint32_t timestamp)
{
    if (sequence == (uint16_t)(highest + 1) &&
        sample_ring_after(buffer->ring.end_ts, timestamp) > 0) {
        buffer->has_paused = true;
        buffer->resume_ts = timestamp;
    } else {
        buffer->stats.lost += buffer->held_frames;
    }
    buffer->held_frames = 0;
}

static unsigned delay_ms(const struct jitter_buffer *buffer)
{
    unsigned ms = margins_average_ms(&buffer->margins);
    unsigned held_ms = (unsigned)buffer->held / buffer->per_ms;

    ms = ms > held_ms ? ms - held_ms : 0;
    /* What playing was held back for may take a while to show that it comes at its usual pace. */
    return ms < JITTER_BUFFER_MAX_DELAY_MS ? ms : JITTER_BUFFER_MAX_DELAY_MS;
}

/* Begin once more after a pause, with the delay that there was before. */
static void resume(struct jitter_buffer *buffer, uint16_t sequence, uint32_t timestamp,
                   uint64_t now_ms)
{
    unsigned ms = delay_ms(buffer);

    judge_gap(buffer, buffer->highest, sequence, timestamp);
    ms = ms < buffer->ptime_ms ? buffer->ptime_ms : ms;
    begin(buffer, sequence, timestamp, now_ms + ms);
}

/* Sound for JITTER_BUFFER_MAX_DELAY_MS at most: the oldest goes. */
static void make_room(struct jitter_buffer *buffer, uint32_t timestamp)
{
    int32_t over = sample_ring_after(buffer->ring.first_ts, timestamp) -
                   (int32_t)samples_of(buffer, JITTER_BUFFER_MAX_DELAY_MS - buffer->ptime_ms);

    if (!sample_ring_has(&buffer->ring, 1))
        over -= (int32_t)buffer->held; /* the hole will be passed at once */

    if (over > 0) {
        size_t frames = ((size_t)over + buffer->frame - 1) / buffer->frame;

        sample_ring_move_on(&buffer->ring, frames * buffer->frame);
        shift(buffer, -(int)(frames * buffer->ptime_ms));
        buffer->stats.dropped += (uint32_t)frames;
    }
}

int jitter_buffer_put(struct jitter_buffer *buffer, uint16_t sequence, uint32_t timestamp,
                      const int16_t *samples, size_t n, uint64_t now_ms)
{
    uint16_t highest;

    if (!n || n > JITTER_BUFFER_MAX_FRAME)
        return EMSGSIZE;
    if (!buffer->has_begun) {
        begin(buffer, sequence, timestamp, now_ms + JITTER_BUFFER_START_DELAY_MS);
    } else if (buffer->held >= samples_of(buffer, PAUSE_MS) && !is_seen(buffer, sequence)) {
        resume(buffer, sequence, timestamp, now_ms);
    } else if (!belongs(buffer, sequence, timestamp, n, now_ms)) {
        buffer->stats.dropped++;
        return ERANGE;
    }
    buffer->has_stray = false;
    highest = buffer->highest;
    if (!see(buffer, sequence)) {
        buffer->stats.duplicates++;
        return EALREADY;
    }
    judge_gap(buffer, highest, sequence, timestamp);
    buffer->stats.received++;
    note_jitter(buffer, timestamp, now_ms);
    if (!buffer->is_playing && sample_ring_after(buffer->ring.first_ts, timestamp) < 0)
        buffer->ring.first_ts = timestamp; /* the first ones were out of order */
    make_room(buffer, timestamp);
    if (buffer->is_playing)
        margins_note(&buffer->margins, margin_ms(buffer, timestamp, now_ms));
    if (sample_ring_after(buffer->ring.first_ts, timestamp + (uint32_t)n) <= 0) {
        buffer->stats.late++;
        return ETIME;
    }
    sample_ring_put(&buffer->ring, timestamp, samples, n);
    return 0;
}

void jitter_buffer_skip(struct jitter_buffer *buffer, uint16_t sequence)
{
    int ahead = (int16_t)(sequence - buffer->highest);

    if (buffer->has_begun && ahead > -SEEN && ahead < STRAY_SEQUENCES)
        (void)see(buffer, sequence);
}

/* Could and may the delay be a frame shorter? Then leave one out: its sound fades into that of the
 * next one, or it is quiet. */
static void shorten(struct jitter_buffer *buffer)
{
    int enough_ms = (int)(buffer->ptime_ms + buffer->ptime_ms / RESERVE_DIVISOR);
    size_t n = buffer->frame;

    if (margins_kept_ms(&buffer->margins) < enough_ms) {
        buffer->long_for_ms = 0;
        return;
    }
    if (!sample_ring_has(&buffer->ring, 2 * n))
        return;
    if (!sample_ring_is_quiet(&buffer->ring, 2 * n, QUIET)) {
        buffer->long_for_ms += buffer->ptime_ms;
        if (buffer->long_for_ms < FORCE_MS)
            return;
        sample_ring_fade(&buffer->ring, n);
    }
    sample_ring_move_on(&buffer->ring, n);
    shift(buffer, -(int)buffer->ptime_ms);
    buffer->stats.dropped++;
}

/* A hole where playing was held back for it is as good as played. */
static void catch_up(struct jitter_buffer *buffer)
{
    bool is_there;
    size_t n = sample_ring_run(&buffer->ring, buffer->held, &is_there);

    if (is_there || sample_ring_after(buffer->ring.first_ts, buffer->ring.end_ts) <= 0)
        return;
    sample_ring_move_on(&buffer->ring, n);
    margins_shift(&buffer->margins, -(int)(n / buffer->per_ms));
    buffer->held -= n;
}

/* Nothing is there that could be played, now or after it: wait for it. */
static enum jitter_result hold(struct jitter_buffer *buffer)
{
    if (buffer->held < samples_of(buffer, PAUSE_MS)) {
        buffer->held += buffer->frame;
        buffer->held_frames++;
        margins_shift(&buffer->margins, (int)buffer->ptime_ms);
    }
    return buffer->held <= samples_of(buffer, CONCEALED_MS) ? JITTER_LOST : JITTER_NOTHING;
}

/* There is a hole, and something behind it. */
static enum jitter_result pass_hole(struct jitter_buffer *buffer)
{
    unsigned longer_ms = margins_average_ms(&buffer->margins) + buffer->ptime_ms;

    if (buffer->has_paused) {
        buffer->has_paused = sample_ring_after(buffer->ring.first_ts, buffer->resume_ts) > 0;
        if (buffer->has_paused) {
            sample_ring_move_on(&buffer->ring, buffer->frame);
            return JITTER_NOTHING;
        }
    }
    buffer->stats.lost++;
    if (margins_kept_ms(&buffer->margins) < 0 && longer_ms <= JITTER_BUFFER_MAX_DELAY_MS)
        shift(buffer, (int)buffer->ptime_ms); /* and wait for it */
    else
        sample_ring_move_on(&buffer->ring, buffer->frame);
    return JITTER_LOST;
}

enum jitter_result jitter_buffer_get(struct jitter_buffer *buffer, uint64_t now_ms,
                                     int16_t samples[JITTER_BUFFER_MAX_FRAME], size_t *ret_n)
{
    *ret_n = buffer->frame;
    buffer->get_ms = now_ms;
    if (!buffer->has_begun)
        return JITTER_NOTHING;
    if (!buffer->is_playing) {
        if (now_ms + buffer->ptime_ms / 2 < buffer->start_ms)
            return JITTER_NOTHING;
        buffer->is_playing = true;
    }
    if (buffer->held)
        catch_up(buffer);
    if (sample_ring_after(buffer->ring.first_ts, buffer->ring.end_ts) < (int32_t)buffer->frame)
        return hold(buffer);
    if (!sample_ring_has(&buffer->ring, buffer->frame))
        return pass_hole(buffer);
    shorten(buffer);
    sample_ring_peek(&buffer->ring, samples, buffer->frame);
    sample_ring_move_on(&buffer->ring, buffer->frame);
    buffer->held = 0;
    return JITTER_FRAME;
}

void jitter_buffer_stats(const struct jitter_buffer *buffer, struct jitter_stats *ret_stats)
{
    *ret_stats = buffer->stats;
    ret_stats->jitter_ts = buffer->jitter_16 >> 4;
    ret_stats->delay_ms = delay_ms(buffer);
}
