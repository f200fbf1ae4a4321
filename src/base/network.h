/* SPDX-License-Identifier: MIT */
/* network.h - told by the kernel (rtnetlink) when links, addresses or routes change.
 * Loop thread only. Never blocks. */
#ifndef BASE_NETWORK_H
#define BASE_NETWORK_H

#include <stdbool.h>

struct network;
struct sockaddr;

/* How long the kernel's messages are gathered: one cable pulled gives a dozen. */
enum { NETWORK_SETTLE_MS = 50 };

/* Something has changed. link_is_back: a link has come (back) up since the last call. */
typedef void network_changed_fn(bool link_is_back, void *arg);

/* Returns 0 or an errno value; caller owns *ret_network. */
int network_new(network_changed_fn *changed, void *arg, struct network **ret_network);
struct network *network_free(struct network *network);

/* Is the link of this local address up, as far as one can see? False also if no interface has
 * the address any more. name: set to the interface's name ("" if there is none), IF_NAMESIZE. */
bool network_is_up(const struct sockaddr *local, char *name);

#endif
