/* SPDX-License-Identifier: MIT */
/* tries.h - wrong passwords by address, and the pauses that follow. Loop thread only.
 * Never blocks; memory is bounded: TRIES_MAX_PEERS, then the one least worth keeping goes. */
#ifndef HTTP_TRIES_H
#define HTTP_TRIES_H

#include <stdbool.h>

enum { TRIES_MAX_PEERS = 512, TRIES_FREE = 5 }; /* wrong passwords before the first pause */

struct tries;
struct peer;

/* Returns 0 or ENOMEM; caller owns *ret_tries. */
int tries_new(struct tries **ret_tries);

/* NULL is fine; returns NULL. */
struct tries *tries_free(struct tries *tries);

/* Seconds, rounded up, until this peer may try a password again; 0: now. The command line always
 * may: its tries are not counted. */
unsigned tries_wait_s(const struct tries *tries, const struct peer *peer);

/* A wrong password. The TRIES_FREE-th starts a pause of 60 s; after it each more starts the
 * next: 180 s, 10 min, 30 min. 24 h without one forgets all.
 * Returns the seconds of the pause that it started, else 0. */
unsigned tries_failed(struct tries *tries, const struct peer *peer);

/* A right one forgets all. */
void tries_succeeded(struct tries *tries, const struct peer *peer);

#endif
