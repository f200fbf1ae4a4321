/* SPDX-License-Identifier: MIT */
/* tls_trust.h - the CAs that may vouch for a SIP server. Loop thread only.
 *
 * A bundle of all CAs of the system takes 30 ms and 0.8 MB. So it is read when the first one asks
 * for it, and all share it: a panel without TLS accounts never has it. */
#ifndef SIP_TLS_TRUST_H
#define SIP_TLS_TRUST_H

struct ssl_ctx_st;
struct tls_trust;

/* The system's CAs (their directory is looked into when a certificate asks for it), those of
 * $SSL_CERT_FILE (read by the first tls_trust_use, forgotten with the last tls_trust_free) and
 * $SSL_CERT_DIR, and those in ca_file (PEM; NULL: none; read now). A machine without CAs is no
 * failure. Blocks.
 * Returns 0, ENOENT (ca_file cannot be read), EINVAL (no certificate in it) or ENOMEM.
 * Caller owns *ret_trust. */
int tls_trust_new(const char *ca_file, struct tls_trust **ret_trust);

/* Another owner: it is gone when all have freed it. Returns trust; NULL is fine. */
struct tls_trust *tls_trust_ref(struct tls_trust *trust);
struct tls_trust *tls_trust_free(struct tls_trust *trust);

/* Trust the certificates in pem (NUL-terminated), too. Returns 0, EINVAL (none in it, or one
 * that cannot be read; those before it are added) or ENOMEM. */
int tls_trust_add(struct tls_trust *trust, const char *pem);

/* Have ctx check against these; it may outlive trust. May block once, to read $SSL_CERT_FILE. */
void tls_trust_use(struct tls_trust *trust, struct ssl_ctx_st *ctx);

#endif
