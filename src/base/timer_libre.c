/* SPDX-License-Identifier: MIT */
/* timer_libre.c - the SIP library's timers, on our heap.
 *
 * libre 1.1 keeps its timers on gettimeofday() in a sorted list: an NTP step of an hour
 * stops or fires them all, and each start walks the list. This file defines every symbol of
 * its tmr.o, so the linker, which sees our objects before libre.a, never takes that member.
 * loop_init() checks at start-up that it is so. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_tmr.h>

#include "base/clock.h"
#include "base/timer.h"

/* struct timer and struct tmr are two names for the same memory. */
static_assert(offsetof(struct timer, fn) == offsetof(struct tmr, th), "struct tmr: th");
static_assert(offsetof(struct timer, arg) == offsetof(struct tmr, arg), "struct tmr: arg");
static_assert(offsetof(struct timer, due_ms) == offsetof(struct tmr, jfs), "struct tmr: jfs");
static_assert(sizeof(struct timer) <= sizeof(struct tmr), "struct tmr: size");

static struct timer *timer_of(const struct tmr *tmr)
{
    return (struct timer *)(uintptr_t)tmr;
}

void tmr_init(struct tmr *tmr)
{
    if (tmr)
        memset(tmr, 0, sizeof(*tmr));
}

void tmr_start(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg)
{
    if (tmr)
        timer_start_named(timer_of(tmr), delay, th, arg, "a timer of the SIP library");
}

void tmr_cancel(struct tmr *tmr)
{
    if (tmr)
        timer_stop(timer_of(tmr));
}

uint64_t tmr_get_expire(const struct tmr *tmr)
{
    return tmr ? timer_left_ms(timer_of(tmr)) : 0;
}

uint64_t tmr_jiffies(void)
{
    return clock_monotonic_ms();
}

/* The two that re_main calls. */
void tmr_poll(struct list *tmrl)
{
    (void)tmrl;
    timer_run_due();
}

uint64_t tmr_next_timeout(struct list *tmrl)
{
    (void)tmrl;
    return timer_next_ms();
}

int tmr_status(struct re_printf *pf, void *unused)
{
    (void)pf;
    (void)unused;
    return 0;
}

void tmr_debug(void)
{
}
