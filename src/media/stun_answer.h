/* SPDX-License-Identifier: MIT */
/* stun_answer.h - what a STUN server's answer says of us. Pure. */
#ifndef MEDIA_STUN_ANSWER_H
#define MEDIA_STUN_ANSWER_H

struct sa;
struct stun_msg;

/* The address at which the server sees us, if it is one of that family that somebody could send to;
 * else NULL. Borrowed from msg. */
const struct sa *stun_answer_mapped(const struct stun_msg *msg, int family);

#endif
