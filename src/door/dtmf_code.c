/* SPDX-License-Identifier: MIT */
#include "door/dtmf_code.h"

#include <string.h>

#include "base/text.h"

static void forget(struct dtmf_typed *typed)
{
    explicit_bzero(typed->digits, sizeof(typed->digits));
    typed->count = 0;
}

/* Only the last ones are kept. */
static void add(struct dtmf_typed *typed, char digit)
{
    size_t len = strlen(typed->digits);

    if (len == DTMF_CODE_MAX_LEN) {
        memmove(typed->digits, typed->digits + 1, len - 1);
        len--;
    }
    typed->digits[len] = digit;
    typed->digits[len + 1] = '\0';
    typed->count++;
}

static bool finds_code(const struct dtmf_typed *typed, const struct dtmf_codes *codes,
                       unsigned *ret_lock)
{
    for (unsigned i = 0; i < DTMF_CODES; i++) {
        if (text_has_ending(typed->digits, codes->code[i])) {
            *ret_lock = i;
            return true;
        }
    }
    return false;
}

enum dtmf_verdict dtmf_typed_digit(struct dtmf_typed *typed, const struct dtmf_codes *codes,
                                   char digit, uint64_t now_ms, unsigned *ret_lock)
{
    bool is_pause = now_ms - typed->last_ms >= DTMF_CODE_PAUSE_MS;
    bool is_new_group = typed->count && is_pause;

    if (digit >= 'a' && digit <= 'd')
        digit = (char)(digit - 'a' + 'A');
    if (!digit || !strchr("0123456789*#ABCD", digit))
        return DTMF_CODE_MORE;
    if (typed->n_wrong >= DTMF_CODE_MAX_WRONG) {
        bool is_first = typed->n_wrong == DTMF_CODE_MAX_WRONG;

        typed->n_wrong = DTMF_CODE_MAX_WRONG + 1;
        return is_first ? DTMF_CODE_BLOCKED : DTMF_CODE_MORE;
    }
    if (is_pause)
        forget(typed);
    typed->n_wrong += is_new_group;
    typed->last_ms = now_ms;
    if (typed->n_wrong >= DTMF_CODE_MAX_WRONG) /* by the group before: this digit came too late */
        return DTMF_CODE_WRONG;
    add(typed, digit);
    if (finds_code(typed, codes, ret_lock)) {
        forget(typed);
        return DTMF_CODE_OPEN;
    }
    if (typed->count < DTMF_CODE_MAX_LEN)
        return is_new_group ? DTMF_CODE_WRONG : DTMF_CODE_MORE;
    typed->count = 0; /* the digits stay: a code may begin among them */
    typed->n_wrong++;
    return DTMF_CODE_WRONG;
}

bool dtmf_typed_over(struct dtmf_typed *typed)
{
    bool is_unfinished = typed->count && typed->n_wrong < DTMF_CODE_MAX_WRONG;

    explicit_bzero(typed, sizeof(*typed));
    return is_unfinished;
}
