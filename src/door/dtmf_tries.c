/* SPDX-License-Identifier: MIT */
#include "door/dtmf_tries.h"

uint64_t dtmf_tries_wait_ms(const struct dtmf_tries *tries, uint64_t now_ms)
{
    return tries->until_ms > now_ms ? tries->until_ms - now_ms : 0;
}

uint64_t dtmf_tries_wrong(struct dtmf_tries *tries, uint64_t now_ms)
{
    tries->wrong_ms[tries->next] = now_ms;
    tries->next = (tries->next + 1) % DTMF_TRIES_MAX_WRONG;
    if (tries->n_wrong < DTMF_TRIES_MAX_WRONG)
        tries->n_wrong++;
    /* When all places are taken, the oldest one is in the place of the next. */
    if (tries->n_wrong < DTMF_TRIES_MAX_WRONG ||
        now_ms - tries->wrong_ms[tries->next] >= DTMF_TRIES_WITHIN_MS)
        return 0;
    tries->n_wrong = 0;
    tries->until_ms = now_ms + DTMF_TRIES_PAUSE_MS;
    return DTMF_TRIES_PAUSE_MS;
}
