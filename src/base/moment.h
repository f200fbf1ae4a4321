/* SPDX-License-Identifier: MIT */
/* moment.h - a moment for people to read as Unix time, which stays right when the clock is set
 * afterwards. A value; any thread. */
#ifndef BASE_MOMENT_H
#define BASE_MOMENT_H

#include <stdint.h>

/* All zero: none. Members are moment.c's own. */
struct moment {
    int64_t unix_s;
    int64_t offset_ms; /* of the wall clock to the monotonic one, then */
};

/* The moment delay_ms from now. */
struct moment moment_in(uint64_t delay_ms);

/* As the clock stands now; 0: none. Does not waver from call to call. */
int64_t moment_unix_s(const struct moment *moment);

#endif
