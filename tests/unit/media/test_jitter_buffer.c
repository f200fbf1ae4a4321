/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "media/jitter_buffer.h"

/* A sender, a network and a player on a clock moved by hand, in steps of 1 ms. */
enum {
    FRAME = 160,
    FLIGHT_MAX = 64, /* packets on their way */
};

struct flight {
    double at_ms; /* when it arrives; 0: unused */
    uint16_t sequence;
    uint32_t timestamp;
    size_t n;
};

enum player { EVENLY, IN_PAIRS, WITH_DELAYS };

struct simulation {
    struct jitter_buffer *buffer;
    double now_ms, sent_ms, played_ms, first_played_ms;
    enum player player;
    unsigned gets;
    double sender_rate; /* its clock by ours */
    unsigned sender_ptime_ms;
    uint16_t sequence;
    uint32_t timestamp;
    struct flight flight[FLIGHT_MAX];
    size_t in_flight;

    unsigned count; /* packets sent */
    bool is_loud;   /* else: quiet sound */
    bool is_silent; /* the sender has paused */
    unsigned frames, lost, nothing;
    unsigned longest_delay_ms;
    /* Of a network: when packet number i comes, after now; below 0: never. */
    double (*network)(struct simulation *simulation, unsigned i);
    unsigned copies; /* of each packet, too many */
    unsigned random;
};

/* The same on all machines. */
static unsigned random_below(struct simulation *simulation, unsigned n)
{
    simulation->random = simulation->random * 1103515245U + 12345U;
    return (simulation->random >> 16) % n;
}

static void simulation_init(struct simulation *simulation)
{
    *simulation = (struct simulation){
        .now_ms = 1000,
        .sent_ms = 1000.5,
        .played_ms = 1003,
        .first_played_ms = 1003,
        .sender_rate = 1,
        .sender_ptime_ms = 20,
        .sequence = 65500,               /* wraps soon */
        .timestamp = UINT32_MAX - 20000, /* likewise */
        .random = 1,
    };
    assert_int_equal(jitter_buffer_new(8000, 20, &simulation->buffer), 0);
}

/* Played just before a packet comes, so that the delay at the start is a frame more than needed. */
static void simulation_init_long(struct simulation *simulation)
{
    simulation_init(simulation);
    simulation->played_ms = simulation->first_played_ms = 1000;
}

static void simulation_done(struct simulation *simulation)
{
    assert_null(jitter_buffer_free(simulation->buffer));
}

static void send_one(struct simulation *simulation)
{
    size_t n = (size_t)simulation->sender_ptime_ms * 8;
    double delay_ms = simulation->network ? simulation->network(simulation, simulation->count) : 0;

    simulation->count++;
    if (!simulation->is_silent) {
        if (delay_ms >= 0) {
            assert_true(simulation->in_flight < FLIGHT_MAX);
            simulation->flight[simulation->in_flight++] =
                (struct flight){.at_ms = simulation->now_ms + delay_ms,
                                .sequence = simulation->sequence,
                                .timestamp = simulation->timestamp,
                                .n = n};
        }
        simulation->sequence++;
    }
    simulation->timestamp += (uint32_t)n;
}

/* Each sample says which one it is, at a low or a high level. */
static void fill(const struct simulation *simulation, uint32_t timestamp, int16_t *samples,
                 size_t n)
{
    for (size_t i = 0; i < n; i++)
        samples[i] = (int16_t)((int)((timestamp + i) % 64) + (simulation->is_loud ? 8000 : 0));
}

static void receive(struct simulation *simulation)
{
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    size_t left = 0;

    for (size_t i = 0; i < simulation->in_flight; i++) {
        struct flight *flight = &simulation->flight[i];

        if (flight->at_ms > simulation->now_ms) {
            simulation->flight[left++] = *flight;
            continue;
        }
        fill(simulation, flight->timestamp, samples, flight->n);
        for (unsigned copy = 0; copy <= simulation->copies; copy++)
            (void)jitter_buffer_put(simulation->buffer, flight->sequence, flight->timestamp,
                                    samples, flight->n, (uint64_t)simulation->now_ms);
    }
    simulation->in_flight = left;
}

/* What is played is what was sent: one sample after the other, or joined without a click. */
static void check_sound(struct simulation *simulation, const int16_t *samples)
{
    for (size_t i = 1; i < FRAME; i++) {
        if (simulation->is_loud)
            assert_in_range(abs(samples[i] - samples[i - 1]), 0, 64);
        else
            assert_int_equal(samples[i] % 64, (samples[i - 1] + 1) % 64);
    }
}

static void play(struct simulation *simulation)
{
    int16_t samples[JITTER_BUFFER_MAX_FRAME];
    struct jitter_stats stats;
    size_t n = 0;

    switch (jitter_buffer_get(simulation->buffer, (uint64_t)simulation->now_ms, samples, &n)) {
    case JITTER_FRAME:
        simulation->frames++;
        check_sound(simulation, samples);
        break;
    case JITTER_LOST:
        simulation->lost++;
        break;
    case JITTER_NOTHING:
        simulation->nothing++;
        break;
    }
    assert_int_equal(n, FRAME);
    jitter_buffer_stats(simulation->buffer, &stats);
    if (stats.delay_ms > simulation->longest_delay_ms)
        simulation->longest_delay_ms = stats.delay_ms;
}

static void run_ms(struct simulation *simulation, double ms)
{
    double end_ms = simulation->now_ms + ms;

    while (simulation->now_ms < end_ms) {
        while (simulation->sent_ms <= simulation->now_ms) {
            send_one(simulation);
            simulation->sent_ms += simulation->sender_ptime_ms / simulation->sender_rate;
        }
        receive(simulation);
        while (simulation->played_ms <= simulation->now_ms) {
            play(simulation);
            simulation->gets++;
            simulation->played_ms = simulation->first_played_ms + 20.0 * simulation->gets;
            if (simulation->player == IN_PAIRS)
                simulation->played_ms =
                    simulation->first_played_ms + 40.0 * ((simulation->gets + 1) / 2);
            else if (simulation->player == WITH_DELAYS)
                simulation->played_ms += random_below(simulation, 9);
        }
        simulation->now_ms += 1;
    }
}

static struct jitter_stats stats_of(const struct simulation *simulation)
{
    struct jitter_stats stats;

    jitter_buffer_stats(simulation->buffer, &stats);
    return stats;
}

/* Networks: when the packet comes. */

static double jitter_30(struct simulation *simulation, unsigned i)
{
    (void)i;
    return random_below(simulation, 31);
}

static double jitter_100(struct simulation *simulation, unsigned i)
{
    (void)i;
    return random_below(simulation, 101);
}

static double lossy(struct simulation *simulation, unsigned i)
{
    (void)i;
    return random_below(simulation, 100) < 5 ? -1 : 0;
}

static double lossy_in_rows(struct simulation *simulation, unsigned i)
{
    (void)simulation;
    return i % 100 >= 95 ? -1 : 0;
}

/* One in ten comes after the two behind it. */
static double out_of_order(struct simulation *simulation, unsigned i)
{
    (void)simulation;
    return i % 10 == 5 ? 45 : 0;
}

static double one_spike(struct simulation *simulation, unsigned i)
{
    (void)simulation;
    return i == 250 ? 90 : 0;
}

/* For 300 ms nothing comes, then all at once. */
static double one_stall(struct simulation *simulation, unsigned i)
{
    (void)simulation;
    return i >= 250 && i < 265 ? (265 - i) * 20 : 0;
}

static double long_stall(struct simulation *simulation, unsigned i)
{
    (void)simulation;
    return i >= 250 && i < 300 ? (300 - i) * 20 : 0;
}

/* A link that holds back packets and lets go of them every 100 ms. */
static double in_lumps(struct simulation *simulation, unsigned i)
{
    (void)simulation;
    return (4 - i % 5) * 20;
}

static double outage(struct simulation *simulation, unsigned i)
{
    (void)simulation;
    return i >= 250 && i < 350 ? -1 : 0;
}

struct pattern {
    const char *name;
    double (*network)(struct simulation *simulation, unsigned i);
    unsigned sender_ptime_ms, seconds, copies;
    bool is_loud;
    struct {
        unsigned least, most;
    } lost;                                      /* frames concealed */
    unsigned late, dropped, longest_ms, last_ms; /* at most */
};

static void run_pattern(const struct pattern *pattern)
{
    struct simulation simulation;
    struct jitter_stats stats;

    print_message("# %s\n", pattern->name);
    simulation_init(&simulation);
    simulation.network = pattern->network;
    simulation.sender_ptime_ms = pattern->sender_ptime_ms;
    simulation.is_loud = pattern->is_loud;
    simulation.copies = pattern->copies;
    run_ms(&simulation, pattern->seconds * 1000);
    stats = stats_of(&simulation);
    assert_in_range(stats.lost, pattern->lost.least, pattern->lost.most);
    assert_in_range(stats.late, 0, pattern->late);
    assert_in_range(stats.dropped, 0, pattern->dropped);
    assert_in_range(simulation.longest_delay_ms, 0, pattern->longest_ms);
    assert_in_range(stats.delay_ms, 0, pattern->last_ms);
    assert_int_equal(stats.duplicates, stats.received * pattern->copies);
    /* Each frame was played, concealed, left out, or is still there. */
    assert_in_range(simulation.frames + simulation.lost + simulation.nothing,
                    pattern->seconds * 50 - 1, pattern->seconds * 50);
    simulation_done(&simulation);
}

static void test_patterns(void **state)
{
    static const struct pattern patterns[] = {
        {"quiet", NULL, 20, 60, 0, false, {0, 0}, 0, 1, 45, 25},
        {"quiet, loud sound", NULL, 20, 60, 0, true, {0, 0}, 0, 1, 45, 25},
        {"sent in 10 ms", NULL, 10, 60, 0, false, {0, 0}, 0, 1, 45, 25},
        {"sent in 30 ms", NULL, 30, 60, 0, false, {0, 0}, 0, 1, 45, 25},
        {"sent in 40 ms", NULL, 40, 60, 0, false, {0, 0}, 0, 1, 45, 25},
        {"sent in 60 ms", NULL, 60, 60, 0, false, {0, 0}, 0, 1, 45, 25},
        {"each packet three times", NULL, 20, 60, 2, false, {0, 0}, 0, 1, 45, 25},
        {"jitter of 30 ms", jitter_30, 20, 60, 0, true, {0, 10}, 30, 5, 50, 40},
        {"jitter of 100 ms", jitter_100, 20, 60, 0, true, {0, 60}, 60, 60, 110, 90},
        {"jitter of 30 ms, sent in 60 ms", jitter_30, 60, 60, 0, true, {0, 10}, 15, 5, 50, 40},
        {"5 in 100 lost", lossy, 20, 60, 0, true, {140, 160}, 0, 2, 45, 25},
        {"5 in a row lost", lossy_in_rows, 20, 60, 0, true, {145, 150}, 0, 2, 45, 25},
        {"5 in 100 lost, sent in 30 ms", lossy, 30, 60, 0, true, {170, 230}, 0, 9, 60, 60},
        {"out of order", out_of_order, 20, 60, 0, true, {0, 8}, 8, 2, 65, 65},
        {"one spike of 90 ms", one_spike, 20, 15, 0, true, {1, 5}, 1, 8, 100, 25},
        {"a stall of 300 ms", one_stall, 20, 15, 0, true, {10, 15}, 0, 20, 200, 25},
        {"a stall of 300 ms, quiet sound", one_stall, 20, 9, 0, false, {10, 15}, 0, 20, 200, 25},
        {"a stall of 1 s", long_stall, 20, 20, 0, true, {20, 60}, 30, 60, 200, 25},
        {"in lumps of 100 ms", in_lumps, 20, 60, 0, true, {0, 8}, 8, 10, 120, 80},
        {"an outage of 2 s", outage, 20, 15, 0, true, {3, 110}, 0, 4, 60, 25},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++)
        run_pattern(&patterns[i]);
}

static void drift(double rate, bool is_loud, struct jitter_stats *ret_stats)
{
    struct simulation simulation;

    simulation_init(&simulation);
    simulation.sender_rate = rate;
    simulation.is_loud = is_loud;
    run_ms(&simulation, 3600 * 1000);
    *ret_stats = stats_of(&simulation);
    assert_in_range(simulation.longest_delay_ms, 0, 45);
    assert_in_range(ret_stats->delay_ms, 0, 25);
    simulation_done(&simulation);
}

/* 200 ppm are 36 frames an hour. */
static void test_clock_drift_of_an_hour(void **state)
{
    struct jitter_stats stats;

    (void)state;
    for (int is_loud = 0; is_loud < 2; is_loud++) {
        drift(1.0002, is_loud, &stats);
        assert_in_range(stats.dropped, 35, 38);
        assert_int_equal(stats.lost, 0);
        drift(0.9998, is_loud, &stats);
        assert_in_range(stats.dropped, 0, 2);
        assert_in_range(stats.lost, 34, 37);
        assert_int_equal(stats.late, 0);
    }
}

/* Sound cards and busy machines: taken two frames at a time, or up to 8 ms late. */
static void test_uneven_player(void **state)
{
    static const enum player players[] = {IN_PAIRS, WITH_DELAYS};

    (void)state;
    for (size_t i = 0; i < sizeof(players) / sizeof(*players); i++) {
        struct simulation simulation;
        struct jitter_stats stats;

        simulation_init(&simulation);
        simulation.player = players[i];
        simulation.is_loud = true;
        run_ms(&simulation, 60000);
        stats = stats_of(&simulation);
        assert_int_equal(stats.lost, 0);
        assert_in_range(stats.dropped, 0, 1);
        assert_in_range(stats.delay_ms, 5, 45);
        assert_in_range(simulation.frames, 2990, 3000);
        simulation_done(&simulation);
    }
}

/* Sound is left out where it is quiet, if that comes soon. */
static void test_drops_where_it_is_quiet(void **state)
{
    struct simulation simulation;

    (void)state;
    simulation_init_long(&simulation);
    simulation.is_loud = true;
    run_ms(&simulation, 800); /* enough to know that less delay would do */
    assert_int_equal(stats_of(&simulation).dropped, 0);
    simulation.is_loud = false;
    run_ms(&simulation, 100);
    assert_int_equal(stats_of(&simulation).dropped, 1);
    simulation_done(&simulation);

    simulation_init_long(&simulation);
    simulation.is_loud = true;
    run_ms(&simulation, 1100);
    assert_int_equal(stats_of(&simulation).dropped, 1);
    simulation_done(&simulation);
}

static void test_pauses_of_the_sender(void **state)
{
    struct simulation simulation;
    unsigned frames;

    (void)state;
    simulation_init_long(&simulation);
    run_ms(&simulation, 3000);
    for (int i = 0; i < 40; i++) {
        simulation.is_silent = true;
        run_ms(&simulation, 40 + i * 40);
        simulation.is_silent = false;
        frames = simulation.frames;
        run_ms(&simulation, 1000);
        /* At once, and with the delay of before. */
        assert_in_range(simulation.frames - frames, 46, 50);
        assert_in_range(stats_of(&simulation).delay_ms, 1, 45);
    }
    assert_int_equal(stats_of(&simulation).lost, 0);
    assert_int_equal(stats_of(&simulation).late, 0);
    assert_int_equal(stats_of(&simulation).dropped, 1); /* at the begin */
    assert_true(simulation.nothing > 500);
    simulation_done(&simulation);
}

/* When nothing comes: concealed at first, then it is a pause. */
static void test_silence(void **state)
{
    struct simulation simulation;

    (void)state;
    simulation_init(&simulation);
    run_ms(&simulation, 1000);
    simulation.is_silent = true;
    run_ms(&simulation, 10000);
    assert_int_equal(simulation.lost, 3);
    assert_in_range(simulation.nothing, 500 - 6, 500);
    assert_int_equal(stats_of(&simulation).lost, 0);
    simulation_done(&simulation);
}

/* A copy of the last packet, long after it, is not the end of the pause. */
static void test_duplicate_in_a_pause(void **state)
{
    struct simulation simulation;
    int16_t samples[FRAME];
    unsigned frames;

    (void)state;
    simulation_init_long(&simulation);
    run_ms(&simulation, 1000);
    simulation.is_silent = true;
    run_ms(&simulation, 800);
    frames = simulation.frames;
    fill(&simulation, simulation.timestamp, samples, FRAME);
    assert_int_equal(jitter_buffer_put(simulation.buffer, (uint16_t)(simulation.sequence - 1),
                                       simulation.timestamp - 41 * FRAME, samples, FRAME,
                                       (uint64_t)simulation.now_ms),
                     EALREADY);
    run_ms(&simulation, 100);
    assert_int_equal(simulation.frames, frames);
    simulation.is_silent = false;
    run_ms(&simulation, 1000);
    assert_int_equal(stats_of(&simulation).dropped, 1); /* to bring the delay down; no stray */
    assert_int_equal(stats_of(&simulation).lost, 0);
    simulation_done(&simulation);
}

static void test_sender_starts_anew(void **state)
{
    static const struct {
        int sequence;
        int64_t timestamp;
    } jumps[] = {
        {20000, 0},           {-20000, 0},    {0, 1000000000},      {0, -1000000000},
        {30000, -2000000000}, {1, 8000 * 60}, {-100, -100 * FRAME}, {0, INT32_MIN},
    };
    struct simulation simulation;
    unsigned frames;

    (void)state;
    simulation_init(&simulation);
    run_ms(&simulation, 2000);
    for (size_t i = 0; i < sizeof(jumps) / sizeof(*jumps); i++) {
        simulation.sequence = (uint16_t)(simulation.sequence + jumps[i].sequence);
        simulation.timestamp += (uint32_t)jumps[i].timestamp;
        frames = simulation.frames;
        run_ms(&simulation, 1000);
        assert_in_range(simulation.frames - frames, 44, 50);
        assert_in_range(stats_of(&simulation).delay_ms, 1, 50);
        run_ms(&simulation, 1000);
    }
    assert_in_range(stats_of(&simulation).dropped, 0, 30);
    simulation_done(&simulation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_clock_drift_of_an_hour),
        cmocka_unit_test(test_uneven_player),
        cmocka_unit_test(test_drops_where_it_is_quiet),
        cmocka_unit_test(test_pauses_of_the_sender),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_duplicate_in_a_pause),
        cmocka_unit_test(test_sender_starts_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
