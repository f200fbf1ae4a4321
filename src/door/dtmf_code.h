/* SPDX-License-Identifier: MIT */
/* dtmf_code.h - digits that somebody types during a call, and the codes that open a lock: a code
 * counts when it is the last digits typed. 3 s of silence start anew. Which codes are good, and
 * which cannot stand beside each other: settings/lock_settings.h. Pure, any thread. */
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

/* By lock number; "" is no code. None is the ending of another, or the lower number opens. */
struct dtmf_codes {
    char code[DTMF_CODES][DTMF_CODE_MAX_LEN + 1];
};

/* What was typed in one call. A value; all zero: nothing yet. */
struct dtmf_typed {
    char digits[DTMF_CODE_MAX_LEN + 1]; /* the last ones since the last pause or opening */
    unsigned count;                     /* digits of the group being typed */
    unsigned n_wrong;                   /* groups that opened nothing */
    uint64_t last_ms;
};

enum dtmf_verdict {
    DTMF_CODE_MORE,    /* nothing yet */
    DTMF_CODE_OPEN,    /* *ret_lock is to be opened */
    DTMF_CODE_WRONG,   /* the digits before this one, ended by the pause, opened nothing; or
                          DTMF_CODE_MAX_LEN digits have made a group without a code in it */
    DTMF_CODE_BLOCKED, /* too many wrong ones in this call: ignored. Told once, then MORE */
};

/* One more digit (0-9 * # A-D, small letters too; others are no digits: MORE) at now_ms
 * (monotonic). ret_lock is set by DTMF_CODE_OPEN only. */
enum dtmf_verdict dtmf_typed_digit(struct dtmf_typed *typed, const struct dtmf_codes *codes,
                                   char digit, uint64_t now_ms, unsigned *ret_lock);

/* The call is over: forgets the digits. Returns true if they were a group that opened nothing and
 * was not told as wrong, as no pause has ended it. */
bool dtmf_typed_over(struct dtmf_typed *typed);

#endif
