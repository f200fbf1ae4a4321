/* SPDX-License-Identifier: MIT */
#include "http/connections.h"

#include <malloc.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "http/request_impl.h"

enum {
    CROWD = 32, /* connections whose memory is worth giving back */
    TRIM_DELAY_MS = 1000,
};

void connections_init(struct connections *connections, unsigned request_s)
{
    memset(connections, 0, sizeof(*connections));
    connections->request_s = request_s;
}

void connections_done(struct connections *connections)
{
    timer_stop(&connections->deadline_timer);
    timer_stop(&connections->trim_timer);
}

static void list_remove(struct connections *connections, struct request *request)
{
    if (request->sooner)
        request->sooner->later = request->later;
    else
        connections->soonest = request->later;
    if (request->later)
        request->later->sooner = request->sooner;
    else
        connections->latest = request->sooner;
}

static void list_append(struct connections *connections, struct request *request)
{
    request->deadline_ms = clock_monotonic_ms() + 1000ULL * connections->request_s;
    request->later = NULL;
    request->sooner = connections->latest;
    if (connections->latest)
        connections->latest->later = request;
    else
        connections->soonest = request;
    connections->latest = request;
}

static void cut_late_ones(void *arg);

static void watch_deadlines(struct connections *connections)
{
    uint64_t now_ms = clock_monotonic_ms();
    uint64_t due_ms;

    if (!connections->soonest || timer_is_running(&connections->deadline_timer))
        return;
    due_ms = connections->soonest->deadline_ms;
    timer_start(&connections->deadline_timer, due_ms > now_ms ? due_ms - now_ms : 0, cut_late_ones,
                connections);
}

static void cut_late_ones(void *arg)
{
    struct connections *connections = arg;
    uint64_t now_ms = clock_monotonic_ms();

    while (connections->soonest && connections->soonest->deadline_ms <= now_ms) {
        struct request *request = connections->soonest;
        const union MHD_ConnectionInfo *info;

        connections_postpone(connections, request);
        if (request->is_suspended || request->is_stream)
            continue; /* it waits for us, not we for it */
        /* The library then sees the end of the stream and closes as usual. */
        info = MHD_get_connection_info(request->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        if (info)
            (void)shutdown(info->connect_fd, SHUT_RDWR);
    }
    watch_deadlines(connections);
}

/* After a crowd the heap is full of holes, which the C library would keep for ever. */
static void give_memory_back(void *arg)
{
    struct connections *connections = arg;

    connections->peak = connections->count;
    (void)malloc_trim(0);
}

void connections_add(struct connections *connections, struct request *request)
{
    list_append(connections, request);
    connections->count++;
    if (connections->count > connections->peak)
        connections->peak = connections->count;
    watch_deadlines(connections);
}

void connections_remove(struct connections *connections, struct request *request)
{
    list_remove(connections, request);
    connections->count--;
    if (connections->peak >= CROWD && connections->count <= connections->peak / 4)
        timer_start(&connections->trim_timer, TRIM_DELAY_MS, give_memory_back, connections);
}

void connections_postpone(struct connections *connections, struct request *request)
{
    list_remove(connections, request);
    list_append(connections, request);
}

unsigned connections_from(const struct connections *connections, const struct peer *peer)
{
    unsigned n = 0;

    for (const struct request *one = connections->soonest; one; one = one->later)
        n += peer_is_same(&one->peer, peer);
    return n;
}
