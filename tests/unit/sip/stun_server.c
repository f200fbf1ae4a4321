/* SPDX-License-Identifier: MIT */
#include "sip/stun_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"

enum {
    HEADER = 20,
    COOKIE = 0x2112a442,
    MAPPED = 0x0001,
    ERROR_CODE = 0x0009,
    XOR_MAPPED = 0x0020
};

struct answer {
    uint8_t bytes[200];
    size_t len;
};

static void put_16(struct answer *answer, unsigned value)
{
    answer->bytes[answer->len++] = (uint8_t)(value >> 8);
    answer->bytes[answer->len++] = (uint8_t)value;
}

static void put_32(struct answer *answer, uint32_t value)
{
    put_16(answer, value >> 16);
    put_16(answer, value & 0xffff);
}

static void put_address(struct answer *answer, unsigned type, const char *text, unsigned port)
{
    struct in_addr addr;
    uint32_t mask = type == XOR_MAPPED ? COOKIE : 0;

    if (inet_pton(AF_INET, text, &addr) != 1)
        abort();
    put_16(answer, type);
    put_16(answer, 8);
    put_16(answer, 1); /* IPv4 */
    put_16(answer, port ^ (mask >> 16));
    put_32(answer, ntohl(addr.s_addr) ^ mask);
}

static void put_attributes(const struct stun_server *server, struct answer *answer)
{
    switch (server->say) {
    case STUN_SAY_BOTH:
        put_address(answer, MAPPED, "192.0.2.200", 1);
        put_address(answer, XOR_MAPPED, server->mapped, server->mapped_port);
        break;
    case STUN_SAY_UNKNOWN:
        put_16(answer, 0x7abc);
        put_16(answer, 4);
        put_32(answer, 0);
        put_address(answer, XOR_MAPPED, server->mapped, server->mapped_port);
        break;
    case STUN_SAY_XOR_MAPPED:
    case STUN_SAY_TO_ANOTHER:
        put_address(answer, XOR_MAPPED, server->mapped, server->mapped_port);
        break;
    case STUN_SAY_MAPPED:
        put_address(answer, MAPPED, server->mapped, server->mapped_port);
        break;
    case STUN_SAY_ERROR:
        if (!server->error)
            break;
        put_16(answer, ERROR_CODE);
        put_16(answer, 4);
        put_32(answer, server->error / 100 << 8 | server->error % 100); /* no words */
        break;
    case STUN_SAY_NO_ADDRESS:
    case STUN_SAY_NOTHING:
        break;
    }
}

static void on_datagram(int events, void *arg)
{
    struct stun_server *server = arg;
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);
    struct answer answer = {.len = 0};
    uint8_t request[600];
    ssize_t n = recvfrom(server->fd, request, sizeof(request), 0, (struct sockaddr *)(void *)&from,
                         &from_len);

    (void)events;
    if (n < HEADER || request[0] != 0 || request[1] != 1) /* a binding request */
        return;
    server->n_all++;
    if (!server->n || memcmp(server->id, request + 8, sizeof(server->id)) != 0)
        server->n++;
    memcpy(server->id, request + 8, sizeof(server->id));
    if (server->say == STUN_SAY_NOTHING)
        return;
    put_16(&answer, server->say == STUN_SAY_ERROR ? 0x0111 : 0x0101);
    put_16(&answer, 0);
    memcpy(answer.bytes + 4, request + 4, 16);
    answer.len = HEADER;
    if (server->say == STUN_SAY_TO_ANOTHER)
        answer.bytes[HEADER - 1] ^= 1;
    put_attributes(server, &answer);
    answer.bytes[3] = (uint8_t)(answer.len - HEADER);
    if (sendto(server->fd, answer.bytes, answer.len, 0, (struct sockaddr *)(void *)&from,
               from_len) != (ssize_t)answer.len)
        abort();
}

void stun_server_start(struct stun_server *server)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);

    memset(server, 0, sizeof(*server));
    server->say = STUN_SAY_XOR_MAPPED;
    server->mapped = "198.51.100.7";
    server->mapped_port = 40000;
    server->error = 500;
    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bind(server->fd, (struct sockaddr *)(void *)&addr, len) ||
        getsockname(server->fd, (struct sockaddr *)(void *)&addr, &len) ||
        loop_watch(server->fd, LOOP_READ, on_datagram, server))
        abort();
    server->port = ntohs(addr.sin_port);
}

void stun_server_stop(struct stun_server *server)
{
    loop_unwatch(server->fd);
    (void)close(server->fd);
}
