/* SPDX-License-Identifier: MIT */
/* held.h - SIP connections that are given up while a message that came by them still waits for its
 * answer: a call that rings, say. They stay until that is done, and no request of ours goes by them
 * any more. Loop thread only. */
#ifndef SIP_HELD_H
#define SIP_HELD_H

struct held;
struct sip;

/* Returns 0 or ENOMEM. Caller owns *ret_held. */
int held_new(struct held **ret_held);

/* Closes them all, at once. NULL is fine; returns NULL. */
struct held *held_free(struct held *held);

/* In place of the library's sip_transp_flush: all sockets of sip are closed, and its connections
 * but those that are still needed. */
void held_flush(struct held *held, struct sip *sip);

#endif
