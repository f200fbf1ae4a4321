/* SPDX-License-Identifier: MIT */
/* rtp_socket.h - the two UDP sockets of one call's sound: RTP on an even port, RTCP on the odd one
 * above it. Marked DSCP EF, so that routers let sound pass first. One thread at a time. Never
 * blocks. */
#ifndef MEDIA_RTP_SOCKET_H
#define MEDIA_RTP_SOCKET_H

#include <stddef.h>
#include <stdint.h>

struct sa;

/* A value; members are to be read only. */
struct rtp_socket {
    int rtp_fd, rtcp_fd;
    uint16_t port; /* of RTP */
};

/* local: IPv4 or IPv6 address; its port, if not 0, is taken, else one from min_port to max_port,
 * chosen at random. Returns 0, EINVAL (no pair in that range, an odd port), EADDRINUSE (no free
 * pair) or another errno value. */
int rtp_socket_open(struct rtp_socket *socket, const struct sa *local, uint16_t min_port,
                    uint16_t max_port);
void rtp_socket_close(struct rtp_socket *socket);

/* fd: one of the two. Returns 0 or an errno value. */
int rtp_socket_send(int fd, const void *data, size_t len, const struct sa *to);

/* Returns 0, EAGAIN (nothing there), EMSGSIZE (longer than size: thrown away) or another errno
 * value. */
int rtp_socket_receive(int fd, void *data, size_t size, size_t *ret_len, struct sa *ret_from);

#endif
