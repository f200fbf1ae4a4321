/* SPDX-License-Identifier: MIT */
/* code_tries.h - wrong codes at the keypad, and the pauses after them: five in a row, then none is
 * taken for a while, and after that each further wrong one begins the next, longer pause. Pure, any
 * thread. */
#ifndef ACCESS_CODE_TRIES_H
#define ACCESS_CODE_TRIES_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CODE_TRIES_MAX_WRONG = 5,
    CODE_TRIES_FORGET_MS = 3600 * 1000, /* this long without a wrong one: all is forgotten */
};

/* A value; all zero: nothing yet. Times are of the monotonic clock. */
struct code_tries {
    unsigned n_wrong;
    uint64_t last_ms, until_ms;
};

/* How long no code is taken from now on; 0: one may be tried. */
uint64_t code_tries_wait_ms(const struct code_tries *tries, uint64_t now_ms);

/* One was wrong. Returns the pause that begins with it, in seconds; 0: none. */
unsigned code_tries_wrong(struct code_tries *tries, uint64_t now_ms);

/* One was right. */
void code_tries_right(struct code_tries *tries);

#endif
