/* SPDX-License-Identifier: MIT */
#include "sip/tls_trust.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct tls_trust {
    X509_STORE *store;
};

/* OpenSSL's own default would also read the bundle beside the directory, which takes 30 ms and
 * says nothing new. */
static void add_system(X509_STORE *store)
{
    const char *dir = secure_getenv(X509_get_default_cert_dir_env());
    const char *file = secure_getenv(X509_get_default_cert_file_env());

    (void)X509_STORE_load_path(store, dir ? dir : X509_get_default_cert_dir());
    if (file)
        (void)X509_STORE_load_file(store, file);
    ERR_clear_error();
}

int tls_trust_new(const char *ca_file, struct tls_trust **ret_trust)
{
    struct tls_trust *trust = calloc(1, sizeof(*trust));
    int err = 0;

    if (!trust)
        return ENOMEM;
    trust->store = X509_STORE_new();
    if (!trust->store) {
        err = ENOMEM;
        goto out;
    }
    add_system(trust->store);
    if (ca_file && !X509_STORE_load_file(trust->store, ca_file)) {
        err = access(ca_file, R_OK) ? ENOENT : EINVAL;
    }

out:
    ERR_clear_error();
    if (err)
        tls_trust_free(trust);
    else
        *ret_trust = trust;
    return err;
}

int tls_trust_add(struct tls_trust *trust, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    unsigned n = 0;
    bool is_bad = false;
    X509 *cert;

    if (!bio)
        return ENOMEM;
    while (!is_bad && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        is_bad = !X509_STORE_add_cert(trust->store, cert);
        X509_free(cert);
        n++;
    }
    /* The end of the text shows as "no start line"; anything else is damage. */
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        is_bad = true;
    ERR_clear_error();
    BIO_free(bio);
    return n && !is_bad ? 0 : EINVAL;
}

struct tls_trust *tls_trust_free(struct tls_trust *trust)
{
    if (!trust)
        return NULL;
    X509_STORE_free(trust->store);
    free(trust);
    return NULL;
}

void tls_trust_use(const struct tls_trust *trust, struct ssl_ctx_st *ctx)
{
    SSL_CTX_set1_cert_store(ctx, trust->store);
}
