/* SPDX-License-Identifier: MIT */
/* loop_until.h - run the real loop until something has come true. */
#ifndef LOOP_UNTIL_H
#define LOOP_UNTIL_H

#include <stdbool.h>

enum { LOOP_UNTIL_MS = 10000, LOOP_UNTIL_LOOKS = 20 };

typedef bool loop_until_fn(void *arg);

/* Runs the loop until is_true(arg), asked again and again. False if LOOP_UNTIL_MS have passed. */
bool loop_until(loop_until_fn *is_true, void *arg);

/* Runs the loop for so many real milliseconds: to see that something does not happen. It goes round
 * for each of the first LOOP_UNTIL_LOOKS even if the machine stands still that long: what several
 * sockets have to agree on takes several rounds. */
void loop_for_ms(unsigned ms);

#endif
