/* SPDX-License-Identifier: MIT */
#include "access/code_tries.h"

#include <string.h>

enum { MS_PER_S = 1000 };

static const unsigned pauses_s[] = {60, 180, 600};

enum { PAUSES = sizeof(pauses_s) / sizeof(pauses_s[0]) };

uint64_t code_tries_wait_ms(const struct code_tries *tries, uint64_t now_ms)
{
    return tries->until_ms > now_ms ? tries->until_ms - now_ms : 0;
}

unsigned code_tries_wrong(struct code_tries *tries, uint64_t now_ms)
{
    unsigned pause;

    if (tries->n_wrong && now_ms - tries->last_ms >= CODE_TRIES_FORGET_MS)
        code_tries_right(tries);
    tries->last_ms = now_ms;
    if (tries->n_wrong < CODE_TRIES_MAX_WRONG + PAUSES - 1)
        tries->n_wrong++;
    if (tries->n_wrong < CODE_TRIES_MAX_WRONG)
        return 0;
    pause = pauses_s[tries->n_wrong - CODE_TRIES_MAX_WRONG];
    tries->until_ms = now_ms + (uint64_t)pause * MS_PER_S;
    return pause;
}

void code_tries_right(struct code_tries *tries)
{
    memset(tries, 0, sizeof(*tries));
}
