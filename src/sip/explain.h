/* SPDX-License-Identifier: MIT */
/* explain.h - why we are not registered, in words that a person can act on. Pure functions. */
#ifndef SIP_EXPLAIN_H
#define SIP_EXPLAIN_H

#include <stddef.h>

#include "settings/sip_settings.h"

struct registration_result;

/* Why a server could not be reached. */
struct explain_fault {
    int err;        /* errno value; ETIME: the connection did not stand in time, ECONNABORTED: the
                       other end no longer acknowledges what we send over it */
    const char *to; /* the server's address, as text */
    enum sip_transport transport;
    const char *tls_problem; /* what tls_peer_problem() says; "" mostly */
    unsigned waited_s;       /* for ETIMEDOUT and ETIME */
};

/* Say it. buf: at least one byte. */
void explain_unreachable(char *buf, size_t size, const struct explain_fault *fault);

/* The name of host could not be looked up; err: as resolver_found_fn has it. */
void explain_lookup(char *buf, size_t size, int err, const char *host);

/* The STUN server ("host:port") is of no use; err and code: as stun_result_fn has them, ENOENT:
 * its name cannot be looked up, EAFNOSUPPORT: no address of it can be asked. */
void explain_stun(char *buf, size_t size, int err, unsigned code, const char *server);

/* The server has answered, but not with yes. */
void explain_answer(char *buf, size_t size, const struct registration_result *result);

#endif
