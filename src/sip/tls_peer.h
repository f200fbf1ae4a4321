/* SPDX-License-Identifier: MIT */
/* tls_peer.h - the TLS context for one SIP server: its certificate is really checked, and when
 * it is refused, why is kept in words. Loop thread only.
 *
 * libre 1.1 never checks a TLS server and sends no SNI, so the OpenSSL context is set up here. */
#ifndef SIP_TLS_PEER_H
#define SIP_TLS_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/host.h"

struct tls;
struct tls_peer;
struct tls_trust;

/* Make the context for connections to server.
 *   server      what the certificate must name: DNS name or IP address SAN
 *   realm       the SIP domain: a certificate for it is good too (RFC 5922 section 7.1)
 *   trust       who may vouch for it; only used in this call
 *   is_strict   false: any certificate will do
 * Returns 0, ENOTSUP (no TLS 1.2) or ENOMEM. Caller owns *ret_peer. */
int tls_peer_new(const struct host *server, const struct host *realm, struct tls_trust *trust,
                 bool is_strict, struct tls_peer **ret_peer);

/* Connections that use the context must be gone. NULL is fine; returns NULL. */
struct tls_peer *tls_peer_free(struct tls_peer *peer);

/* For sip_transp_add. Borrowed. */
struct tls *tls_peer_context(const struct tls_peer *peer);

/* Why the last handshake failed, something a person can act on; "" if nothing is known. */
const char *tls_peer_problem(const struct tls_peer *peer);

/* What the last handshake has shown. A value. */
struct tls_peer_seen {
    uint64_t began_at_ms; /* monotonic: the TCP connection stood then; 0: never yet */
    bool is_done;
    bool has_certificate; /* then the rest is set */
    char name[80];        /* the first that the certificate is for */
    char issuer[80];
    char valid_until[24]; /* "2027-01-31" */
};

/* All zero before the first connection. */
void tls_peer_seen(const struct tls_peer *peer, struct tls_peer_seen *ret_seen);

/* Forget the last problem, and what was seen: before a new connection. */
void tls_peer_clear_problem(struct tls_peer *peer);

#endif
