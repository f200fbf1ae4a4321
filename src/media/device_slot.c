/* SPDX-License-Identifier: MIT */
#include "media/device_slot.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "media/sound.h"

static const char *name_of(const struct device_slot *slot)
{
    return slot->direction == DEVICE_MICROPHONE ? "microphone" : "loudspeaker";
}

/* Silence goes on where the device was. */
static void lose(struct device_slot *slot, int err)
{
    if (slot->device)
        slot->device->kind->close(slot->device);
    slot->device = NULL;
    if (!slot->is_lost)
        log_warn("sound: the %s is lost: %s; it is tried again each second", name_of(slot),
                 strerror(err));
    slot->is_lost = true;
    slot->moved_us = device_clock_us();
    slot->retry_us = slot->moved_us + DEVICE_SLOT_RETRY_MS * 1000;
    if (device_none.open("", slot->direction, slot->period_ms, &slot->device))
        slot->device = NULL;
}

void device_slot_open(struct device_slot *slot, const struct sound *sound,
                      enum device_direction direction, unsigned period_ms)
{
    int err;

    *slot = (struct device_slot){.sound = sound, .direction = direction, .period_ms = period_ms};
    err = sound_open(sound, direction, period_ms, &slot->device);
    slot->moved_us = device_clock_us();
    if (err)
        lose(slot, err);
}

void device_slot_close(struct device_slot *slot)
{
    if (slot->device)
        slot->device->kind->close(slot->device);
    slot->device = NULL;
}

static void retry(struct device_slot *slot)
{
    struct device *device = NULL;
    int err = sound_open(slot->sound, slot->direction, slot->period_ms, &device);

    slot->moved_us = device_clock_us();
    if (err) {
        slot->retry_us = slot->moved_us + DEVICE_SLOT_RETRY_MS * 1000;
        return;
    }
    device_slot_close(slot);
    slot->device = device;
    slot->is_lost = false;
    log_info("sound: the %s is back", name_of(slot));
}

size_t device_slot_fds(struct device_slot *slot, struct pollfd fds[DEVICE_MAX_FDS])
{
    return slot->device ? slot->device->kind->fds(slot->device, fds) : 0;
}

uint64_t device_slot_due_us(const struct device_slot *slot)
{
    uint64_t due_us = slot->device ? slot->device->kind->due_us(slot->device) : UINT64_MAX;
    uint64_t limit_us =
        slot->is_lost ? slot->retry_us : slot->moved_us + DEVICE_SLOT_STALL_MS * 1000;

    return due_us < limit_us ? due_us : limit_us;
}

bool device_slot_is_ready(struct device_slot *slot, struct pollfd *fds, uint64_t now_us)
{
    int err;

    if (slot->is_lost && now_us >= slot->retry_us) {
        retry(slot);
        return false;
    }
    if (!slot->device)
        return false;
    err = slot->device->kind->ready(slot->device, fds, now_us);
    if (err == EAGAIN && !slot->is_lost && now_us > slot->moved_us + DEVICE_SLOT_STALL_MS * 1000)
        err = ETIMEDOUT;
    if (err && err != EAGAIN)
        lose(slot, err);
    return !err;
}

static bool has_moved(struct device_slot *slot, int err)
{
    if (!err)
        slot->moved_us = device_clock_us();
    else if (err != EAGAIN)
        lose(slot, err);
    return !err;
}

bool device_slot_read(struct device_slot *slot, int16_t *samples, uint64_t *ret_first_us)
{
    return has_moved(slot, slot->device->kind->read(slot->device, samples, ret_first_us));
}

bool device_slot_write(struct device_slot *slot, const int16_t *samples)
{
    return has_moved(slot, slot->device->kind->write(slot->device, samples));
}
