/* SPDX-License-Identifier: MIT */
#include "base/host_network.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TABLE = 16 * 1024, MAX_LINE = 256 };

#define ROUTES "/proc/net/route"

static void show(const struct in_addr *address, char *text)
{
    if (!inet_ntop(AF_INET, address, text, HOST_NETWORK_ADDRESS_SIZE))
        text[0] = '\0';
}

bool host_network_route(const char *table, char *interface, char *gateway)
{
    for (const char *line = strchr(table, '\n'); line; line = strchr(line + 1, '\n')) {
        unsigned destination, via;
        struct in_addr address;

        if (sscanf(line, " %15s %8x %8x", interface, &destination, &via) != 3 || destination != 0 ||
            !via)
            continue;
        address.s_addr = via; /* in the order of the machine's bytes, as it was printed */
        show(&address, gateway);
        return true;
    }
    interface[0] = gateway[0] = '\0';
    return false;
}

static void read_route(char *interface, char *gateway)
{
    char table[MAX_TABLE];
    FILE *file = fopen(ROUTES, "re");
    size_t len = 0;

    if (file) {
        len = fread(table, 1, sizeof(table) - 1, file);
        (void)fclose(file);
    }
    table[len] = '\0';
    (void)host_network_route(table, interface, gateway);
}

static const struct in_addr *in_addr_of(const struct sockaddr *address)
{
    return &((const struct sockaddr_in *)(const void *)address)->sin_addr;
}

/* What it is worth: 0: no address to show. */
static int rank(const struct ifaddrs *at, const char *interface)
{
    if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET || !at->ifa_netmask)
        return 0;
    if (strcmp(at->ifa_name, interface) == 0)
        return 3;
    return at->ifa_flags & IFF_LOOPBACK ? 1 : 2;
}

void host_network_read(struct host_network *ret_network)
{
    char interface[IF_NAMESIZE] = "";
    struct ifaddrs *list = NULL;
    int best = 0;

    memset(ret_network, 0, sizeof(*ret_network));
    read_route(interface, ret_network->gateway);
    if (getifaddrs(&list))
        return;
    for (const struct ifaddrs *at = list; at; at = at->ifa_next) {
        if (rank(at, interface) <= best)
            continue;
        best = rank(at, interface);
        show(in_addr_of(at->ifa_addr), ret_network->ip_address);
        show(in_addr_of(at->ifa_netmask), ret_network->mask);
    }
    freeifaddrs(list);
}

void host_network_dns(const char *path, char ret_address[HOST_NETWORK_ADDRESS_SIZE])
{
    FILE *file = fopen(path, "re");
    char line[MAX_LINE];

    ret_address[0] = '\0';
    if (!file)
        return;
    while (!ret_address[0] && fgets(line, sizeof(line), file)) {
        struct in_addr address;
        char text[HOST_NETWORK_ADDRESS_SIZE];

        if (sscanf(line, " nameserver %15s", text) == 1 && inet_pton(AF_INET, text, &address) == 1)
            show(&address, ret_address);
    }
    (void)fclose(file);
}
