/* SPDX-License-Identifier: MIT */
/* host_network.h - the machine's own address, as one shows it to people: that of the interface that
 * leads out. Any thread. Does not block. */
#ifndef BASE_HOST_NETWORK_H
#define BASE_HOST_NETWORK_H

#include <stdbool.h>

enum { HOST_NETWORK_ADDRESS_SIZE = 16 };

/* "" for what is not known. IPv4. */
struct host_network {
    char ip_address[HOST_NETWORK_ADDRESS_SIZE];
    char mask[HOST_NETWORK_ADDRESS_SIZE];
    char gateway[HOST_NETWORK_ADDRESS_SIZE];
};

/* Without a way out: the first interface that has an address, and at last the loopback. */
void host_network_read(struct host_network *ret_network);

/* The gateway, and its interface's name, in the kernel's table of routes (/proc/net/route). Returns
 * false if there is no default route in it. interface: 16 bytes. For tests. */
bool host_network_route(const char *table, char *interface, char *gateway);

/* The first IPv4 name server of a file like /etc/resolv.conf; "" if there is none. Blocks: reads a
 * file. */
void host_network_dns(const char *path, char ret_address[HOST_NETWORK_ADDRESS_SIZE]);

#endif
