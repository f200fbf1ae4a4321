/* SPDX-License-Identifier: MIT */
/* device_slot.h - a microphone or loudspeaker that may fail at any time: while it does, silence
 * takes its place, and each second it is tried again. Used by one thread. Blocks only while a
 * device is opened. */
#ifndef MEDIA_DEVICE_SLOT_H
#define MEDIA_DEVICE_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/device.h"

struct sound;

enum {
    DEVICE_SLOT_RETRY_MS = 1000,
    DEVICE_SLOT_STALL_MS = 1000, /* a device that gives no period for so long is lost, too */
};

/* A value to embed; members are device_slot.c's own. */
struct device_slot {
    const struct sound *sound;
    enum device_direction direction;
    unsigned period_ms;
    struct device *device; /* NULL: not even memory for silence; tried again */
    bool is_lost;
    uint64_t retry_us, moved_us;
};

/* Cannot fail: see above. sound is borrowed. */
void device_slot_open(struct device_slot *slot, const struct sound *sound,
                      enum device_direction direction, unsigned period_ms);
void device_slot_close(struct device_slot *slot);

/* What to poll for, and until when at most (monotonic). */
size_t device_slot_fds(struct device_slot *slot, struct pollfd fds[DEVICE_MAX_FDS]);
uint64_t device_slot_due_us(const struct device_slot *slot);

/* After the poll, and again until it says no, then with fds NULL: can a period be read or
 * written? */
bool device_slot_is_ready(struct device_slot *slot, struct pollfd *fds, uint64_t now_us);

/* Return whether a period was read or written. */
bool device_slot_read(struct device_slot *slot, int16_t *samples, uint64_t *ret_first_us);
bool device_slot_write(struct device_slot *slot, const int16_t *samples);

#endif
