/* SPDX-License-Identifier: MIT */
/* hand_clock.h - the clocks for tests: they run with the real ones until they are told to stand,
 * and can be moved by hand. hand_clock.c takes the place of base/clock.c. */
#ifndef HAND_CLOCK_H
#define HAND_CLOCK_H

#include <stdint.h>

/* Both clocks stand from now on: only the calls below move them. */
void hand_clock_stand(void);

/* Time goes on: both clocks. */
void hand_clock_advance_ms(uint64_t ms);

/* Somebody sets the wall clock; the monotonic one does not notice. */
void hand_clock_step_unix_ms(int64_t ms);

#endif
