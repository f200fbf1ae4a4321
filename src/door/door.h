/* SPDX-License-Identifier: MIT */
/* door.h - the panel's two locks under their numbers, and who has opened them. Loop thread only.
 * Never blocks; opening and closing allocate nothing. */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

#include <stdbool.h>
#include <stdint.h>

struct door;
struct relay;

enum { DOOR_LOCKS = 2, DOOR_BOTH = 0, DOOR_MAX_BY = 160 };

/* Why a door was opened. */
enum door_cause {
    DOOR_BY_API,
    DOOR_BY_CALL,
    DOOR_BY_EMERGENCY,
    DOOR_BY_BUTTON,
    DOOR_BY_FREE_BUTTON,
    DOOR_BY_ACCESS, /* a card, a code: who has decided so tells of it */
    DOOR_CAUSES
};

enum door_happening {
    DOOR_OPENED,
    DOOR_CLOSED,
    DOOR_STUCK,
    DOOR_FAILED,
    DOOR_DROPPED, /* an opening that waited for its delay will not come: door_close */
};

/* A fact, told from inside the call or timer that made it. Strings are borrowed. */
struct door_fact {
    enum door_happening what;
    unsigned lock;         /* 1 or 2 */
    enum door_cause cause; /* of DOOR_OPENED, DOOR_FAILED and DOOR_DROPPED */
    const char *by;        /* who: "101@pbx.example.com", "192.0.2.7"; "" if nobody in particular */
    int err;               /* of DOOR_STUCK and DOOR_FAILED */
};

/* Must not free the door. */
typedef void door_fact_fn(const struct door_fact *fact, void *arg);

/* How each lock opens; see lock.h for limits. */
struct door_timing {
    unsigned hold_s[DOOR_LOCKS];
    unsigned delay_s[DOOR_LOCKS];
};

/* Shuts both first of all.
 * relays: taken, even on failure; one a lock; NULL: there is no such lock. Opens for 3 s until
 * door_set_timing. Returns 0 or ENOMEM; caller owns *ret_door. */
int door_new(struct relay *relays[DOOR_LOCKS], struct door **ret_door);
/* Closes what is open. NULL is fine; returns NULL. */
struct door *door_free(struct door *door);

/* Who is told from now on; NULL: nobody. What was before can be asked for: door_problem. */
void door_listen(struct door *door, door_fact_fn *tell, void *arg);

/* For openings from now on. What is beyond the limits is cut to them. */
void door_set_timing(struct door *door, const struct door_timing *timing);

/* Open lock 1, 2, or both (DOOR_BOTH: those that are there), after the set delay for the set time.
 *   by  who; copied, cut at DOOR_MAX_BY. An opening that joins one which waits for its delay is
 *       told as that one.
 * Returns 0, EINVAL (no such number), ENODEV (no such lock, see door_has) or a relay's errno value,
 * which is also told as DOOR_FAILED (the other one of both was opened all the same). */
int door_open(struct door *door, unsigned lock, enum door_cause cause, const char *by);

/* The same at once and for hold_s, 1 to LOCK_MAX_HOLD_S. */
int door_open_for(struct door *door, unsigned lock, unsigned hold_s, enum door_cause cause,
                  const char *by);

/* Close now what is open, and drop what waits to open: lock 1, 2 or both. Returns 0, EINVAL or
 * ENODEV. */
int door_close(struct door *door, unsigned lock);

/* For all below: lock 1 or 2; false, 0 or "" if there is none. */
bool door_has(const struct door *door, unsigned lock);
bool door_is_open(const struct door *door, unsigned lock);
uint64_t door_left_ms(const struct door *door, unsigned lock); /* until it closes */

/* Why it does not close, as an errno value. */
int door_problem(const struct door *door, unsigned lock);

/* Which relay it has. Borrowed. */
const char *door_relay_name(const struct door *door, unsigned lock);

#endif
