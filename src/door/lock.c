/* SPDX-License-Identifier: MIT */
#include "door/lock.h"

#include <errno.h>
#include <stdlib.h>

#include "base/timer.h"
#include "door/relay.h"

struct lock {
    struct relay *relay; /* owned */
    lock_changed_fn *changed;
    void *arg;
    struct timer delay;       /* runs while an opening waits */
    uint64_t waiting_hold_ms; /* of that opening */
    struct timer hold;        /* runs while open; while stuck, to the next try to close */
    unsigned retry_ms;        /* the pause before that */
    bool is_open;
    int problem; /* what the relay said at the last try to close */
};

static void tell(struct lock *lock, enum lock_change change, int err)
{
    if (lock->changed)
        lock->changed(lock, change, err, lock->arg);
}

static void close_now(void *arg)
{
    struct lock *lock = arg;
    bool was_stuck = lock->problem != 0, was_open = lock->is_open;

    timer_stop(&lock->hold);
    lock->problem = lock->relay->set(lock->relay, false);
    if (lock->problem) {
        /* A door left open is the worst outcome: keep trying until it shuts. */
        lock->retry_ms = was_stuck ? lock->retry_ms * 2 : LOCK_RETRY_MS;
        if (lock->retry_ms > LOCK_MAX_RETRY_MS)
            lock->retry_ms = LOCK_MAX_RETRY_MS;
        timer_start(&lock->hold, lock->retry_ms, close_now, lock);
        if (!was_stuck)
            tell(lock, LOCK_STUCK, lock->problem);
        return;
    }
    lock->is_open = false;
    if (was_open || was_stuck)
        tell(lock, LOCK_CLOSED, 0);
}

static int open_now(struct lock *lock, uint64_t hold_ms)
{
    int err = lock->relay->set(lock->relay, true);
    uint64_t left_ms = lock_left_ms(lock);

    if (err) {
        /* Nobody knows what the relay has done. */
        if (!lock->is_open && !lock->problem)
            close_now(lock);
        return err;
    }
    lock->is_open = true;
    lock->problem = 0;
    timer_start(&lock->hold, hold_ms > left_ms ? hold_ms : left_ms, close_now, lock);
    tell(lock, LOCK_OPENED, 0);
    return 0;
}

static void on_delay_over(void *arg)
{
    struct lock *lock = arg;
    int err = open_now(lock, lock->waiting_hold_ms);

    if (err)
        tell(lock, LOCK_FAILED, err);
}

int lock_new(struct relay *relay, lock_changed_fn *changed, void *arg, struct lock **ret_lock)
{
    struct lock *lock = calloc(1, sizeof(*lock));

    if (!lock)
        return ENOMEM;
    lock->relay = relay;
    lock->changed = changed;
    lock->arg = arg;
    close_now(lock);
    *ret_lock = lock;
    return 0;
}

struct lock *lock_free(struct lock *lock)
{
    if (!lock)
        return NULL;
    timer_stop(&lock->delay);
    timer_stop(&lock->hold);
    lock->relay->free(lock->relay); /* switches off */
    free(lock);
    return NULL;
}

int lock_open(struct lock *lock, uint64_t delay_ms, uint64_t hold_ms)
{
    if (delay_ms > LOCK_MAX_DELAY_S * 1000 || !hold_ms ||
        hold_ms > (uint64_t)LOCK_MAX_HOLD_S * 1000)
        return EINVAL;
    if (!delay_ms)
        return open_now(lock, hold_ms);
    if (!timer_is_running(&lock->delay)) {
        lock->waiting_hold_ms = hold_ms;
        timer_start(&lock->delay, delay_ms, on_delay_over, lock);
    } else if (hold_ms > lock->waiting_hold_ms) {
        lock->waiting_hold_ms = hold_ms;
    }
    return 0;
}

void lock_close(struct lock *lock)
{
    bool was_waiting = lock_is_waiting(lock);

    timer_stop(&lock->delay);
    close_now(lock);
    if (was_waiting)
        tell(lock, LOCK_DROPPED, 0);
}

bool lock_is_open(const struct lock *lock)
{
    return lock->is_open;
}

bool lock_is_waiting(const struct lock *lock)
{
    return timer_is_running(&lock->delay);
}

uint64_t lock_left_ms(const struct lock *lock)
{
    return lock->is_open && !lock->problem ? timer_left_ms(&lock->hold) : 0;
}

int lock_problem(const struct lock *lock)
{
    return lock->problem;
}

const char *lock_relay_name(const struct lock *lock)
{
    return lock->relay->name;
}
