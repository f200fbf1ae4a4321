/* SPDX-License-Identifier: MIT */
/* stun.h - asks a STUN server (RFC 5389, UDP) through the SIP socket how we are seen from
 * outside, again and again, which also holds the NAT's binding to it. Loop thread only. */
#ifndef SIP_STUN_H
#define SIP_STUN_H

#include <stdint.h>

struct sa;
struct stun_query;
struct udp_sock;

enum {
    STUN_INTERVAL_S = 25,
    STUN_ANSWER_MS = 5000, /* without an answer for so long it is unreachable; we go on asking */
};

/* err: 0, then mapped is our public address; or ETIMEDOUT, EREMOTEIO (an error response, with this
 * code; a single one after a good answer does not count), EBADMSG (an answer that cannot be true:
 * no, a multicast or a broadcast address), or another errno value of sending.
 * Called when it changes, not each time. */
typedef void stun_result_fn(int err, unsigned code, const struct sa *mapped, void *arg);

/* Begin asking. socket: the one whose address is asked for; a reference is kept.
 * Returns 0 or an errno value; caller owns *ret_query. */
int stun_query_start(struct udp_sock *socket, const struct sa *server, stun_result_fn *on_result,
                     void *arg, struct stun_query **ret_query);

/* NULL is fine; returns NULL. Not from inside on_result. */
struct stun_query *stun_query_stop(struct stun_query *query);

#endif
