/* SPDX-License-Identifier: MIT */
#include "media/stun_answer.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <re_types.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_sa.h>
#include <re_stun.h>

static bool is_credible(const struct sa *addr, int family)
{
    uint32_t ip;

    if (!sa_isset(addr, SA_ALL) || sa_af(addr) != family)
        return false;
    if (sa_af(addr) != AF_INET)
        return !sa_is_any(addr);
    ip = sa_in(addr);
    return ip >> 24 != 0 && !IN_MULTICAST(ip) && !IN_EXPERIMENTAL(ip);
}

const struct sa *stun_answer_mapped(const struct stun_msg *msg, int family)
{
    const struct stun_attr *attr = stun_msg_attr(msg, STUN_ATTR_XOR_MAPPED_ADDR);

    if (!attr)
        attr = stun_msg_attr(msg, STUN_ATTR_MAPPED_ADDR);
    return attr && is_credible(&attr->v.sa, family) ? &attr->v.sa : NULL;
}
