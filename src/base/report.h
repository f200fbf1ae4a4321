/* SPDX-License-Identifier: MIT */
/* report.h - what a check in several steps has found: for each step what was seen, and what to
 * do about it. A value; pure functions, any thread. */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

enum { REPORT_MAX_STEPS = 8, REPORT_MAX_TEXT = 400 };

enum report_result {
    REPORT_NOT_RUN, /* not needed, or a step before it has failed */
    REPORT_OK,
    REPORT_FAILED,
};

struct report_step {
    const char *name; /* static */
    enum report_result result;
    char seen[REPORT_MAX_TEXT];   /* "" if there is nothing to say */
    char advice[REPORT_MAX_TEXT]; /* what to do; "" mostly */
};

/* Copy by =, nothing to free. */
struct report {
    struct report_step steps[REPORT_MAX_STEPS];
    unsigned n_steps;
};

/* Begin a report of n_steps steps (at most REPORT_MAX_STEPS) none of which was run.
 * names: static texts. */
void report_init(struct report *report, const char *const names[], unsigned n_steps);

/* No step has failed. */
bool report_is_ok(const struct report *report);

/* Add to what a step has seen, after "; " if there is something already. Too much is cut. */
void report_see(struct report_step *step, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
