/* SPDX-License-Identifier: MIT */
#include "base/loop_until.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/loop.h"

/* By the real clock, and not by a timer of the loop: tests move the other one, or let it stand. */
struct wait {
    loop_until_fn *is_true;
    void *arg;
    long long until_ms;
    unsigned looks; /* that there are at least */
    bool has_come;
    int ticks_fd;
};

static long long real_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_tick(int events, void *arg)
{
    struct wait *wait = arg;
    uint64_t ticks;

    (void)events;
    if (read(wait->ticks_fd, &ticks, sizeof(ticks)) < 0)
        return;
    wait->has_come = wait->is_true(wait->arg);
    if (wait->looks > 0)
        wait->looks--;
    if (wait->has_come || (wait->looks == 0 && real_ms() >= wait->until_ms))
        loop_stop();
}

/* One at once, then one each millisecond. Tests put functions of their own in the place of the C
 * library's. */
static int open_ticks(void)
{
    const struct itimerspec each_ms = {.it_value = {0, 1}, .it_interval = {0, 1000000}};
    int fd = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (fd < 0 || syscall(SYS_timerfd_settime, fd, 0, &each_ms, NULL))
        abort();
    return fd;
}

static bool run(loop_until_fn *is_true, void *arg, unsigned within_ms, unsigned looks)
{
    struct wait wait = {.is_true = is_true,
                        .arg = arg,
                        .until_ms = real_ms() + within_ms,
                        .looks = looks,
                        .ticks_fd = open_ticks()};

    if (loop_watch(wait.ticks_fd, LOOP_READ, on_tick, &wait))
        abort();
    (void)loop_run();
    loop_unwatch(wait.ticks_fd);
    (void)close(wait.ticks_fd);
    return wait.has_come;
}

bool loop_until(loop_until_fn *is_true, void *arg)
{
    return run(is_true, arg, LOOP_UNTIL_MS, 0);
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

void loop_for_ms(unsigned ms)
{
    (void)run(never, NULL, ms, ms < LOOP_UNTIL_LOOKS ? ms : LOOP_UNTIL_LOOKS);
}
