/* SPDX-License-Identifier: MIT */
#include "media/rtp_map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <re_types.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_stun.h>

#include "base/loop.h"
#include "base/timer.h"
#include "media/rtp_socket.h"
#include "media/stun_answer.h"

enum {
    FIRST_WAIT_MS = 100, /* until it is asked again; then twice as long, and so on */
    MAX_ANSWER = 548,
    ID_AT = 8,
    MAX_READ = 32,
};

struct rtp_map {
    int fd; /* -1: not watched any more */
    struct sa server;
    uint8_t id[STUN_TID_SIZE];
    rtp_map_fn *on_mapped;
    void *arg;
    unsigned wait_ms;
    struct timer again, limit;
};

static void leave_socket(struct rtp_map *map)
{
    if (map->fd >= 0)
        loop_unwatch(map->fd);
    map->fd = -1;
    timer_stop(&map->again);
    timer_stop(&map->limit);
}

static void finish(struct rtp_map *map, const struct sa *mapped)
{
    leave_socket(map);
    map->on_mapped(mapped, map->arg);
}

static void on_limit(void *arg)
{
    finish(arg, NULL);
}

static int ask(struct rtp_map *map)
{
    struct mbuf *mb = mbuf_alloc(64);
    int err;

    if (!mb)
        return ENOMEM;
    err = stun_msg_encode(mb, STUN_METHOD_BINDING, STUN_CLASS_REQUEST, map->id, NULL, NULL, 0,
                          false, 0, 0);
    if (!err)
        err = rtp_socket_send(map->fd, mb->buf, mb->end, &map->server);
    mem_deref(mb);
    return err;
}

static void ask_again(void *arg)
{
    struct rtp_map *map = arg;

    (void)ask(map);
    map->wait_ms *= 2;
    timer_start(&map->again, map->wait_ms, ask_again, map);
}

/* Nobody but the server knows the transaction id: what has not got it never reaches the parser. */
static bool read_answer(const struct rtp_map *map, const uint8_t *data, size_t len,
                        struct sa *ret_mapped)
{
    struct stun_unknown_attr unknown;
    const struct sa *mapped = NULL;
    struct stun_msg *msg = NULL;
    struct mbuf *mb;

    if (len < STUN_HEADER_SIZE || memcmp(data + ID_AT, map->id, sizeof(map->id)))
        return false;
    mb = mbuf_alloc(len); /* the message will refer to it */
    if (!mb || mbuf_write_mem(mb, data, len))
        goto out;
    mbuf_set_pos(mb, 0);
    if (stun_msg_decode(&msg, mb, &unknown))
        goto out;
    if (stun_msg_class(msg) == STUN_CLASS_SUCCESS_RESP &&
        stun_msg_method(msg) == STUN_METHOD_BINDING && unknown.typec == 0)
        mapped = stun_answer_mapped(msg, sa_af(&map->server));
    if (mapped)
        *ret_mapped = *mapped;

out:
    mem_deref(msg);
    mem_deref(mb);
    return mapped != NULL;
}

static void on_readable(int events, void *arg)
{
    struct rtp_map *map = arg;
    uint8_t data[MAX_ANSWER];
    struct sa from, mapped;
    size_t len;
    int err = 0;

    (void)events;
    for (int i = 0; i < MAX_READ && err != EAGAIN; i++) {
        err = rtp_socket_receive(map->fd, data, sizeof(data), &len, &from);
        if (err || !sa_cmp(&from, &map->server, SA_ALL))
            continue;
        if (read_answer(map, data, len, &mapped)) {
            finish(map, &mapped);
            return;
        }
    }
}

int rtp_map_new(int fd, const struct sa *server, rtp_map_fn *on_mapped, void *arg,
                struct rtp_map **ret_map)
{
    struct rtp_map *map = calloc(1, sizeof(*map));
    int err = 0;

    if (!map)
        return ENOMEM;
    map->fd = -1;
    map->server = *server;
    map->on_mapped = on_mapped;
    map->arg = arg;
    map->wait_ms = FIRST_WAIT_MS;
    if (getrandom(map->id, sizeof(map->id), 0) != (ssize_t)sizeof(map->id))
        err = EIO;
    if (!err)
        err = loop_watch(fd, LOOP_READ, on_readable, map);
    if (err)
        goto out;
    map->fd = fd;
    timer_start(&map->again, map->wait_ms, ask_again, map);
    timer_start(&map->limit, RTP_MAP_LIMIT_MS, on_limit, map);
    err = ask(map);

out:
    if (err)
        rtp_map_free(map);
    else
        *ret_map = map;
    return err;
}

struct rtp_map *rtp_map_free(struct rtp_map *map)
{
    if (!map)
        return NULL;
    leave_socket(map);
    free(map);
    return NULL;
}

void rtp_map_give_up(struct rtp_map *map)
{
    leave_socket(map);
    timer_start(&map->limit, 0, on_limit, map);
}
