/* SPDX-License-Identifier: MIT */
/* dscp.h - how routers are to treat what a socket sends (RFC 4594). Any thread. */
#ifndef BASE_DSCP_H
#define BASE_DSCP_H

enum {
    DSCP_CS3 = 24, /* signalling */
    DSCP_EF = 46,  /* sound */
};

/* Mark all that the socket fd (of AF_INET or AF_INET6) sends with dscp. If the kernel does not want
 * that, it goes out unmarked. */
void dscp_mark(int fd, int dscp);

#endif
