/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <time.h>

static struct timespec now(clockid_t id)
{
    struct timespec ts = {0};

    (void)clock_gettime(id, &ts); /* fails only for an unknown id */
    return ts;
}

uint64_t clock_monotonic_ms(void)
{
    struct timespec ts = now(CLOCK_MONOTONIC);

    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int64_t clock_unix_s(void)
{
    return now(CLOCK_REALTIME).tv_sec;
}

int64_t clock_unix_ms(void)
{
    struct timespec ts = now(CLOCK_REALTIME);

    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
