/* SPDX-License-Identifier: MIT */
#include "base/timer.h"

#include <stddef.h>

#include "base/clock.h"
#include "base/loop.h"

/* Of timer_run_due(): then others of the loop have theirs. */
enum { MAX_IN_A_TURN = 10000, MAX_TURN_MS = 20 };

/* The heap's root: the timer due first. One loop, so one heap. */
static struct timer *root;

/* What timer_run_due() takes for now while it runs; 0 outside of it. */
static uint64_t run_ms;

/* Join two heaps (roots without siblings); the later root becomes a child of the earlier. */
static struct timer *meld(struct timer *a, struct timer *b)
{
    struct timer *later;

    if (!a)
        return b;
    if (!b)
        return a;
    if (b->due_ms < a->due_ms) {
        later = a;
        a = b;
    } else {
        later = b;
    }
    later->next = a->child;
    if (later->next)
        later->next->prev = later;
    later->prev = a;
    a->child = later;
    return a;
}

/* Join a list of siblings into one heap: pairs left to right, then all from the right. */
static struct timer *meld_siblings(struct timer *first)
{
    struct timer *pairs = NULL;
    struct timer *heap = NULL;

    while (first) {
        struct timer *a = first;
        struct timer *b = a->next;

        first = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        a = meld(a, b);
        a->next = pairs; /* a stack, so that the last pair comes first */
        pairs = a;
    }
    while (pairs) {
        struct timer *rest = pairs->next;

        pairs->next = NULL;
        heap = meld(heap, pairs);
        pairs = rest;
    }
    return heap;
}

static void unlink_timer(struct timer *timer)
{
    struct timer *children = meld_siblings(timer->child);

    timer->child = NULL;
    if (timer == root) {
        root = children;
        return;
    }
    if (timer->prev->child == timer)
        timer->prev->child = timer->next;
    else
        timer->prev->next = timer->next;
    if (timer->next)
        timer->next->prev = timer->prev;
    timer->next = timer->prev = NULL;
    root = meld(root, children);
}

void timer_start_named(struct timer *timer, uint64_t delay_ms, timer_fn *fn, void *arg,
                       const char *name)
{
    timer_stop(timer);
    timer->fn = fn;
    timer->arg = arg;
    timer->name = name;
    timer->due_ms = run_ms && !delay_ms ? run_ms : clock_monotonic_ms() + delay_ms;
    timer->child = timer->next = timer->prev = NULL;
    if (fn)
        root = meld(root, timer);
}

void timer_stop(struct timer *timer)
{
    if (!timer->fn)
        return;
    unlink_timer(timer);
    timer->fn = NULL;
}

bool timer_is_running(const struct timer *timer)
{
    return timer->fn != NULL;
}

uint64_t timer_left_ms(const struct timer *timer)
{
    uint64_t now_ms = clock_monotonic_ms();

    return timer->fn && timer->due_ms > now_ms ? timer->due_ms - now_ms : 0;
}

void timer_run_due(void)
{
    run_ms = clock_monotonic_ms();
    /* What a handler starts with no delay runs in this call, even if the clock has gone on: as an
     * immediate call should; the loop would wait for 1 ms before the next. A handler that restarts
     * itself with 0 ms for ever would starve the loop: the bounds stop that. */
    for (unsigned n = 0; root && root->due_ms <= run_ms && n < MAX_IN_A_TURN; n++) {
        struct timer *timer = root;
        timer_fn *fn = timer->fn;
        void *arg = timer->arg;
        const char *name = timer->name;
        uint64_t start_ms = clock_monotonic_ms();

        if (start_ms > run_ms + MAX_TURN_MS)
            break;
        timer_stop(timer);
        fn(arg); /* may free timer */
        loop_note_slow(name, start_ms);
    }
    run_ms = 0;
}

uint64_t timer_next_ms(void)
{
    uint64_t now_ms;

    if (!root)
        return 0;
    now_ms = clock_monotonic_ms();
    return root->due_ms > now_ms ? root->due_ms - now_ms : 1;
}
