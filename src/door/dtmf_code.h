/* SPDX-License-Identifier: MIT */
/* dtmf_code.h - digits that somebody types during a call, and the codes that open a lock: a code
 * counts when it is the last digits typed. 3 s of silence start anew. Pure, any thread. */
#ifndef DOOR_DTMF_CODE_H
#define DOOR_DTMF_CODE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    DTMF_CODE_MAX_LEN = 4,
    DTMF_CODES = 3, /* 0: both locks, 1, 2 */
    DTMF_CODE_PAUSE_MS = 3000,
    DTMF_CODE_MAX_WRONG = 5, /* wrong codes in one call; then digits do nothing more in it */
};

/* By lock number; "" is no code. */
struct dtmf_codes {
    char code[DTMF_CODES][DTMF_CODE_MAX_LEN + 1];
};

/* 1 to 4 of 0-9 * # A-D; "" is good, too: no code. */
bool dtmf_code_is_good(const char *code);

/* Two codes of which one is the other's ending would open at the wrong place. Returns the lock
 * number of one that is the ending of another or has it as ending, or -1: all are well. */
int dtmf_codes_clash(const struct dtmf_codes *codes);

/* What was typed in one call. A value; all zero: nothing yet. */
struct dtmf_typed {
    char digits[DTMF_CODE_MAX_LEN + 1];
    unsigned count;   /* digits since the last pause or opening */
    unsigned n_wrong; /* groups of digits that opened nothing */
    uint64_t last_ms;
};

enum dtmf_verdict {
    DTMF_CODE_MORE,    /* nothing yet */
    DTMF_CODE_OPEN,    /* *ret_lock is to be opened */
    DTMF_CODE_WRONG,   /* the digits before this one, ended by the pause, opened nothing; or as many
                          digits as make a group came without a code in them */
    DTMF_CODE_BLOCKED, /* too many wrong ones in this call: ignored. Told once, then MORE */
};

/* One more digit at now_ms (monotonic). */
enum dtmf_verdict dtmf_typed_digit(struct dtmf_typed *typed, const struct dtmf_codes *codes,
                                   char digit, uint64_t now_ms, unsigned *ret_lock);

#endif
