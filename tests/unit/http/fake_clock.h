/* SPDX-License-Identifier: MIT */
/* fake_clock.h - a clock moved by hand. fake_clock.c stands still otherwise;
 * fake_clock_offset.c runs with the real one, for tests that run the loop. */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

#include <stdint.h>

void fake_clock_advance_ms(uint64_t ms);

#endif
