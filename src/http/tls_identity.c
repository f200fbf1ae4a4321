/* SPDX-License-Identifier: MIT */
#include "http/tls_identity.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "http/gnutls_late.h"

enum { MAX_CHAIN = 8 };

struct tls_identity {
    unsigned owners;
    gnutls_pcert_st chain[MAX_CHAIN];
    unsigned count;
    gnutls_privkey_t key;
};

/* The library's errors of what it was given, not of memory. */
static int to_errno(int code)
{
    if (code >= 0)
        return 0;
    return code == GNUTLS_E_MEMORY_ERROR ? ENOMEM : EINVAL;
}

static gnutls_datum_t datum_of(const char *pem)
{
    return (gnutls_datum_t){(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
}

int tls_identity_new(const char *certificate_pem, const char *key_pem,
                     struct tls_identity **ret_identity)
{
    gnutls_datum_t certificate = datum_of(certificate_pem), key = datum_of(key_pem);
    struct tls_identity *identity;
    unsigned count = MAX_CHAIN;
    int err = gnutls_late_load();

    if (err)
        return err;
    identity = calloc(1, sizeof(*identity));
    if (!identity)
        return ENOMEM;
    identity->owners = 1;
    err = to_errno(gnutls_pcert_list_import_x509_raw(identity->chain, &count, &certificate,
                                                     GNUTLS_X509_FMT_PEM, 0));
    if (!err)
        identity->count = count;
    if (!err)
        err = to_errno(gnutls_privkey_init(&identity->key));
    if (!err)
        err = to_errno(
            gnutls_privkey_import_x509_raw(identity->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0));
    if (err)
        tls_identity_free(identity);
    else
        *ret_identity = identity;
    return err;
}

struct tls_identity *tls_identity_share(struct tls_identity *identity)
{
    identity->owners++;
    return identity;
}

struct tls_identity *tls_identity_free(struct tls_identity *identity)
{
    if (!identity || --identity->owners > 0)
        return NULL;
    for (unsigned i = 0; i < identity->count; i++)
        gnutls_pcert_deinit(&identity->chain[i]);
    gnutls_privkey_deinit(identity->key);
    free(identity);
    return NULL;
}

void tls_identity_show(struct tls_identity *identity, struct gnutls_pcert_st **ret_chain,
                       unsigned *ret_count, struct gnutls_privkey_st **ret_key)
{
    *ret_chain = identity->chain;
    *ret_count = identity->count;
    *ret_key = identity->key;
}
