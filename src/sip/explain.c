/* SPDX-License-Identifier: MIT */
#include "sip/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sip/registration.h"

void explain_unreachable(char *buf, size_t size, const struct explain_fault *fault)
{
    const char *kind = sip_transport_name(fault->transport);
    const char *to = fault->to;

    if (fault->tls_problem[0]) {
        (void)snprintf(buf, size, "%s", fault->tls_problem);
        return;
    }
    switch (fault->err) {
    case ETIMEDOUT:
        (void)snprintf(buf, size, "no answer from %s in %u s", to, fault->waited_s);
        break;
    case ETIME:
        (void)snprintf(buf, size, "no %s with %s in %u s",
                       fault->transport == SIP_TRANSPORT_TLS ? "TLS handshake" : "TCP connection",
                       to, fault->waited_s);
        break;
    case ECONNABORTED:
        (void)snprintf(buf, size, "nothing that we sent to %s has arrived for %u s", to,
                       REGISTRATION_FLOW_DEAD_MS / 1000);
        break;
    case ECONNREFUSED:
        (void)snprintf(buf, size, "%s refuses %s connections: is the server running?", to, kind);
        break;
    case ECONNRESET:
    case EPIPE:
        (void)snprintf(buf, size, "%s closed the connection", to);
        break;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
        (void)snprintf(buf, size, "no route to %s: is the network up?", to);
        break;
    case EAFNOSUPPORT:
    case EINVAL: /* from a loopback address to another machine */
        (void)snprintf(buf, size, "%s cannot be reached from the configured SIP address", to);
        break;
    case EADDRNOTAVAIL:
        (void)snprintf(buf, size, "the configured SIP address is not one of this machine now");
        break;
    case EPROTO:
        (void)snprintf(buf, size, "%s closed the connection when TLS began, or does not speak TLS",
                       to);
        break;
    case EADDRINUSE:
        (void)snprintf(buf, size, "the SIP port is in use by another program");
        break;
    default:
        (void)snprintf(buf, size, "cannot reach %s: %s", to, strerror(fault->err));
        break;
    }
}

void explain_lookup(char *buf, size_t size, int err, const char *host)
{
    if (err == ENOENT)
        (void)snprintf(buf, size, "there is no host named %.100s: is the proxy spelled right?",
                       host);
    else if (err == ETIMEDOUT)
        (void)snprintf(buf, size,
                       "the name %.100s cannot be looked up now: the DNS server does not answer",
                       host);
    else
        (void)snprintf(buf, size, "the name %.100s cannot be looked up now: does DNS work?", host);
}

void explain_stun(char *buf, size_t size, int err, unsigned code, const char *server)
{
    const char *what = "cannot be asked";

    if (err == EREMOTEIO) {
        (void)snprintf(buf, size, "STUN server %.120s answered %u: it does not tell our address",
                       server, code);
        return;
    }
    if (err == EBADMSG)
        what = "says something that cannot be true";
    else if (err == ETIMEDOUT)
        what = "does not answer";
    else if (err == ENOENT)
        what = "has no address";
    (void)snprintf(buf, size, "STUN server %.120s %s", server, what);
}

void explain_answer(char *buf, size_t size, const struct registration_result *result)
{
    const char *phrase = result->phrase[0] ? result->phrase : "no reason given";
    const char *what;

    if (result->is_wrong_password)
        what = "wrong password";
    else if (result->explanation[0])
        what = result->explanation;
    else if (result->code == 404)
        what = "the server does not know this user";
    else if (result->code == 305)
        what = "the server wants another proxy in between: set it as outbound";
    else if (result->outcome == REGISTRATION_UNAVAILABLE)
        what = "the server cannot register us now";
    else if (result->code >= 600)
        what = "the server refuses to register us anywhere";
    else
        what = "the server refuses to register us";
    (void)snprintf(buf, size, "%s: %d %s", what, result->code, phrase);
}
