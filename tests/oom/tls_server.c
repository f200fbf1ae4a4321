/* SPDX-License-Identifier: MIT */
#include "tls_server.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "allocate.h"
#include "oom.h"
#include "settings/certificate.h"

enum { HANDSHAKE = 0x16, MAX_TYPE = 0x17, MIN_TYPE = 0x14, CLIENT_HELLO = 1, HEADER_LEN = 5 };

static SSL_CTX *context;
static char certificate_pem[4096], key_pem[4096];
static SSL *ssl;

void tls_server_init(const char *name)
{
    const struct certificate_buffers buffers = {certificate_pem, sizeof(certificate_pem), key_pem,
                                                sizeof(key_pem)};
    BIO *bio;
    X509 *certificate;
    EVP_PKEY *key;

    oom_must(!certificate_make(&name, 1, &buffers));
    context = SSL_CTX_new(TLS_server_method());
    bio = BIO_new_mem_buf(certificate_pem, -1);
    certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    (void)BIO_free(bio);
    bio = BIO_new_mem_buf(key_pem, -1);
    key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    (void)BIO_free(bio);
    oom_must(SSL_CTX_use_certificate(context, certificate) == 1);
    oom_must(SSL_CTX_use_PrivateKey(context, key) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

const char *tls_server_certificate(void)
{
    return certificate_pem;
}

void tls_server_reset(void)
{
    SSL_free(ssl);
    ssl = NULL;
}

bool tls_server_is_record(const uint8_t *data, size_t len)
{
    return len > HEADER_LEN && data[0] >= MIN_TYPE && data[0] <= MAX_TYPE && data[1] == 3;
}

void tls_server_take(const uint8_t *data, size_t len)
{
    unsigned held = allocate_hold();

    if (data[0] == HANDSHAKE && data[HEADER_LEN] == CLIENT_HELLO) {
        tls_server_reset();
        ssl = SSL_new(context);
        SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(ssl);
    }
    if (ssl)
        oom_must(BIO_write(SSL_get_rbio(ssl), data, (int)len) == (int)len);
    allocate_go_on(held);
}

size_t tls_server_read(void *buf, size_t size)
{
    unsigned held = allocate_hold();
    int n = ssl ? SSL_read(ssl, buf, (int)size) : 0;

    ERR_clear_error();
    allocate_go_on(held);
    return n > 0 ? (size_t)n : 0;
}

void tls_server_write(const void *data, size_t len)
{
    unsigned held = allocate_hold();

    if (ssl)
        (void)SSL_write(ssl, data, (int)len);
    ERR_clear_error();
    allocate_go_on(held);
}

size_t tls_server_output(uint8_t *buf, size_t size)
{
    unsigned held = allocate_hold();
    int n = ssl ? BIO_read(SSL_get_wbio(ssl), buf, (int)size) : 0;

    allocate_go_on(held);
    return n > 0 ? (size_t)n : 0;
}
