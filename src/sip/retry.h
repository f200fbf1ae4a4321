/* SPDX-License-Identifier: MIT */
/* retry.h - how long to wait before registering again. A value; pure functions. */
#ifndef SIP_RETRY_H
#define SIP_RETRY_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: nothing has failed. */
struct retry {
    unsigned n_refused; /* in a row */
    unsigned n_faults;  /* in a row */
};

/* Note one more failure and say how long to wait.
 *   is_refused  credentials were refused: 30 s, 1, 2, 5, then every 15 min, so that no account
 *               gets locked. Otherwise a fault that may pass: 1, 2, 5, 10, 20, 40, 60 s, each
 *               by -20 to +20 %, so that not all panels come back at the same moment.
 *   longest_s   no pause is longer than this
 *   random      any random number */
uint64_t retry_next_ms(struct retry *retry, bool is_refused, unsigned longest_s, uint32_t random);

#endif
