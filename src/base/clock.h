/* SPDX-License-Identifier: MIT */
/* clock.h - the two clocks. Any thread. Never blocks.
 * Unit tests put their own clock.c here and move time by hand. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds since some fixed past moment. Never steps: all timers use it. */
uint64_t clock_monotonic_ms(void);

/* Unix time. Steps when somebody sets the clock: only for what people read. */
int64_t clock_unix_s(void);
int64_t clock_unix_ms(void);

#endif
