/* SPDX-License-Identifier: MIT */
#include "base/moment.h"

#include "base/clock.h"

static int64_t offset_ms(void)
{
    return clock_unix_ms() - (int64_t)clock_monotonic_ms();
}

struct moment moment_in(uint64_t delay_ms)
{
    return (struct moment){
        .unix_s = (clock_unix_ms() + (int64_t)delay_ms) / 1000,
        .offset_ms = offset_ms(),
    };
}

int64_t moment_unix_s(const struct moment *moment)
{
    int64_t stepped_ms = offset_ms() - moment->offset_ms;

    if (!moment->unix_s)
        return 0;
    /* Less than half a second is no step but the drift of one clock against the other. */
    return moment->unix_s + (stepped_ms + (stepped_ms < 0 ? -500 : 500)) / 1000;
}
