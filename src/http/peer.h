/* SPDX-License-Identifier: MIT */
/* peer.h - the address a request came from. A value; pure functions, any thread. */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include <stdbool.h>

struct sockaddr;

enum { PEER_TEXT_SIZE = 48 }; /* with the NUL */

struct peer {
    unsigned char address[16]; /* IPv6; IPv4 as ::ffff:a.b.c.d */
    bool is_local;             /* the command line, by the socket of local.h: has no address */
};

/* Other families than IPv4 and IPv6 become "::". */
void peer_init(struct peer *peer, const struct sockaddr *address);

/* One who may be told apart from others: an IPv4 address, or an IPv6 /64, as a single
 * subscriber has a whole one to pick from. */
bool peer_is_same(const struct peer *a, const struct peer *b);

/* "192.0.2.1" or "2001:db8::1"; "the command line". */
void peer_text(const struct peer *peer, char ret_text[PEER_TEXT_SIZE]);

#endif
