/* SPDX-License-Identifier: MIT */
#include "media/rtp_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/dscp.h"

static int open_one(const struct sa *local, uint16_t port, int *ret_fd)
{
    const int on = 1;
    struct sa addr = *local;
    int fd, err = 0;

    fd = socket(addr.u.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    sa_set_port(&addr, port);
    if (local->u.sa.sa_family == AF_INET6 &&
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)))
        err = errno;
    dscp_mark(fd, DSCP_EF);
    if (!err && bind(fd, &addr.u.sa, addr.len))
        err = errno;
    if (err)
        (void)close(fd);
    else
        *ret_fd = fd;
    return err;
}

static int open_pair(struct rtp_socket *socket, const struct sa *local, uint16_t port)
{
    int err = open_one(local, port, &socket->rtp_fd);

    if (err)
        return err;
    err = open_one(local, (uint16_t)(port + 1), &socket->rtcp_fd);
    if (err) {
        (void)close(socket->rtp_fd);
        return err;
    }
    socket->port = port;
    return 0;
}

int rtp_socket_open(struct rtp_socket *socket, const struct sa *local, uint16_t min_port,
                    uint16_t max_port)
{
    uint32_t first = (uint32_t)min_port + (min_port & 1U), n_pairs, start;
    uint16_t fixed = sa_port(local);
    int err = EADDRINUSE;

    if (fixed)
        return fixed & 1U ? EINVAL : open_pair(socket, local, fixed);
    if (min_port == 0 || first + 1 > max_port)
        return EINVAL;
    n_pairs = (max_port + 1U - first) / 2;
    if (getrandom(&start, sizeof(start), 0) != (ssize_t)sizeof(start))
        return EIO;
    for (uint32_t i = 0; err == EADDRINUSE && i < n_pairs; i++)
        err = open_pair(socket, local, (uint16_t)(first + 2 * ((start + i) % n_pairs)));
    return err;
}

void rtp_socket_close(struct rtp_socket *socket)
{
    (void)close(socket->rtp_fd);
    (void)close(socket->rtcp_fd);
    socket->rtp_fd = socket->rtcp_fd = -1;
}

int rtp_socket_send(int fd, const void *data, size_t len, const struct sa *to)
{
    if (sendto(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT, &to->u.sa, to->len) < 0)
        return errno;
    return 0;
}

int rtp_socket_receive(int fd, void *data, size_t size, size_t *ret_len, struct sa *ret_from)
{
    ssize_t n;

    memset(ret_from, 0, sizeof(*ret_from));
    ret_from->len = sizeof(ret_from->u);
    n = recvfrom(fd, data, size, MSG_TRUNC | MSG_DONTWAIT, &ret_from->u.sa, &ret_from->len);
    if (n < 0)
        return errno == EWOULDBLOCK ? EAGAIN : errno;
    if ((size_t)n > size)
        return EMSGSIZE;
    *ret_len = (size_t)n;
    return 0;
}
