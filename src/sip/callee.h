/* SPDX-License-Identifier: MIT */
/* callee.h - whom to call: from what people type to a SIP URI and the way there. Pure, any thread.
 */
#ifndef SIP_CALLEE_H
#define SIP_CALLEE_H

#include <stdbool.h>

#include "settings/host.h"
#include "settings/sip_settings.h"
#include "sip/call.h"

struct identity;

enum { CALLEE_MAX_USER = 64 }; /* as typed */

/* A value. */
struct callee {
    char uri[CALL_MAX_URI + 1];  /* Request-URI and To */
    bool is_direct;              /* not by way of our server; then: */
    char host[HOST_MAX_LEN + 1]; /* a name, an IPv4 address, or an IPv6 address without [ ] */
    uint16_t port;               /* 0: none was written */
    enum sip_transport transport;
};

/* Take apart what agent_call is given: "101", "sip:101@host[:port][;transport=udp|tcp]",
 * "sip:192.0.2.7[:port]", "sip:[2001:db8::1]". Blanks, - and () in a number are left out.
 *   identity  the account's; NULL: there is none
 * Returns 0, EINVAL (none of these) or ENOTCONN (a number, but no account). */
int callee_parse(const char *text, const struct identity *identity, struct callee *ret_callee);

#endif
