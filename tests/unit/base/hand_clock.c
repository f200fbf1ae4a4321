/* SPDX-License-Identifier: MIT */
#include "base/hand_clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#include "base/clock.h"

static atomic_bool stands;
static _Atomic uint64_t offset_ms;
static _Atomic int64_t step_ms;

static int64_t read_ms(clockid_t id)
{
    struct timespec now = {.tv_sec = id == CLOCK_REALTIME ? 1700000000 : 1000};

    if (!stands)
        (void)clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void hand_clock_stand(void)
{
    stands = true;
}

void hand_clock_advance_ms(uint64_t ms)
{
    offset_ms += ms;
}

void hand_clock_step_unix_ms(int64_t ms)
{
    step_ms += ms;
}

uint64_t clock_monotonic_ms(void)
{
    return (uint64_t)read_ms(CLOCK_MONOTONIC) + offset_ms;
}

int64_t clock_unix_ms(void)
{
    return read_ms(CLOCK_REALTIME) + (int64_t)offset_ms + step_ms;
}

int64_t clock_unix_s(void)
{
    return clock_unix_ms() / 1000;
}
