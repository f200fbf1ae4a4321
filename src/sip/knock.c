/* SPDX-License-Identifier: MIT */
#include "sip/knock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>
#include <re_sys.h>

#include "base/loop.h"
#include "base/timer.h"

struct knock {
    struct sa server;
    knock_answered_fn *answered;
    void *arg;
    int fd; /* -1: between two tries */
    struct timer timer;
};

static void try_now(void *arg);

static void close_socket(struct knock *knock)
{
    if (knock->fd < 0)
        return;
    loop_unwatch(knock->fd);
    (void)close(knock->fd);
    knock->fd = -1;
}

static void try_later(void *arg)
{
    struct knock *knock = arg;

    close_socket(knock);
    timer_start(&knock->timer, KNOCK_PAUSE_MS * (80ull + rand_u32() % 41) / 100, try_now, knock);
}

static void on_ready(int events, void *arg)
{
    struct knock *knock = arg;
    int err = 0;
    socklen_t len = sizeof(err);

    (void)events;
    if (getsockopt(knock->fd, SOL_SOCKET, SO_ERROR, &err, &len) || err) {
        try_later(knock);
        return;
    }
    close_socket(knock);
    timer_stop(&knock->timer);
    knock->answered(knock->arg);
}

static void try_now(void *arg)
{
    struct knock *knock = arg;

    knock->fd = socket(sa_af(&knock->server), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (knock->fd < 0 ||
        (connect(knock->fd, &knock->server.u.sa, knock->server.len) && errno != EINPROGRESS) ||
        loop_watch(knock->fd, LOOP_WRITE, on_ready, knock)) {
        try_later(knock);
        return;
    }
    timer_start(&knock->timer, KNOCK_LIMIT_MS, try_later, knock);
}

int knock_start(const struct sa *server, knock_answered_fn *answered, void *arg,
                struct knock **ret_knock)
{
    struct knock *knock = calloc(1, sizeof(*knock));

    if (!knock)
        return ENOMEM;
    knock->server = *server;
    knock->answered = answered;
    knock->arg = arg;
    knock->fd = -1;
    try_later(knock);
    *ret_knock = knock;
    return 0;
}

struct knock *knock_stop(struct knock *knock)
{
    if (!knock)
        return NULL;
    timer_stop(&knock->timer);
    close_socket(knock);
    free(knock);
    return NULL;
}
