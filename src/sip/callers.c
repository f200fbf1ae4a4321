/* SPDX-License-Identifier: MIT */
#include "sip/callers.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "settings/network_list.h"

struct callers {
    struct network_list networks;
};

int callers_new(const char *networks, struct callers **ret_callers)
{
    struct callers *callers = calloc(1, sizeof(*callers));

    if (!callers)
        return ENOMEM;
    if (network_list_parse(networks, &callers->networks)) {
        callers_free(callers);
        return EINVAL;
    }
    *ret_callers = callers;
    return 0;
}

struct callers *callers_free(struct callers *callers)
{
    free(callers);
    return NULL;
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
    return callers && network_list_has(&callers->networks, family, address);
}
