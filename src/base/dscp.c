/* SPDX-License-Identifier: MIT */
#include "base/dscp.h"

#include <netinet/in.h>
#include <sys/socket.h>

void dscp_mark(int fd, int dscp)
{
    int tos = dscp << 2; /* the two bits below are ECN's */
    int family = AF_UNSPEC;
    socklen_t len = sizeof(family);

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len))
        return;
    if (family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
    else
        (void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
}
