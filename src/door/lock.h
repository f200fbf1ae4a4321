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
    LOCK_RETRY_MS = 200,      /* between tries to close */
};

enum lock_change {
    LOCK_OPENED,
    LOCK_CLOSED,
    LOCK_STUCK,  /* does not close: being retried; told once until it is closed */
    LOCK_FAILED, /* should have opened after its delay, but the relay did not; err says why */
};

/* Told after each change, maybe from inside the call that made it. Must not free the lock. */
typedef void lock_changed_fn(struct lock *lock, enum lock_change change, int err, void *arg);

/* Make a lock and shut it: a crash may have left it open. A relay that does not shut is retried,
 * and told as LOCK_STUCK, but no failure. relay: taken, freed with the lock.
 * Returns 0 or ENOMEM (relay is not taken); caller owns *ret_lock. */
int lock_new(struct relay *relay, lock_changed_fn *changed, void *arg, struct lock **ret_lock);

/* Closes the door if it is open, then frees. NULL is fine; returns NULL. */
struct lock *lock_free(struct lock *lock);

/* Open after delay_ms for hold_ms. If already open, the hold time starts again (but never ends
 * before an emergency's). hold_ms: 1 to LOCK_MAX_HOLD_S * 1000. Returns 0, EINVAL or, without a
 * delay, the relay's errno value; on failure nothing changed. */
int lock_open(struct lock *lock, uint64_t delay_ms, uint64_t hold_ms);

/* Close now, and forget an opening that waits for its delay; retried until it is shut. */
void lock_close(struct lock *lock);

bool lock_is_open(const struct lock *lock);

/* Milliseconds until it closes; 0 if closed. */
uint64_t lock_left_ms(const struct lock *lock);

#endif
