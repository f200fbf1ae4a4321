/* SPDX-License-Identifier: MIT */
/* lock.h - a door lock: opens, after a delay if one is set, for a set time, then closes by itself;
 * tries again until it is shut. Loop thread only. Never blocks. */
#ifndef DOOR_LOCK_H
#define DOOR_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct lock; /* opaque: see lock.c */
struct relay;

enum {
    LOCK_MAX_DELAY_S = 9,
    LOCK_MAX_HOLD_S = 604800, /* of an opening in an emergency: a week */
    LOCK_MAX_TIMEOUT_S = 600, /* of the set time */
    LOCK_RETRY_MS = 200,      /* to the second try to close; then twice as long each time */
    LOCK_MAX_RETRY_MS = 1000, /* but not longer */
};

enum lock_change {
    LOCK_OPENED, /* also an open one, again */
    LOCK_CLOSED,
    LOCK_STUCK,   /* does not close: being retried; told once until it is closed */
    LOCK_DROPPED, /* an opening that waited for its delay was forgotten: lock_close */
    LOCK_FAILED,  /* should have opened after its delay, but the relay did not; err says why */
};

/* Told after each change, maybe from inside the call that made it. Must not free the lock. */
typedef void lock_changed_fn(struct lock *lock, enum lock_change change, int err, void *arg);

/* Make a lock and shut it: a crash may have left it open. A relay that does not shut is retried,
 * and told as LOCK_STUCK (from inside this call, before *ret_lock is set), but no failure.
 * relay: taken, freed with the lock. changed: may be NULL.
 * Returns 0 or ENOMEM (relay is not taken); caller owns *ret_lock. */
int lock_new(struct relay *relay, lock_changed_fn *changed, void *arg, struct lock **ret_lock);

/* Closes the door if it is open, then frees. NULL is fine; returns NULL. */
struct lock *lock_free(struct lock *lock);

/* Open after delay_ms for hold_ms. If already open, the hold time starts again, but nobody who
 * opens makes it close sooner. While one opening waits for its delay another one with a delay joins
 * it.
 *   delay_ms  up to LOCK_MAX_DELAY_S * 1000; 0: now, whatever waits
 *   hold_ms   1 to LOCK_MAX_HOLD_S * 1000
 * Returns 0, EINVAL or, without a delay, the relay's errno value; then a lock that was open is so
 * as long as before, and one that was shut is shut once more. */
int lock_open(struct lock *lock, uint64_t delay_ms, uint64_t hold_ms);

/* Close now, and forget an opening that waits for its delay; retried until it is shut. */
void lock_close(struct lock *lock);

/* Opened, and not known to be shut since. */
bool lock_is_open(const struct lock *lock);

bool lock_is_waiting(const struct lock *lock); /* for its delay */

/* Milliseconds until it closes; 0 if closed, or it does not close. */
uint64_t lock_left_ms(const struct lock *lock);

/* Why it does not close, as an errno value; 0: all is well. */
int lock_problem(const struct lock *lock);

/* Which relay it has. Borrowed. */
const char *lock_relay_name(const struct lock *lock);

#endif
