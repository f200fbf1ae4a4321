/* SPDX-License-Identifier: MIT */
/* A jitter buffer between any sender and a player. 5 bytes of data are one thing that happens. What
 * is played was sent, in one piece and not twice; the delay keeps within its bounds; the counts add
 * up. */
#include <errno.h>
#include <stdbool.h>

#include "fuzz.h"
#include "media/jitter_buffer.h"

enum { EVENT_LEN = 5, MAX_EVENTS = 400 };

struct world {
    struct jitter_buffer *buffer;
    size_t frame;
    unsigned ptime_ms;
    uint64_t now_ms, played_ms;
    uint16_t sequence;
    uint32_t timestamp;
    struct jitter_stats counts; /* by what put has returned */
    uint32_t strays, lost, frames;
    uint64_t samples_put;
};

/* Each sample follows from its timestamp, and all are quiet: nothing is faded over. */
static int16_t sample_at(uint32_t timestamp)
{
    return (int16_t)(timestamp % 64);
}

static void put(struct world *world, uint16_t sequence, uint32_t timestamp, size_t n)
{
    int16_t samples[JITTER_BUFFER_MAX_FRAME + 1];
    int err;

    for (size_t i = 0; i < n && i <= JITTER_BUFFER_MAX_FRAME; i++)
        samples[i] = sample_at(timestamp + (uint32_t)i);
    err = jitter_buffer_put(world->buffer, sequence, timestamp, samples, n, world->now_ms);
    if (!n || n > JITTER_BUFFER_MAX_FRAME) {
        fuzz_must(err == EMSGSIZE);
        return;
    }
    fuzz_must(!err || err == EALREADY || err == ETIME || err == ERANGE);
    world->counts.received += !err || err == ETIME;
    world->counts.late += err == ETIME;
    world->counts.duplicates += err == EALREADY;
    world->strays += err == ERANGE;
    world->samples_put += err ? 0 : n;
}

static void get(struct world *world)
{
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    enum jitter_result result;
    size_t n = 0;

    result = jitter_buffer_get(world->buffer, world->now_ms, samples, &n);
    fuzz_must(n == world->frame);
    world->lost += result == JITTER_LOST;
    if (result != JITTER_FRAME)
        return;
    world->frames++;
    for (size_t i = 1; i < n; i++)
        fuzz_must(samples[i] == sample_at((uint32_t)samples[i - 1] + 1));
    fuzz_must(world->frames * world->frame <= world->samples_put);
}

static void look(const struct world *world)
{
    struct jitter_stats stats;

    jitter_buffer_stats(world->buffer, &stats);
    fuzz_must(stats.received == world->counts.received);
    fuzz_must(stats.late == world->counts.late);
    fuzz_must(stats.duplicates == world->counts.duplicates);
    fuzz_must(stats.dropped >= world->strays);
    fuzz_must(stats.delay_ms <= JITTER_BUFFER_MAX_DELAY_MS);
    fuzz_must(stats.jitter_ts <= 20 * 8000);
}

/* Time goes on; the player takes a frame each ptime_ms, unless it is stuck. */
static void wait_ms(struct world *world, unsigned ms, bool is_stuck)
{
    while (ms--) {
        world->now_ms++;
        if (world->now_ms - world->played_ms >= world->ptime_ms) {
            world->played_ms = world->now_ms;
            if (!is_stuck)
                get(world);
        }
    }
}

static void happen(struct world *world, const uint8_t *event)
{
    size_t n = (size_t)(event[1] % 6 + 1) * 80 + (event[1] > 250 ? event[2] : 0U);

    wait_ms(world, event[0] & 0x80 ? event[0] & 0x3fU : event[0] & 0x1fU, event[0] == 0x7f);
    switch (event[3] & 15) {
    case 0: /* lost, or a pause */
        world->sequence = (uint16_t)(world->sequence + (event[3] >> 4));
        world->timestamp += event[2] * 80U;
        break;
    case 1: /* too early, too late or once more */
        put(world, (uint16_t)(world->sequence + event[2] - 128),
            world->timestamp + (uint32_t)(event[2] - 128) * 160U, n);
        break;
    case 2: /* anywhere */
        put(world, (uint16_t)(event[2] << 8 | event[4]), (uint32_t)event[4] << 24 | event[2], n);
        break;
    case 3:
        world->sequence = (uint16_t)(event[2] << 8);
        world->timestamp = (uint32_t)event[4] << 24;
        break;
    case 4:
        jitter_buffer_skip(world->buffer, world->sequence++);
        break;
    case 5:
        if (event[4] == 5)
            jitter_buffer_reset(world->buffer);
        if (event[4] == 6)
            world->now_ms += 1000U * event[2];
        break;
    default:
        put(world, world->sequence++, world->timestamp, n);
        world->timestamp += (uint32_t)n;
    }
    look(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned ptimes_ms[] = {10, 20, 30, 60};
    struct world world = {.now_ms = 1000, .timestamp = UINT32_MAX - 5000, .sequence = 65500};

    if (!size)
        return 0;
    world.ptime_ms = ptimes_ms[data[0] % 4];
    world.frame = world.ptime_ms * 8;
    if (jitter_buffer_new(8000, world.ptime_ms, &world.buffer))
        abort();
    for (size_t i = 0; i < MAX_EVENTS && 1 + (i + 1) * EVENT_LEN <= size; i++)
        happen(&world, data + 1 + i * EVENT_LEN);
    jitter_buffer_free(world.buffer);
    return 0;
}
