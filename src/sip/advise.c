/* SPDX-License-Identifier: MIT */
#include "sip/advise.h"

#include <errno.h>
#include <stdbool.h>

#include "sip/registration.h"

const char *advise_lookup(int err)
{
    if (err == ENOENT)
        return "correct the proxy (or outbound), or enter its IP address";
    return "check that this machine has a DNS server and can reach it, or set nameserver in the "
           "configuration file";
}

const char *advise_unreachable(int err, enum sip_transport transport)
{
    switch (err) {
    case ECONNREFUSED:
        return "check host and port of the proxy, that the SIP server runs, and that it takes this "
               "transport";
    case ETIMEDOUT:
    case ETIME:
    case ECONNABORTED:
        if (transport == SIP_TRANSPORT_UDP)
            return "check host and port of the proxy; a firewall may drop SIP over UDP, so try tcp";
        return "check host and port of the proxy; a firewall may drop these connections";
    case ECONNRESET:
    case EPIPE:
        return "check that the server takes this transport at this port";
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
        return "check cable, address, gateway and routes of this machine";
    case EAFNOSUPPORT:
    case EADDRNOTAVAIL:
        return "correct the address of --sip, or leave it out";
    default:
        return "check host, port and transport of the proxy";
    }
}

const char *advise_certificate(int err, bool has_certificate)
{
    if (has_certificate)
        return "give the server a certificate for the proxy's name from a CA that is trusted here, "
               "or trust its CA (--sip-ca, or sip/tls of the API)";
    if (err == ETIME || err == EPROTO)
        return "check that this port of the server is its TLS port (5061 mostly)";
    return "look into the server's log for why it ends the TLS handshake";
}

const char *advise_answer(const struct registration_result *result)
{
    if (result->is_wrong_password)
        return "type the password again, and compare user, user_id and realm with the server's "
               "account; some servers also answer so when the account has too many registrations";
    if (result->outcome == REGISTRATION_REDIRECTED)
        return "the panel follows only to servers of the same account: if the other one is right, "
               "set it as the proxy";
    switch (result->code) {
    case 404:
    case 604:
        return "compare user and realm with the server's account";
    case 305:
        return "set the proxy that the server names as outbound";
    case 423:
        return "set a longer registration_interval";
    default:
        break;
    }
    if (result->outcome == REGISTRATION_UNAVAILABLE)
        return "look into the server's log; the panel tries again by itself";
    return "look into the server's log; compare proxy, realm and user with its account";
}

const char *advise_stun(int err)
{
    if (err == EBADMSG || err == EREMOTEIO)
        return "use another STUN server, or switch STUN off with stun.ip=127.0.0.1";
    return "correct stun.ip and stun.port, or switch STUN off with stun.ip=127.0.0.1; the panel "
           "registers without it, too";
}
