/* SPDX-License-Identifier: MIT */
#include "fake_locks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct fake_locks fake_locks;

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *fmt, ...)
{
    size_t len = strlen(fake_locks.told);
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(fake_locks.told + len, sizeof(fake_locks.told) - len, fmt, ap);
    va_end(ap);
}

static int result(unsigned lock)
{
    if (lock > PANEL_LOCKS)
        return EINVAL;
    if (fake_locks.is_absent[lock])
        return ENODEV;
    return fake_locks.is_failing[lock] ? EIO : 0;
}

int panel_open(struct panel *panel, unsigned lock, const char *by)
{
    (void)panel;
    note("open %u by %s;", lock, by);
    return result(lock);
}

int panel_emergency_open(struct panel *panel, unsigned lock, unsigned hold_s, const char *by)
{
    (void)panel;
    note("emergency %u %u by %s;", lock, hold_s, by);
    return result(lock);
}

int panel_emergency_close(struct panel *panel, unsigned lock)
{
    (void)panel;
    note("close %u;", lock);
    return result(lock);
}

void panel_lock_state(const struct panel *panel, unsigned lock, struct panel_lock_state *ret_state)
{
    (void)panel;
    *ret_state = fake_locks.states[lock];
}
