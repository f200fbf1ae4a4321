/* SPDX-License-Identifier: MIT */
#include "base/clock_step.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/loop.h"

struct clock_step {
    int fd;
    clock_step_fn *stepped;
    void *arg;
};

/* A timer far away that the kernel cancels when the clock is set: that is what it is for. */
static int arm(int fd)
{
    struct itimerspec far_away = {0};

    (void)clock_gettime(CLOCK_REALTIME, &far_away.it_value);
    far_away.it_value.tv_sec += 10L * 365 * 24 * 3600;
    return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &far_away, NULL) ? errno
                                                                                             : 0;
}

static void on_readable(int events, void *arg)
{
    struct clock_step *step = arg;
    uint64_t n;
    ssize_t len = read(step->fd, &n, sizeof(n));

    (void)events;
    if (len < 0 && errno == EAGAIN)
        return;
    (void)arm(step->fd); /* if it fails we are told no more: the periodic retry remains */
    step->stepped(step->arg);
}

int clock_step_new(clock_step_fn *stepped, void *arg, struct clock_step **ret_step)
{
    struct clock_step *step = calloc(1, sizeof(*step));
    int err = 0;

    if (!step)
        return ENOMEM;
    step->stepped = stepped;
    step->arg = arg;
    step->fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (step->fd < 0) {
        err = errno;
        goto out;
    }
    err = arm(step->fd);
    if (err)
        goto out;
    err = loop_watch(step->fd, LOOP_READ, on_readable, step);

out:
    if (err)
        clock_step_free(step);
    else
        *ret_step = step;
    return err;
}

struct clock_step *clock_step_free(struct clock_step *step)
{
    if (!step)
        return NULL;
    if (step->fd >= 0) {
        loop_unwatch(step->fd);
        (void)close(step->fd);
    }
    free(step);
    return NULL;
}
