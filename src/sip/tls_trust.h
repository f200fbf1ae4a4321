/* SPDX-License-Identifier: MIT */
/* tls_trust.h - the CAs that may vouch for a SIP server. Loop thread only.
 *
 * A bundle of all CAs of the system takes 30 ms and 0.8 MB. So it is read when the first one asks
 * for it, and all share it: a panel without TLS accounts never has it. */
#ifndef SIP_TLS_TRUST_H
#define SIP_TLS_TRUST_H

struct ssl_ctx_st;
struct tls_trust;
struct tls_trust_wait;
struct worker;

/* How long to wait for a worker that is busy with something else; then it is read on the loop. */
enum { TLS_TRUST_WAIT_MS = 3000 };

/* The system's CAs (their directory is looked into when a certificate asks for it), those of
 * $SSL_CERT_FILE (read when first needed, forgotten with the last tls_trust_free) and
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

typedef void tls_trust_ready_fn(void *arg);

/* Have $SSL_CERT_FILE read by worker (borrowed until then), if that has still to be done. Returns
 * 0: all is ready; or EINPROGRESS: ready is called later, from the loop, once, and *ret_wait is the
 * caller's until then. */
int tls_trust_read(struct worker *worker, tls_trust_ready_fn *ready, void *arg,
                   struct tls_trust_wait **ret_wait);

/* ready will not be called. NULL is fine; returns NULL. */
struct tls_trust_wait *tls_trust_cancel(struct tls_trust_wait *wait);

/* Have ctx check against these; it may outlive trust. Blocks if tls_trust_read was not asked. */
void tls_trust_use(struct tls_trust *trust, struct ssl_ctx_st *ctx);

#endif
