/* SPDX-License-Identifier: MIT */
/* clock_step.h - told when somebody sets the clock. Loop thread only. Never blocks. */
#ifndef BASE_CLOCK_STEP_H
#define BASE_CLOCK_STEP_H

struct clock_step;

typedef void clock_step_fn(void *arg);

/* stepped is called after each step of the wall clock, by however little.
 * Returns 0 or an errno value; caller owns *ret_step. */
int clock_step_new(clock_step_fn *stepped, void *arg, struct clock_step **ret_step);
struct clock_step *clock_step_free(struct clock_step *step);

#endif
