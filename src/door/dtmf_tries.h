/* SPDX-License-Identifier: MIT */
/* dtmf_tries.h - wrong codes of all who call the panel, together: a limit for each call alone would
 * let one guess on by the next call. Pure, any thread. */
#ifndef DOOR_DTMF_TRIES_H
#define DOOR_DTMF_TRIES_H

#include <stdint.h>

enum {
    DTMF_TRIES_MAX_WRONG = 10,
    DTMF_TRIES_WITHIN_MS = 600 * 1000,
    DTMF_TRIES_PAUSE_MS = 600 * 1000,
};

/* A value; all zero: nothing yet. Times are of the monotonic clock. */
struct dtmf_tries {
    uint64_t wrong_ms[DTMF_TRIES_MAX_WRONG]; /* when the last ones were */
    unsigned n_wrong;                        /* of these */
    unsigned next;                           /* place of the next one */
    uint64_t until_ms;
};

/* How long no code is taken from now on; 0: one may be tried. */
uint64_t dtmf_tries_wait_ms(const struct dtmf_tries *tries, uint64_t now_ms);

/* One was wrong. Returns the pause that begins with it, in ms: it is the DTMF_TRIES_MAX_WRONGth
 * within DTMF_TRIES_WITHIN_MS; 0: none. */
uint64_t dtmf_tries_wrong(struct dtmf_tries *tries, uint64_t now_ms);

#endif
