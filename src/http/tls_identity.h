/* SPDX-License-Identifier: MIT */
/* tls_identity.h - the certificate and key that the HTTPS server shows, as its TLS library wants
 * them. Counted: a connection that began with the old one goes on with it. Loop thread only. */
#ifndef HTTP_TLS_IDENTITY_H
#define HTTP_TLS_IDENTITY_H

struct gnutls_pcert_st;
struct gnutls_privkey_st;
struct tls_identity;

/* Both are PEM, copied. The first call loads the library. Returns 0, EINVAL (the library cannot use
 * them), ENOMEM or ELIBACC (the library cannot be loaded); caller owns *ret_identity. */
int tls_identity_new(const char *certificate_pem, const char *key_pem,
                     struct tls_identity **ret_identity);

/* One more owner. */
struct tls_identity *tls_identity_share(struct tls_identity *identity);

/* One owner less; freed with the last. NULL is fine; returns NULL. */
struct tls_identity *tls_identity_free(struct tls_identity *identity);

/* For the library. Borrowed. */
void tls_identity_show(struct tls_identity *identity, struct gnutls_pcert_st **ret_chain,
                       unsigned *ret_count, struct gnutls_privkey_st **ret_key);

#endif
