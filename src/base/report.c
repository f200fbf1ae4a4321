/* SPDX-License-Identifier: MIT */
#include "base/report.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void report_init(struct report *report, const char *const names[], unsigned n_steps)
{
    assert(n_steps <= REPORT_MAX_STEPS);
    memset(report, 0, sizeof(*report));
    for (unsigned i = 0; i < n_steps; i++)
        report->steps[i].name = names[i];
    report->n_steps = n_steps;
}

bool report_is_ok(const struct report *report)
{
    for (unsigned i = 0; i < report->n_steps; i++) {
        if (report->steps[i].result == REPORT_FAILED)
            return false;
    }
    return true;
}

void report_see(struct report_step *step, const char *fmt, ...)
{
    size_t len = strlen(step->seen);
    va_list ap;

    if (len) {
        (void)snprintf(step->seen + len, sizeof(step->seen) - len, "; ");
        len = strlen(step->seen);
    }
    va_start(ap, fmt);
    (void)vsnprintf(step->seen + len, sizeof(step->seen) - len, fmt, ap);
    va_end(ap);
}
