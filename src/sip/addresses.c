/* SPDX-License-Identifier: MIT */
#include "sip/addresses.h"

#include <re_types.h>
#include <re_sa.h>

bool addresses_have(const struct sa *addrs, unsigned n, const struct sa *addr, int how)
{
    for (unsigned i = 0; i < n; i++) {
        if (sa_cmp(&addrs[i], addr, how))
            return true;
    }
    return false;
}
