/* SPDX-License-Identifier: MIT */
#include "http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum { MAPPED_LEN = 12, SUBNET_LEN = 8 };

static const unsigned char mapped[MAPPED_LEN] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_ipv4(const struct peer *peer)
{
    return memcmp(peer->address, mapped, MAPPED_LEN) == 0;
}

void peer_init(struct peer *peer, const struct sockaddr *address)
{
    memset(peer, 0, sizeof(*peer));
    if (address && address->sa_family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, address, sizeof(in));
        memcpy(peer->address, mapped, MAPPED_LEN);
        memcpy(peer->address + MAPPED_LEN, &in.sin_addr, sizeof(in.sin_addr));
    } else if (address && address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, address, sizeof(in6));
        memcpy(peer->address, &in6.sin6_addr, sizeof(peer->address));
    }
}

bool peer_is_same(const struct peer *a, const struct peer *b)
{
    size_t len;

    if (a->is_local || b->is_local)
        return a->is_local && b->is_local;
    len = is_ipv4(a) || is_ipv4(b) ? sizeof(a->address) : SUBNET_LEN;

    return memcmp(a->address, b->address, len) == 0;
}

void peer_text(const struct peer *peer, char ret_text[PEER_TEXT_SIZE])
{
    const char *text;

    if (peer->is_local) {
        (void)snprintf(ret_text, PEER_TEXT_SIZE, "the command line");
        return;
    }
    if (is_ipv4(peer))
        text = inet_ntop(AF_INET, peer->address + MAPPED_LEN, ret_text, PEER_TEXT_SIZE);
    else
        text = inet_ntop(AF_INET6, peer->address, ret_text, PEER_TEXT_SIZE);
    if (!text)
        (void)snprintf(ret_text, PEER_TEXT_SIZE, "?");
}
