/* SPDX-License-Identifier: MIT */
#include "base/loop_until.h"

#include <time.h>

#include "base/loop.h"
#include "base/timer.h"

struct wait {
    loop_until_fn *is_true;
    void *arg;
    long long until_ms; /* by the real clock: tests move the other one */
    bool has_come;
    struct timer timer;
};

static long long real_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void look(void *arg)
{
    struct wait *wait = arg;

    wait->has_come = wait->is_true(wait->arg);
    if (wait->has_come || real_ms() >= wait->until_ms)
        loop_stop();
    else
        timer_start(&wait->timer, 1, look, wait);
}

static bool run(loop_until_fn *is_true, void *arg, unsigned within_ms)
{
    struct wait wait = {.is_true = is_true, .arg = arg, .until_ms = real_ms() + within_ms};

    timer_start(&wait.timer, 0, look, &wait);
    (void)loop_run();
    timer_stop(&wait.timer);
    return wait.has_come;
}

bool loop_until(loop_until_fn *is_true, void *arg)
{
    return run(is_true, arg, LOOP_UNTIL_MS);
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

void loop_for_ms(unsigned ms)
{
    (void)run(never, NULL, ms);
}
