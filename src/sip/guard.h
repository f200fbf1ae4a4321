/* SPDX-License-Identifier: MIT */
/* guard.h - what stands between the network and the SIP library's parsers: see guard.c. */
#ifndef SIP_GUARD_H
#define SIP_GUARD_H

#include <stddef.h>

enum {
    SIP_GUARD_MAX_HEADERS = 16 * 1024, /* start line and headers of one message */
    SIP_GUARD_MAX_LINE = 4 * 1024,
    SIP_GUARD_MAX_LINES = 128,
    SIP_GUARD_MAX_METHOD = 32,
};

/* May text (a datagram, or what a stream has brought so far) go to the parser? Returns 0,
 * ENODATA (the headers have not all come yet) or EBADMSG. Pure, any thread. */
int sip_guard_check(const char *text, size_t len);

#endif
