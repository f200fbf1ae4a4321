/* SPDX-License-Identifier: MIT */
#include "fake_clock.h"

#include "base/clock.h"

static uint64_t now_ms = 1000000;

void fake_clock_advance_ms(uint64_t ms)
{
    now_ms += ms;
}

uint64_t clock_monotonic_ms(void)
{
    return now_ms;
}

int64_t clock_unix_s(void)
{
    return 1700000000;
}

int64_t clock_unix_ms(void)
{
    return 1700000000000;
}
