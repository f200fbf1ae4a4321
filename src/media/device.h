/* SPDX-License-Identifier: MIT */
/* device.h - where samples come from and go to: a table of functions for each kind. Samples are
 * 8 kHz, mono, 16 bit; they are read and written a period at a time, when the device's own clock
 * says so. Used by one thread, audio_thread.c's. Nothing blocks but open (for some ms). */
#ifndef MEDIA_DEVICE_H
#define MEDIA_DEVICE_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct device;

enum {
    DEVICE_RATE_HZ = 8000,
    DEVICE_MAX_PERIOD_MS = 20,
    DEVICE_MAX_PERIOD = 160, /* samples */
    DEVICE_MAX_FDS = 8,
    DEVICE_MAX_PROBLEM = 300,
};

enum device_direction { DEVICE_MICROPHONE, DEVICE_LOUDSPEAKER };

struct device_kind {
    const char *name;

    /* what: the device's text behind "KIND:", or "". Can there be such a device? */
    bool (*is_good)(const char *what, enum device_direction direction);

    /* Is it there? A quick look that does not disturb who uses it. problem: "", or one line. */
    void (*look)(const char *what, enum device_direction direction,
                 char problem[DEVICE_MAX_PROBLEM]);

    /* period_ms: 10 or 20. Returns 0 or an errno value; caller owns *ret_device. */
    int (*open)(const char *what, enum device_direction direction, unsigned period_ms,
                struct device **ret_device);
    void (*close)(struct device *device);

    /* What to poll for, and until when at most (monotonic; UINT64_MAX: by descriptors only). */
    size_t (*fds)(struct device *device, struct pollfd fds[DEVICE_MAX_FDS]);
    uint64_t (*due_us)(const struct device *device);

    /* Can a period be read or written? fds: after the poll; NULL: not polled since it was asked
     * last. Returns 0, EAGAIN, or another errno value: the device is lost. */
    int (*ready)(struct device *device, struct pollfd *fds, uint64_t now_us);

    /* One period, after ready has returned 0. ret_first_us: when its first sample was taken.
     * Returns 0, EAGAIN (nothing was read or written after all), or an errno value: lost. */
    int (*read)(struct device *device, int16_t *samples, uint64_t *ret_first_us);
    int (*write)(struct device *device, const int16_t *samples);
};

/* What each device begins with. */
struct device {
    const struct device_kind *kind;
};

extern const struct device_kind device_none; /* silence, and nobody who hears; opens always */
extern const struct device_kind device_sim;  /* tone or file */
extern const struct device_kind device_alsa;

/* The clock of the devices. Not base/clock.h: tests stop that one, from another thread. */
static inline uint64_t device_clock_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#endif
