/* SPDX-License-Identifier: MIT */
#include "settings/certificate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum {
    LIFE_DAYS = 3650,
    EARLIER_S = 24 * 3600, /* valid since: clocks differ */
    SERIAL_BITS = 120,
    MAX_ALT_NAMES = 2048,
    MIN_RSA_BITS = 2048,
};

/* A key that is locked by a pass phrase: nobody is there to ask. */
static int no_pass_phrase(char *buf, int size, int is_writing, void *arg)
{
    (void)buf;
    (void)size;
    (void)is_writing;
    (void)arg;
    return -1;
}

/* Each certificate in pem; the first in *ret_first if that is not NULL. Returns how many, -1 if
 * one cannot be read. */
static int read_all(const char *pem, X509 **ret_first)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *first = NULL, *cert;
    int n = 0;

    if (!bio)
        return -1;
    while ((cert = PEM_read_bio_X509(bio, NULL, no_pass_phrase, NULL))) {
        n++;
        if (first)
            X509_free(cert);
        else
            first = cert;
    }
    /* The end of the text shows as "no start line"; anything else is damage. */
    if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        n = -1;
    ERR_clear_error();
    BIO_free(bio);
    if (n > 0 && ret_first)
        *ret_first = first;
    else
        X509_free(first);
    return n;
}

const char *certificate_check_ca(const char *pem)
{
    const char *at = pem;
    int n_begins = 0;
    int n = read_all(pem, NULL);

    if (strstr(pem, "PRIVATE KEY-----"))
        return "must not have a private key in it";
    if (n < 0)
        return "has a certificate in it that cannot be read";
    if (n == 0)
        return "must hold at least one certificate as PEM";
    for (; (at = strstr(at, "-----BEGIN ")); at++)
        n_begins++;
    return n_begins == n ? NULL : "must hold certificates only";
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return key;
}

const char *certificate_check_pair(const char *certificate_pem, const char *key_pem,
                                   bool *ret_is_key)
{
    const char *wrong = certificate_check_ca(certificate_pem);
    X509 *cert = NULL;
    EVP_PKEY *key = NULL;

    *ret_is_key = false;
    if (wrong)
        return wrong;
    if (read_all(certificate_pem, &cert) <= 0)
        return "cannot be read";
    *ret_is_key = true;
    key = read_key(key_pem);
    if (!key)
        wrong = "must be a private key as PEM, without a pass phrase";
    else if (!X509_check_private_key(cert, key))
        wrong = "is not the key of this certificate";
    else if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) < MIN_RSA_BITS)
        wrong = "must have 2048 bits or more";
    ERR_clear_error();
    EVP_PKEY_free(key);
    X509_free(cert);
    return wrong;
}

static void write_fingerprint(const X509 *cert, char text[96])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    text[0] = '\0';
    if (!X509_digest(cert, EVP_sha256(), digest, &len) || len != 32)
        return;
    for (size_t i = 0; i < len; i++)
        (void)snprintf(text + 3 * i, 4, i + 1 < len ? "%02X:" : "%02X", digest[i]);
}

static void write_subject(const X509 *cert, char *text, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n = -1;

    /* RFC 2253 also escapes what is not printable. */
    if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0)
        n = BIO_read(bio, text, (int)size - 1);
    text[n > 0 ? n : 0] = '\0';
    BIO_free(bio);
}

int certificate_describe(const char *pem, struct certificate_info *ret_info)
{
    ASN1_TIME *epoch;
    X509 *cert = NULL;
    int days = 0, seconds = 0;

    if (read_all(pem, &cert) <= 0)
        return EINVAL;
    memset(ret_info, 0, sizeof(*ret_info));
    write_fingerprint(cert, ret_info->fingerprint);
    write_subject(cert, ret_info->subject, sizeof(ret_info->subject));
    epoch = ASN1_TIME_set(NULL, 0);
    if (epoch && ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(cert)))
        ret_info->not_after_s = (int64_t)days * 86400 + seconds;
    ASN1_TIME_free(epoch);
    ret_info->is_self_signed = X509_self_signed(cert, 0) == 1;
    ERR_clear_error();
    X509_free(cert);
    return 0;
}

/* ---- our own ---- */

static bool is_address(const char *name)
{
    unsigned char addr[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, name, addr) == 1 || inet_pton(AF_INET6, name, addr) == 1;
}

/* A host name whose characters mean nothing to the configuration syntax below. */
static bool is_plain(const char *name)
{
    size_t len = strlen(name);

    return len > 0 && len <= CERTIFICATE_MAX_NAME &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:") ==
               len;
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool is_added = extension && X509_add_ext(cert, extension, -1);

    X509_EXTENSION_free(extension);
    return is_added;
}

static bool add_names(X509 *cert, const char *const names[], size_t count)
{
    char alt[MAX_ALT_NAMES] = "";
    size_t len = 0;
    X509_NAME *subject = X509_get_subject_name(cert);
    const char *first = NULL;

    for (size_t i = 0; i < count; i++) {
        int n;

        if (!is_plain(names[i]))
            continue;
        n = snprintf(alt + len, sizeof(alt) - len, "%s%s:%s", len ? "," : "",
                     is_address(names[i]) ? "IP" : "DNS", names[i]);
        if (n < 0 || (size_t)n >= sizeof(alt) - len)
            return false;
        len += (size_t)n;
        if (!first && strlen(names[i]) <= ub_common_name)
            first = names[i];
    }
    return first && subject &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)first,
                                      -1, -1, 0) &&
           X509_set_issuer_name(cert, subject) && add_extension(cert, NID_subject_alt_name, alt);
}

static bool set_serial(X509 *cert)
{
    BIGNUM *number = BN_new();
    bool is_set = number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
                  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));

    BN_free(number);
    return is_set;
}

/* A clock that is not set yet would make a certificate that is over when it is. */
static time_t now(void)
{
    time_t time_s = time(NULL);

    return time_s > PORTERO_RELEASED_AT_S ? time_s : PORTERO_RELEASED_AT_S;
}

/* As little as a server needs; it may not sign others. */
static X509 *make_certificate(EVP_PKEY *key, const char *const names[], size_t count)
{
    X509 *cert = X509_new();
    time_t from = now();
    bool is_made = cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
                   X509_time_adj_ex(X509_getm_notBefore(cert), 0, -EARLIER_S, &from) &&
                   X509_time_adj_ex(X509_getm_notAfter(cert), LIFE_DAYS, 0, &from) &&
                   X509_set_pubkey(cert, key) && add_names(cert, names, count) &&
                   add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
                   add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
                   add_extension(cert, NID_ext_key_usage, "serverAuth") &&
                   X509_sign(cert, key, EVP_sha256());

    if (!is_made) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

/* All that was written to bio, as a text. */
static int take_text(BIO *bio, char *text, size_t size)
{
    size_t len = bio ? BIO_ctrl_pending(bio) : 0;

    if (!len || len >= size)
        return len ? EMSGSIZE : ENOMEM;
    (void)BIO_read(bio, text, (int)len);
    text[len] = '\0';
    return 0;
}

int certificate_make(const char *const names[], size_t count,
                     const struct certificate_buffers *buffers)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = key ? make_certificate(key, names, count) : NULL;
    BIO *cert_bio = BIO_new(BIO_s_mem());
    BIO *key_bio = BIO_new(BIO_s_secmem()); /* wiped when freed */
    int err = ENOMEM;

    buffers->certificate_pem[0] = '\0';
    buffers->key_pem[0] = '\0';
    if (cert && cert_bio && key_bio && PEM_write_bio_X509(cert_bio, cert) &&
        PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL)) {
        err = take_text(cert_bio, buffers->certificate_pem, buffers->certificate_size);
        if (!err)
            err = take_text(key_bio, buffers->key_pem, buffers->key_size);
    }
    if (err) {
        explicit_bzero(buffers->key_pem, buffers->key_size);
        buffers->certificate_pem[0] = '\0';
    }
    ERR_clear_error();
    BIO_free(cert_bio);
    BIO_free(key_bio);
    X509_free(cert);
    EVP_PKEY_free(key);
    return err;
}
