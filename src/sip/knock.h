/* SPDX-License-Identifier: MIT */
/* knock.h - finds out when a server that was down takes TCP connections again: a try now and then
 * that costs it next to nothing, so that the pauses between real attempts may grow.
 * Loop thread only. Never blocks. */
#ifndef SIP_KNOCK_H
#define SIP_KNOCK_H

struct knock;
struct sa;

/* Between two tries, by -20 to +20 %; and how long one may take. */
enum { KNOCK_PAUSE_MS = 3000, KNOCK_LIMIT_MS = 2000 };

/* A connection stood (it is closed at once); we knock no more. The knock may be freed here. */
typedef void knock_answered_fn(void *arg);

/* Begin, with a pause. server: copied. Returns 0 or ENOMEM; caller owns *ret_knock. */
int knock_start(const struct sa *server, knock_answered_fn *answered, void *arg,
                struct knock **ret_knock);

/* NULL is fine; returns NULL. */
struct knock *knock_stop(struct knock *knock);

#endif
