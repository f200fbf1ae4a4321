/* SPDX-License-Identifier: MIT */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 511 };

union any_address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

static bool parse_port(const char *text, in_port_t *ret_port)
{
    unsigned port = 0;

    if (!*text || strlen(text) > 5)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        port = port * 10 + (unsigned)(*text - '0');
    }
    if (port > UINT16_MAX)
        return false;
    *ret_port = htons((uint16_t)port);
    return true;
}

static bool parse(const char *text, union any_address *ret_address, socklen_t *ret_len)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    bool is_ipv6 = text[0] == '[';
    size_t len;

    if (!colon || (is_ipv6 && (colon == text || colon[-1] != ']')))
        return false;
    text += is_ipv6;
    len = (size_t)(colon - text) - is_ipv6;
    if (len >= sizeof(host))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    memset(ret_address, 0, sizeof(*ret_address));
    if (is_ipv6) {
        ret_address->in6.sin6_family = AF_INET6;
        *ret_len = sizeof(ret_address->in6);
        return parse_port(colon + 1, &ret_address->in6.sin6_port) &&
               inet_pton(AF_INET6, host, &ret_address->in6.sin6_addr) == 1;
    }
    ret_address->in.sin_family = AF_INET;
    *ret_len = sizeof(ret_address->in);
    return parse_port(colon + 1, &ret_address->in.sin_port) &&
           inet_pton(AF_INET, host, &ret_address->in.sin_addr) == 1;
}

int listen_open(const char *address, int *ret_fd)
{
    union any_address bound;
    socklen_t len = 0;
    const int on = 1;
    const int off = 0;
    int fd;
    int err = 0;

    if (!parse(address, &bound, &len))
        return EINVAL;
    fd = socket(bound.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        (bound.any.sa_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off))) ||
        bind(fd, &bound.any, len) || listen(fd, BACKLOG))
        err = errno;
    if (err)
        (void)close(fd);
    else
        *ret_fd = fd;
    return err;
}

int listen_text(int fd, char ret_text[LISTEN_TEXT_SIZE])
{
    union any_address bound;
    socklen_t len = sizeof(bound);
    char host[INET6_ADDRSTRLEN];

    if (getsockname(fd, &bound.any, &len))
        return errno;
    if (bound.any.sa_family == AF_INET6) {
        if (!inet_ntop(AF_INET6, &bound.in6.sin6_addr, host, sizeof(host)))
            return errno;
        (void)snprintf(ret_text, LISTEN_TEXT_SIZE, "[%s]:%u", host, ntohs(bound.in6.sin6_port));
        return 0;
    }
    if (!inet_ntop(AF_INET, &bound.in.sin_addr, host, sizeof(host)))
        return errno;
    (void)snprintf(ret_text, LISTEN_TEXT_SIZE, "%s:%u", host, ntohs(bound.in.sin_port));
    return 0;
}
