/* SPDX-License-Identifier: MIT */
#include "fake_clock.h"

#include <stdatomic.h>
#include <time.h>

#include "base/clock.h"

static _Atomic uint64_t offset_ms;

void fake_clock_advance_ms(uint64_t ms)
{
    offset_ms += ms;
}

static int64_t read_ms(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t clock_monotonic_ms(void)
{
    return (uint64_t)read_ms(CLOCK_MONOTONIC) + offset_ms;
}

int64_t clock_unix_s(void)
{
    return read_ms(CLOCK_REALTIME) / 1000;
}

int64_t clock_unix_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}
