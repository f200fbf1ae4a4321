/* SPDX-License-Identifier: MIT */
/* explain.h - why we are not registered, in words that a person can act on. Pure functions. */
#ifndef SIP_EXPLAIN_H
#define SIP_EXPLAIN_H

#include <stddef.h>

#include "settings/sip_settings.h"

struct registration_result;

/* The server at address `to` could not be reached.
 *   err          errno value; ETIME: the connection did not stand in connect_s seconds
 *   tls_problem  what tls_peer_problem() says; "" mostly
 *   waited_s     how long we waited for an answer, for ETIMEDOUT */
void explain_unreachable(char *buf, size_t size, int err, const char *to,
                         enum sip_transport transport, const char *tls_problem, unsigned waited_s);

/* The server has answered, but not with yes. */
void explain_answer(char *buf, size_t size, const struct registration_result *result);

#endif
