/* SPDX-License-Identifier: MIT */
/* timer.h - one-shot timers on the monotonic clock, in a pairing heap.
 * Loop thread only. Never blocks, never allocates: starting cannot fail.
 *
 * The SIP library's own timers follow the wall clock, so that a step of the
 * clock would stop or fire them all; its tmr_*() calls are replaced by this
 * heap in timer_libre.c. That is why struct timer is laid out like its struct tmr. */
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

typedef void timer_fn(void *arg);

/* A value to embed; all zero is a stopped timer. Members are timer.c's own.
 * The memory must stay until the timer has fired or was stopped. */
struct timer {
    struct timer *child;
    struct timer *next;
    struct timer *prev; /* the parent for a first child */
    const char *name;
    timer_fn *fn; /* NULL: stopped */
    void *arg;
    uint64_t due_ms;
};

/* Call fn(arg) once, delay_ms from now, from the loop. Started again before
 * that, only the last start counts. fn may start the timer again or free its memory. */
#define timer_start(timer, delay_ms, fn, arg) timer_start_named(timer, delay_ms, fn, arg, #fn)

/* As timer_start; name is borrowed, it tells who was slow. NULL is fine. */
void timer_start_named(struct timer *timer, uint64_t delay_ms, timer_fn *fn, void *arg,
                       const char *name);

/* Stopping a stopped timer is fine. */
void timer_stop(struct timer *timer);

bool timer_is_running(const struct timer *timer);

/* Milliseconds until it fires; 0 if due or stopped. */
uint64_t timer_left_ms(const struct timer *timer);

/* For the loop: fire all that is due now. */
void timer_run_due(void);

/* For the loop: milliseconds until the next is due, at least 1; 0 if none runs. */
uint64_t timer_next_ms(void);

#endif
