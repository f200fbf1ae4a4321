/* SPDX-License-Identifier: MIT */
#include "sip/tls_trust.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/timer.h"
#include "base/worker.h"

struct tls_trust {
    X509_STORE *store;
    unsigned n_owners;
    bool has_bundle; /* that of $SSL_CERT_FILE is among them */
};

/* Somebody waits for it. */
struct tls_trust_wait {
    struct tls_trust_wait *next;
    tls_trust_ready_fn *ready;
    void *arg;
};

/* What is in $SSL_CERT_FILE, for all. */
static struct {
    unsigned n_users;
    bool is_read;
    STACK_OF(X509_INFO) * certs; /* NULL: there are none */
    bool is_under_way;           /* a job of a worker */
    struct tls_trust_wait *waits;
    struct timer limit; /* while somebody waits */
} bundle;

struct job {
    char *path;
    STACK_OF(X509_INFO) * certs;
};

static const char *bundle_path(void)
{
    return secure_getenv(X509_get_default_cert_file_env());
}

static STACK_OF(X509_INFO) * read_file(const char *path)
{
    BIO *bio = BIO_new_file(path, "r");
    STACK_OF(X509_INFO) *certs = bio ? PEM_X509_INFO_read_bio(bio, NULL, NULL, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return certs;
}

static void bundle_read(void)
{
    bundle.is_read = true;
    if (bundle_path())
        bundle.certs = read_file(bundle_path());
}

static void bundle_forget(void)
{
    sk_X509_INFO_pop_free(bundle.certs, X509_INFO_free);
    bundle.certs = NULL;
    bundle.is_read = false;
}

static void wake_all(void)
{
    timer_stop(&bundle.limit);
    while (bundle.waits) {
        struct tls_trust_wait *wait = bundle.waits;
        tls_trust_ready_fn *ready = wait->ready;
        void *ready_arg = wait->arg;

        bundle.waits = wait->next;
        free(wait);
        ready(ready_arg);
    }
}

static void work(void *arg)
{
    struct job *job = arg;

    job->certs = read_file(job->path);
}

static void on_done(void *arg)
{
    struct job *job = arg;

    bundle.is_under_way = false;
    if (bundle.is_read || !bundle.n_users) { /* too late */
        sk_X509_INFO_pop_free(job->certs, X509_INFO_free);
    } else {
        bundle.is_read = true;
        bundle.certs = job->certs;
    }
    free(job->path);
    free(job);
    wake_all();
}

/* The worker does something that takes longer: better a short stop than no TLS. */
static void on_limit(void *arg)
{
    (void)arg;
    if (!bundle.is_read)
        bundle_read();
    wake_all();
}

/* Returns false if it has to be read on the loop. */
static bool start_job(struct worker *worker)
{
    struct job *job = calloc(1, sizeof(*job));

    if (job)
        job->path = strdup(bundle_path());
    if (job && job->path && !worker_submit(worker, work, on_done, job)) {
        bundle.is_under_way = true;
        return true;
    }
    if (job)
        free(job->path);
    free(job);
    return false;
}

int tls_trust_read(struct worker *worker, tls_trust_ready_fn *ready, void *arg,
                   struct tls_trust_wait **ret_wait)
{
    struct tls_trust_wait *wait;

    if (bundle.is_read || !bundle_path())
        return 0;
    wait = calloc(1, sizeof(*wait));
    if (!wait || (!bundle.is_under_way && !start_job(worker))) {
        free(wait);
        return 0; /* tls_trust_use reads it */
    }
    *wait = (struct tls_trust_wait){.next = bundle.waits, .ready = ready, .arg = arg};
    if (!bundle.waits)
        timer_start(&bundle.limit, TLS_TRUST_WAIT_MS, on_limit, NULL);
    bundle.waits = wait;
    *ret_wait = wait;
    return EINPROGRESS;
}

struct tls_trust_wait *tls_trust_cancel(struct tls_trust_wait *wait)
{
    struct tls_trust_wait **link = &bundle.waits;

    while (*link && *link != wait)
        link = &(*link)->next;
    if (wait && *link) {
        *link = wait->next;
        free(wait);
    }
    if (!bundle.waits)
        timer_stop(&bundle.limit);
    return NULL;
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

/* Empties the library's list of errors. */
static bool has_no_memory(void)
{
    bool is_so = false;
    unsigned long code;

    while ((code = ERR_get_error()))
        is_so |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    return is_so;
}

/* What the library works out of a certificate at its first use it keeps, even if it had no memory
 * for it: then the certificate is worth nothing for ever. So that is done here, where it can be
 * told. */
static int add_cert(X509_STORE *store, X509 *cert)
{
    bool is_added;

    is_added = X509_get0_pubkey(cert) && X509_check_purpose(cert, -1, 0) == 1 &&
               X509_STORE_add_cert(store, cert);
    if (has_no_memory())
        return ENOMEM;
    return is_added ? 0 : EINVAL;
}

int tls_trust_add(struct tls_trust *trust, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    unsigned n = 0;
    int err = 0;
    X509 *cert;

    if (!bio)
        return ENOMEM;
    ERR_clear_error();
    while (!err && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
        err = add_cert(trust->store, cert);
        X509_free(cert);
        n++;
    }
    /* The end of the text shows as "no start line"; anything else is damage. */
    if (!err && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        err = has_no_memory() ? ENOMEM : EINVAL;
    ERR_clear_error();
    BIO_free(bio);
    return err ? err : n ? 0 : EINVAL;
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
