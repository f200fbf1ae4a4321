/* SPDX-License-Identifier: MIT */
#include "settings/network_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "192.0.2.0/24", len bytes. */
static int parse_network(const char *text, size_t len, struct network *ret_network)
{
    char address[INET6_ADDRSTRLEN + 5];
    char *slash, *end;
    unsigned long bits;

    memset(ret_network, 0, sizeof(*ret_network));
    if (!len || len >= sizeof(address))
        return EINVAL;
    memcpy(address, text, len);
    address[len] = '\0';
    slash = strchr(address, '/');
    if (slash)
        *slash = '\0';
    ret_network->family = strchr(address, ':') ? AF_INET6 : AF_INET;
    ret_network->bits = ret_network->family == AF_INET ? 32 : 128;
    if (inet_pton(ret_network->family, address, ret_network->address) != 1)
        return EINVAL;
    if (!slash)
        return 0;
    if (slash[1] < '0' || slash[1] > '9')
        return EINVAL;
    bits = strtoul(slash + 1, &end, 10);
    if (*end || bits > ret_network->bits)
        return EINVAL;
    ret_network->bits = (unsigned)bits;
    return 0;
}

int network_list_parse(const char *text, struct network_list *ret_list)
{
    struct network_list list = {.n = 0};

    text += strspn(text, " ");
    while (*text) {
        size_t len = strcspn(text, ", ");
        int err =
            list.n == NETWORK_LIST_MAX ? E2BIG : parse_network(text, len, &list.networks[list.n++]);

        if (err)
            return err;
        text += len;
        text += strspn(text, " ");
        if (!*text)
            break;
        if (*text++ != ',')
            return EINVAL;
        text += strspn(text, " ");
        if (!*text)
            return EINVAL; /* a comma, and nothing behind it */
    }
    *ret_list = list;
    return 0;
}

static bool is_in(const struct network *network, int family, const uint8_t *address)
{
    unsigned bytes = network->bits / 8, rest = network->bits % 8;

    if (network->family != family || memcmp(network->address, address, bytes) != 0)
        return false;
    return !rest || !((network->address[bytes] ^ address[bytes]) >> (8 - rest));
}

bool network_list_has(const struct network_list *list, int family, const uint8_t *address)
{
    for (unsigned i = 0; i < list->n; i++) {
        if (is_in(&list->networks[i], family, address))
            return true;
    }
    return false;
}
