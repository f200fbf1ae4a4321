/* SPDX-License-Identifier: MIT */
#include "sip/callers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#define BLANKS " \t"

struct network {
    int family;
    uint8_t address[16];
    unsigned bits;
};

struct callers {
    struct network networks[CALLERS_MAX_NETWORKS];
    unsigned n;
};

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

int callers_new(const char *networks, struct callers **ret_callers)
{
    struct callers *callers = calloc(1, sizeof(*callers));
    int err = 0;

    if (!callers)
        return ENOMEM;
    for (const char *at = networks + strspn(networks, BLANKS); *at && !err;) {
        size_t len = strcspn(at, "," BLANKS);

        err = callers->n == CALLERS_MAX_NETWORKS
                  ? EINVAL
                  : parse_network(at, len, &callers->networks[callers->n++]);
        at += len;
        at += strspn(at, BLANKS);
        if (*at && *at != ',')
            err = EINVAL;
        if (*at == ',') {
            at++;
            at += strspn(at, BLANKS);
            if (!*at)
                err = EINVAL;
        }
    }
    if (err)
        callers_free(callers);
    else
        *ret_callers = callers;
    return err;
}

struct callers *callers_free(struct callers *callers)
{
    free(callers);
    return NULL;
}

static bool is_in(const struct network *network, int family, const uint8_t *address)
{
    unsigned bytes = network->bits / 8, rest = network->bits % 8;

    if (network->family != family || memcmp(network->address, address, bytes) != 0)
        return false;
    return !rest || !((network->address[bytes] ^ address[bytes]) >> (8 - rest));
}

bool callers_has(const struct callers *callers, const struct sa *addr)
{
    uint8_t address[16];
    int family = sa_af(addr);

    if (family == AF_INET) {
        memcpy(address, &addr->u.in.sin_addr, 4);
    } else if (family == AF_INET6) {
        memcpy(address, &addr->u.in6.sin6_addr, 16);
        if (IN6_IS_ADDR_V4MAPPED(&addr->u.in6.sin6_addr)) {
            family = AF_INET;
            memmove(address, address + 12, 4);
        }
    } else {
        return false;
    }
    for (unsigned i = 0; callers && i < callers->n; i++) {
        if (is_in(&callers->networks[i], family, address))
            return true;
    }
    return false;
}
