/* SPDX-License-Identifier: MIT */
/* loop_until.h - run the real loop until something has come true. */
#ifndef LOOP_UNTIL_H
#define LOOP_UNTIL_H

#include <stdbool.h>

enum { LOOP_UNTIL_MS = 10000 };

typedef bool loop_until_fn(void *arg);

/* Runs the loop until is_true(arg), asked again and again. False if LOOP_UNTIL_MS have passed. */
bool loop_until(loop_until_fn *is_true, void *arg);

/* Runs the loop for so many real milliseconds: to see that something does not happen. */
void loop_for_ms(unsigned ms);

#endif
