/* SPDX-License-Identifier: MIT */
#include "sip/retry.h"

enum { JITTER_PERCENT = 20 };

static const unsigned refused_s[] = {30, 60, 120, 300, 900};
static const unsigned fault_s[] = {1, 2, 5, 10, 20, 40, 60};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

uint64_t retry_next_ms(struct retry *retry, bool is_refused, unsigned longest_s, uint32_t random)
{
    uint64_t longest_ms = longest_s * 1000ull;
    uint64_t wait_ms;

    if (is_refused) {
        wait_ms = refused_s[retry->n_refused] * 1000ull;
        if (retry->n_refused + 1 < COUNT(refused_s))
            retry->n_refused++;
    } else {
        wait_ms = fault_s[retry->n_faults] * 1000ull;
        wait_ms = wait_ms * (100 - JITTER_PERCENT + random % (2 * JITTER_PERCENT + 1)) / 100;
        if (retry->n_faults + 1 < COUNT(fault_s))
            retry->n_faults++;
    }
    return wait_ms < longest_ms ? wait_ms : longest_ms;
}
