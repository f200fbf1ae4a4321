/* SPDX-License-Identifier: MIT */
/* pong.c - what comes in is seen between TLS and SIP, and only looked at. What matters is a piece
 * of nothing but the beginning of a ping; in the middle of a message that is possible, too, and
 * then there is one empty line more between our messages, which means nothing (RFC 3261
 * section 7.5). */
#include "sip/pong.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <re_types.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_tcp.h>

#include "base/clock.h"
#include "base/loop.h"

static const char ping[] = "\r\n\r\n";

enum {
    PING_LEN = 4,
    PONG_LEN = 2,
    LAYER = 1, /* TLS is 0 */
};

/* By descriptor: the library tells its helpers of no end. */
static struct {
    unsigned n_seen; /* bytes of a ping, in pieces */
    uint64_t at_ms;
} connections[LOOP_MAX_FDS];

static bool continues(unsigned n_seen, const char *data, size_t len)
{
    return n_seen + len <= PING_LEN && !memcmp(ping + n_seen, data, len);
}

static void send_pong(struct tcp_conn *connection)
{
    struct mbuf *mb = mbuf_alloc(PONG_LEN);

    if (mb && !mbuf_write_mem(mb, (const uint8_t *)ping, PONG_LEN)) {
        mb->pos = 0;
        (void)tcp_send(connection, mb);
    }
    mem_deref(mb);
}

static bool on_data(int *err, struct mbuf *mb, bool *estab, void *arg)
{
    struct tcp_conn *connection = arg;
    int fd = tcp_conn_fd(connection);
    const char *data = (const char *)mbuf_buf(mb);
    size_t len = mbuf_get_left(mb);
    uint64_t now_ms = clock_monotonic_ms();
    unsigned n = 0;

    (void)err;
    (void)estab;
    if (fd < 0 || fd >= LOOP_MAX_FDS)
        return false;
    if (now_ms - connections[fd].at_ms < PONG_WITHIN_MS)
        n = connections[fd].n_seen;
    if (!continues(n, data, len))
        n = 0;
    /* "CR", "LF CR LF" is whole for the library, which waits for a line end's second half. */
    if (n >= PONG_LEN && n + len == PING_LEN)
        send_pong(connection);
    connections[fd].n_seen = continues(n, data, len) ? (n + (unsigned)len) % PING_LEN : 0;
    connections[fd].at_ms = now_ms;
    return false;
}

int pong_watch(struct tcp_conn *connection)
{
    int fd = tcp_conn_fd(connection);

    if (fd >= 0 && fd < LOOP_MAX_FDS)
        connections[fd].n_seen = 0;
    return tcp_register_helper(NULL, connection, LAYER, NULL, NULL, on_data, connection);
}
