/* SPDX-License-Identifier: MIT */
/* unasked.h - requests that nobody here asked for: OPTIONS is answered, the rest gets its right
 * refusal (an INVITE of who may not call us none at all), and all of it within a rate that makes us
 * no use to a flood. Loop thread only. */
#ifndef SIP_UNASKED_H
#define SIP_UNASKED_H

#include <stdint.h>

struct sip;
struct sip_msg;

/* At most so many answers in a burst, then so many a second. */
enum { UNASKED_BURST = 20, UNASKED_PER_S = 10 };

/* A value: the tokens left. All zero: full. */
struct unasked_limit {
    uint64_t spent_milli; /* thousandths of an answer, draining with time */
    uint64_t at_ms;
};

/* Take one answer's worth. Returns 0, or EAGAIN: keep silent. now_ms is monotonic. */
int unasked_limit_take(struct unasked_limit *limit, uint64_t now_ms);

/* Answer msg, or keep silent when the limit is reached. */
void unasked_answer(struct sip *sip, const struct sip_msg *msg, struct unasked_limit *limit);

#endif
