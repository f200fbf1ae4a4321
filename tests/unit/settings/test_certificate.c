/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "settings/certificate.h"

struct identity {
    char certificate[4096];
    char key[1024];
};

static const char *const names[] = {"localhost", "gate.example.com", "192.0.2.7", "2001:db8::7"};

static int make(struct identity *identity, const char *const list[], size_t count)
{
    const struct certificate_buffers buffers = {
        identity->certificate, sizeof(identity->certificate), identity->key, sizeof(identity->key)};

    return certificate_make(list, count, &buffers);
}

static X509 *parse(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

    BIO_free(bio);
    assert_non_null(cert);
    return cert;
}

static void test_made(void **state)
{
    struct identity identity;
    struct certificate_info info;
    X509 *cert;
    bool is_key;

    (void)state;
    assert_int_equal(make(&identity, names, 4), 0);
    assert_null(certificate_check_pair(identity.certificate, identity.key, &is_key));
    assert_int_equal(certificate_describe(identity.certificate, &info), 0);
    assert_string_equal(info.subject, "CN=localhost");
    assert_true(info.is_self_signed);
    assert_true(info.not_after_s > time(NULL) + 3649LL * 86400);
    assert_true(info.not_after_s < time(NULL) + 3651LL * 86400);
    assert_int_equal(strlen(info.fingerprint), 95);

    cert = parse(identity.certificate);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(X509_check_host(cert, names[i], 0, 0, NULL), 1);
    for (size_t i = 2; i < 4; i++)
        assert_int_equal(X509_check_ip_asc(cert, names[i], 0), 1);
    assert_int_equal(X509_check_host(cert, "other.example.com", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ip_asc(cert, "192.0.2.8", 0), 0);
    assert_int_equal(X509_check_ca(cert), 0);
    X509_free(cert);
}

/* SHA-256 of the DER, as another implementation of the same would write it. */
static void test_fingerprint(void **state)
{
    struct identity identity;
    struct certificate_info info;
    unsigned char *der = NULL, digest[32];
    char text[96] = "";
    X509 *cert;
    int len;

    (void)state;
    assert_int_equal(make(&identity, names, 1), 0);
    cert = parse(identity.certificate);
    len = i2d_X509(cert, &der);
    assert_true(len > 0);
    assert_true(EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL));
    for (int i = 0; i < 32; i++)
        (void)snprintf(text + 3 * i, 4, i < 31 ? "%02X:" : "%02X", digest[i]);
    assert_int_equal(certificate_describe(identity.certificate, &info), 0);
    assert_string_equal(info.fingerprint, text);
    OPENSSL_free(der);
    X509_free(cert);
}

/* Two of ours differ in everything: key, serial number, fingerprint. */
static void test_each_is_another(void **state)
{
    struct identity a, b;
    bool is_key;

    (void)state;
    assert_int_equal(make(&a, names, 1), 0);
    assert_int_equal(make(&b, names, 1), 0);
    assert_string_not_equal(a.key, b.key);
    assert_string_equal(certificate_check_pair(a.certificate, b.key, &is_key),
                        "is not the key of this certificate");
    assert_true(is_key);
}

/* What could be more than a name in OpenSSL's own syntax is left out. */
static void test_odd_names(void **state)
{
    static const char *const odd[] = {"a,IP:192.0.2.1", "", "@section", "gate name", "gate"};
    char long_name[CERTIFICATE_MAX_NAME + 2];
    const char *too_long[] = {long_name};
    struct identity identity;
    X509 *cert;

    (void)state;
    assert_int_equal(make(&identity, odd, 5), 0);
    cert = parse(identity.certificate);
    assert_int_equal(X509_check_host(cert, "gate", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(cert, "192.0.2.1", 0), 0);
    X509_free(cert);
    assert_int_not_equal(make(&identity, odd, 4), 0);
    assert_string_equal(identity.certificate, "");
    assert_string_equal(identity.key, "");
    memset(long_name, 'a', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    assert_int_not_equal(make(&identity, too_long, 1), 0);
}

static void test_too_small_a_place(void **state)
{
    struct identity identity;
    struct certificate_buffers buffers = {identity.certificate, sizeof(identity.certificate),
                                          identity.key, 100};

    (void)state;
    memset(&identity, 'x', sizeof(identity));
    assert_int_equal(certificate_make(names, 1, &buffers), EMSGSIZE);
    assert_string_equal(identity.certificate, "");
    assert_string_equal(identity.key, "");
    assert_null(memchr(identity.key, 'M', 100));
    buffers.key_size = sizeof(identity.key);
    buffers.certificate_size = 100;
    assert_int_equal(certificate_make(names, 1, &buffers), EMSGSIZE);
}

static void test_cas(void **state)
{
    struct identity a, b;
    char both[10000], broken[4096];

    (void)state;
    assert_int_equal(make(&a, names, 1), 0);
    assert_int_equal(make(&b, names, 1), 0);
    assert_null(certificate_check_ca(a.certificate));
    (void)snprintf(both, sizeof(both), "Root A\n%s\nRoot B\n%s", a.certificate, b.certificate);
    assert_null(certificate_check_ca(both));

    assert_non_null(certificate_check_ca(""));
    assert_non_null(certificate_check_ca("garbage"));
    assert_non_null(certificate_check_ca("-----BEGIN CERTIFICATE-----\n"));
    (void)snprintf(both, sizeof(both), "%s%s", a.certificate, b.key);
    assert_string_equal(certificate_check_ca(both), "must not have a private key in it");
    assert_string_equal(certificate_check_ca(b.key), "must not have a private key in it");
    (void)snprintf(both, sizeof(both),
                   "%s-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", a.certificate);
    assert_string_equal(certificate_check_ca(both), "must hold certificates only");

    /* The second one is cut, or one of its letters is another. */
    (void)snprintf(both, sizeof(both), "%s%.200s", a.certificate, b.certificate);
    assert_non_null(certificate_check_ca(both));
    (void)snprintf(broken, sizeof(broken), "%s", b.certificate);
    memcpy(broken + 60, "!!!!", 4);
    (void)snprintf(both, sizeof(both), "%s%s", a.certificate, broken);
    assert_non_null(certificate_check_ca(both));
}

static void write_key(EVP_PKEY *key, const EVP_CIPHER *cipher, char *text, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int n;

    assert_true(
        PEM_write_bio_PrivateKey(bio, key, cipher, (const unsigned char *)"pass", 4, NULL, NULL));
    n = BIO_read(bio, text, (int)size - 1);
    assert_true(n > 0);
    text[n] = '\0';
    BIO_free(bio);
}

static void test_pairs(void **state)
{
    struct identity a;
    char text[10000];
    EVP_PKEY *key;
    BIO *bio;
    bool is_key;

    (void)state;
    assert_int_equal(make(&a, names, 1), 0);
    assert_non_null(certificate_check_pair("garbage", a.key, &is_key));
    assert_false(is_key);
    assert_non_null(certificate_check_pair(a.certificate, "garbage", &is_key));
    assert_true(is_key);
    assert_non_null(certificate_check_pair(a.certificate, a.certificate, &is_key));
    assert_true(is_key);
    /* Would otherwise be stored in clear. */
    (void)snprintf(text, sizeof(text), "%s%s", a.certificate, a.key);
    assert_non_null(certificate_check_pair(text, a.key, &is_key));
    assert_false(is_key);
    /* Locked: nobody is asked for the pass phrase. */
    bio = BIO_new_mem_buf(a.key, -1);
    key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    write_key(key, EVP_aes_128_cbc(), text, sizeof(text));
    assert_string_equal(certificate_check_pair(a.certificate, text, &is_key),
                        "must be a private key as PEM, without a pass phrase");
    EVP_PKEY_free(key);
    BIO_free(bio);
}

/* GnuTLS would not use such a one. */
static void test_short_rsa(void **state)
{
    EVP_PKEY *key = EVP_RSA_gen(1024);
    X509 *cert = X509_new();
    char text[4096], certificate[4096];
    BIO *bio = BIO_new(BIO_s_mem());
    bool is_key;
    int n;

    (void)state;
    assert_true(X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
                X509_gmtime_adj(X509_getm_notAfter(cert), 3600) && X509_set_pubkey(cert, key) &&
                X509_sign(cert, key, EVP_sha256()) && PEM_write_bio_X509(bio, cert));
    n = BIO_read(bio, certificate, sizeof(certificate) - 1);
    assert_true(n > 0);
    certificate[n] = '\0';
    write_key(key, NULL, text, sizeof(text));
    assert_string_equal(certificate_check_pair(certificate, text, &is_key),
                        "must have 2048 bits or more");
    BIO_free(bio);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void test_what_is_none_is_not_described(void **state)
{
    struct certificate_info info;

    (void)state;
    assert_int_equal(certificate_describe("", &info), EINVAL);
    assert_int_equal(certificate_describe("garbage", &info), EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made),
        cmocka_unit_test(test_fingerprint),
        cmocka_unit_test(test_each_is_another),
        cmocka_unit_test(test_odd_names),
        cmocka_unit_test(test_too_small_a_place),
        cmocka_unit_test(test_cas),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_short_rsa),
        cmocka_unit_test(test_what_is_none_is_not_described),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
