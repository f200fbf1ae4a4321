/* SPDX-License-Identifier: MIT */
/* door.h - the panel's two locks under their numbers, and who has opened them. Loop thread only.
 * Never blocks. */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

#include <stdbool.h>
#include <stdint.h>

struct door;
struct relay;

enum { DOOR_LOCKS = 2, DOOR_BOTH = 0, DOOR_MAX_BY = 160 };

/* Why a door was opened. */
enum door_cause { DOOR_BY_API, DOOR_BY_CALL, DOOR_BY_EMERGENCY, DOOR_BY_BUTTON, DOOR_CAUSES };

enum door_happening { DOOR_OPENED, DOOR_CLOSED, DOOR_STUCK, DOOR_FAILED };

/* A fact, told from inside the call or timer that made it. Strings are borrowed. */
struct door_fact {
    enum door_happening what;
    unsigned lock;         /* 1 or 2 */
    enum door_cause cause; /* of DOOR_OPENED and DOOR_FAILED */
    const char *by;        /* who: "101@pbx.example.com", "192.0.2.7"; "" if nobody in particular */
    int err;               /* of DOOR_STUCK and DOOR_FAILED */
};

typedef void door_fact_fn(const struct door_fact *fact, void *arg);

/* How each lock opens; see lock.h for limits. */
struct door_timing {
    unsigned hold_s[DOOR_LOCKS];
    unsigned delay_s[DOOR_LOCKS];
};

/* relays: taken, one a lock. Returns 0 or ENOMEM (nothing is taken). Caller owns *ret_door. */
int door_new(struct relay *relays[DOOR_LOCKS], door_fact_fn *tell, void *arg,
             struct door **ret_door);
/* Closes what is open. NULL is fine; returns NULL. */
struct door *door_free(struct door *door);

/* For openings from now on. */
void door_set_timing(struct door *door, const struct door_timing *timing);

/* Open lock 1, 2, or both (DOOR_BOTH). Returns 0, EINVAL (no such lock) or a relay's errno value
 * (the other one of both was opened all the same). */
int door_open(struct door *door, unsigned lock, enum door_cause cause, const char *by);

/* Open lock 1 or 2 at once and for hold_s, 1 to LOCK_MAX_HOLD_S. */
int door_open_for(struct door *door, unsigned lock, unsigned hold_s, enum door_cause cause,
                  const char *by);

/* Close now what is open. Returns 0 or EINVAL. */
int door_close(struct door *door, unsigned lock);

bool door_is_open(const struct door *door, unsigned lock); /* 1 or 2 */
uint64_t door_left_ms(const struct door *door, unsigned lock);

#endif
