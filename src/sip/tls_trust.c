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
    unsigned n_owners;
    bool has_bundle; /* that of $SSL_CERT_FILE is among them */
};

/* What is in $SSL_CERT_FILE, for all. */
static struct {
    unsigned n_users;
    bool is_read;
    STACK_OF(X509_INFO) * certs; /* NULL: there are none */
} bundle;

static void bundle_read(void)
{
    const char *file = secure_getenv(X509_get_default_cert_file_env());
    BIO *bio = file ? BIO_new_file(file, "r") : NULL;

    bundle.is_read = true;
    if (bio)
        bundle.certs = PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL);
    BIO_free(bio);
    ERR_clear_error();
}

static void bundle_forget(void)
{
    sk_X509_INFO_pop_free(bundle.certs, X509_INFO_free);
    bundle.certs = NULL;
    bundle.is_read = false;
}

static void add_bundle(struct tls_trust *trust)
{
    if (trust->has_bundle)
        return;
    trust->has_bundle = true;
    if (!bundle.is_read)
        bundle_read();
    for (int i = 0; i < sk_X509_INFO_num(bundle.certs); i++) {
        const X509_INFO *info = sk_X509_INFO_value(bundle.certs, i);

        if (info->x509)
            (void)X509_STORE_add_cert(trust->store, info->x509);
        if (info->crl)
            (void)X509_STORE_add_crl(trust->store, info->crl);
    }
    ERR_clear_error();
}

/* OpenSSL's own default would also read the bundle beside the directory, which says nothing
 * new. */
static void add_directory(X509_STORE *store)
{
    const char *dir = secure_getenv(X509_get_default_cert_dir_env());

    (void)X509_STORE_load_path(store, dir ? dir : X509_get_default_cert_dir());
    ERR_clear_error();
}

int tls_trust_new(const char *ca_file, struct tls_trust **ret_trust)
{
    struct tls_trust *trust = calloc(1, sizeof(*trust));
    int err = 0;

    if (!trust)
        return ENOMEM;
    trust->n_owners = 1;
    bundle.n_users++;
    trust->store = X509_STORE_new();
    if (!trust->store) {
        err = ENOMEM;
        goto out;
    }
    add_directory(trust->store);
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

struct tls_trust *tls_trust_ref(struct tls_trust *trust)
{
    if (trust)
        trust->n_owners++;
    return trust;
}

struct tls_trust *tls_trust_free(struct tls_trust *trust)
{
    if (!trust || --trust->n_owners)
        return NULL;
    X509_STORE_free(trust->store);
    if (!--bundle.n_users)
        bundle_forget();
    free(trust);
    return NULL;
}

void tls_trust_use(struct tls_trust *trust, struct ssl_ctx_st *ctx)
{
    add_bundle(trust);
    SSL_CTX_set1_cert_store(ctx, trust->store);
}
