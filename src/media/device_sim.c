/* SPDX-License-Identifier: MIT */
/* A microphone that hears a tone or plays a file, a loudspeaker that writes one: by a clock as
 * exact as the kernel's, and no sample is ever left out. */
#include "media/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/tone.h"
#include "media/wav.h"

enum {
    TONE_HZ = 440,
    TONE_DBOV = -20,
    BEHIND_US = 1000000, /* so late, the machine was asleep: not to be made up for */
};

struct sim {
    struct device device;
    unsigned period_us;
    size_t n; /* samples of a period */
    uint64_t due_us;
    bool has_tone;
    struct tone tone;
    struct wav_reader *reader;
    struct wav_writer *writer;
};

static const struct sim *const_sim(const struct device *device)
{
    return (const struct sim *)(const void *)device;
}

static struct sim *sim_of(struct device *device)
{
    return (struct sim *)(void *)device;
}

/* "tone=HZ[,DBOV]" */
static bool parse_tone(const char *what, struct tone *tone)
{
    unsigned hz;
    int dbov = TONE_DBOV;
    int end = -1;

    if (!strchr(what, ','))
        (void)sscanf(what, "tone=%4u%n", &hz, &end);
    else
        (void)sscanf(what, "tone=%4u,%4d%n", &hz, &dbov, &end);
    return end > 0 && !what[end] && !tone_init(tone, hz, dbov, 0, 0);
}

static bool is_tone(const char *what)
{
    return !strncmp(what, "tone=", 5);
}

static bool sim_is_good(const char *what, enum device_direction direction)
{
    struct tone tone;

    if (is_tone(what))
        return direction == DEVICE_MICROPHONE && parse_tone(what, &tone);
    return true;
}

static void sim_look(const char *what, enum device_direction direction,
                     char problem[DEVICE_MAX_PROBLEM])
{
    struct wav_reader *reader = NULL;
    int err = 0;

    problem[0] = '\0';
    if (direction != DEVICE_MICROPHONE || !what[0] || is_tone(what))
        return;
    err = wav_reader_new(what, &reader);
    wav_reader_free(reader);
    if (err)
        (void)snprintf(problem, DEVICE_MAX_PROBLEM, "%s %s", what, wav_problem(err));
}

static void sim_close(struct device *device)
{
    struct sim *sim = sim_of(device);

    wav_reader_free(sim->reader);
    wav_writer_free(sim->writer);
    free(sim);
}

static int new_sim(const struct device_kind *kind, unsigned period_ms, struct sim **ret_sim)
{
    struct sim *sim = calloc(1, sizeof(*sim));

    if (!sim)
        return ENOMEM;
    sim->device.kind = kind;
    sim->period_us = period_ms * 1000;
    sim->n = period_ms * (DEVICE_RATE_HZ / 1000);
    *ret_sim = sim;
    return 0;
}

static int sim_open(const char *what, enum device_direction direction, unsigned period_ms,
                    struct device **ret_device)
{
    struct sim *sim;
    int err = new_sim(&device_sim, period_ms, &sim);

    if (err)
        return err;
    if (direction == DEVICE_LOUDSPEAKER)
        err = what[0] ? wav_writer_new(what, &sim->writer) : 0;
    else if (!what[0])
        err = tone_init(&sim->tone, TONE_HZ, TONE_DBOV, 0, 0);
    else if (is_tone(what))
        err = parse_tone(what, &sim->tone) ? 0 : EINVAL;
    else
        err = wav_reader_new(what, &sim->reader);
    sim->has_tone = direction == DEVICE_MICROPHONE && !sim->reader;
    sim->due_us = device_clock_us() + sim->period_us;
    if (err)
        sim_close(&sim->device);
    else
        *ret_device = &sim->device;
    return err;
}

static size_t sim_fds(struct device *device, struct pollfd fds[DEVICE_MAX_FDS])
{
    (void)device;
    (void)fds;
    return 0;
}

static uint64_t sim_due_us(const struct device *device)
{
    return const_sim(device)->due_us;
}

static int sim_ready(struct device *device, struct pollfd *fds, uint64_t now_us)
{
    struct sim *sim = sim_of(device);

    (void)fds;
    if (now_us < sim->due_us)
        return EAGAIN;
    if (now_us - sim->due_us > BEHIND_US)
        sim->due_us = now_us;
    return 0;
}

static int sim_read(struct device *device, int16_t *samples, uint64_t *ret_first_us)
{
    struct sim *sim = sim_of(device);

    *ret_first_us = sim->due_us - sim->period_us;
    sim->due_us += sim->period_us;
    if (sim->reader)
        wav_reader_read(sim->reader, samples, sim->n);
    else if (sim->has_tone)
        tone_play(&sim->tone, samples, sim->n);
    else
        memset(samples, 0, sim->n * sizeof(*samples));
    return 0;
}

static int sim_write(struct device *device, const int16_t *samples)
{
    struct sim *sim = sim_of(device);
    int err = 0;

    sim->due_us += sim->period_us;
    if (sim->writer)
        err = wav_writer_write(sim->writer, samples, sim->n);
    return err == EFBIG ? 0 : err; /* 70 minutes are enough */
}

static bool none_is_good(const char *what, enum device_direction direction)
{
    (void)direction;
    return !what[0];
}

static void none_look(const char *what, enum device_direction direction,
                      char problem[DEVICE_MAX_PROBLEM])
{
    (void)what;
    (void)direction;
    problem[0] = '\0';
}

static int none_open(const char *what, enum device_direction direction, unsigned period_ms,
                     struct device **ret_device)
{
    struct sim *sim;
    int err = new_sim(&device_none, period_ms, &sim);

    (void)what;
    (void)direction;
    if (err)
        return err;
    sim->due_us = device_clock_us() + sim->period_us;
    *ret_device = &sim->device;
    return 0;
}

const struct device_kind device_sim = {
    .name = "sim",
    .is_good = sim_is_good,
    .look = sim_look,
    .open = sim_open,
    .close = sim_close,
    .fds = sim_fds,
    .due_us = sim_due_us,
    .ready = sim_ready,
    .read = sim_read,
    .write = sim_write,
};

const struct device_kind device_none = {
    .name = "none",
    .is_good = none_is_good,
    .look = none_look,
    .open = none_open,
    .close = sim_close,
    .fds = sim_fds,
    .due_us = sim_due_us,
    .ready = sim_ready,
    .read = sim_read,
    .write = sim_write,
};
