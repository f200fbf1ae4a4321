/* SPDX-License-Identifier: MIT */
/* tls_trust.h - the CAs that may vouch for a SIP server. Read once, at start: a bundle of all
 * CAs takes 30 ms. Loop thread only. */
#ifndef SIP_TLS_TRUST_H
#define SIP_TLS_TRUST_H

struct ssl_ctx_st;
struct tls_trust;

/* The system's CAs (their directory is looked into when a certificate asks for it), those of
 * $SSL_CERT_FILE and $SSL_CERT_DIR, and those in ca_file (PEM; NULL: none). A machine without
 * CAs is no failure. Blocks.
 * Returns 0, ENOENT (ca_file cannot be read), EINVAL (no certificate in it) or ENOMEM.
 * Caller owns *ret_trust. */
int tls_trust_new(const char *ca_file, struct tls_trust **ret_trust);
struct tls_trust *tls_trust_free(struct tls_trust *trust);

/* Trust the certificates in pem (NUL-terminated), too. Returns 0, EINVAL (none in it, or one
 * that cannot be read; those before it are added) or ENOMEM. */
int tls_trust_add(struct tls_trust *trust, const char *pem);

/* Have ctx check against these. */
void tls_trust_use(const struct tls_trust *trust, struct ssl_ctx_st *ctx);

#endif
