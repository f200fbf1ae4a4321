/* SPDX-License-Identifier: MIT */
#include "sip/tls_peer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <re_types.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_tcp.h>
#include <re_tls.h>

#include "base/clock.h"
#include "sip/tls_trust.h"

enum { VERIFY_DEPTH = 5, MAX_PROBLEM = 160 };

struct tls_peer {
    struct tls *tls;
    struct host server;
    struct host realm;
    char problem[MAX_PROBLEM];
    struct tls_peer_seen seen;
};

/* NULL: it is gone; a connection may stay a while (held.h). */
static struct tls_peer *peer_of(const SSL *ssl)
{
    return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

static void set_problem(struct tls_peer *peer, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The first problem of a handshake is the cause; what follows is its consequence. */
static void set_problem(struct tls_peer *peer, const char *fmt, ...)
{
    va_list ap;

    if (peer->problem[0])
        return;
    va_start(ap, fmt);
    (void)vsnprintf(peer->problem, sizeof(peer->problem), fmt, ap);
    va_end(ap);
}

static bool names(X509 *cert, const struct host *host)
{
    if (host->is_address)
        return X509_check_ip_asc(cert, host->name, 0) == 1;
    return X509_check_host(cert, host->name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

/* The first name that the certificate does have, for the message. */
static void first_name(X509 *cert, char *buf, size_t size)
{
    GENERAL_NAMES *sans = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

    (void)snprintf(buf, size, "nobody");
    for (int i = 0; i < sk_GENERAL_NAME_num(sans); i++) {
        const GENERAL_NAME *san = sk_GENERAL_NAME_value(sans, i);
        const unsigned char *ip;

        if (san->type == GEN_DNS) {
            (void)snprintf(buf, size, "%.*s", ASN1_STRING_length(san->d.dNSName),
                           (const char *)ASN1_STRING_get0_data(san->d.dNSName));
            break;
        }
        if (san->type == GEN_IPADD && ASN1_STRING_length(san->d.iPAddress) == 4) {
            ip = ASN1_STRING_get0_data(san->d.iPAddress);
            (void)snprintf(buf, size, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
            break;
        }
    }
    if (!sans)
        (void)X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, buf,
                                        (int)size);
    GENERAL_NAMES_free(sans);
}

static void print_time(const ASN1_TIME *time, char *buf, size_t size)
{
    struct tm tm = {0};

    if (!ASN1_TIME_to_tm(time, &tm) || !strftime(buf, size, "%Y-%m-%d", &tm))
        (void)snprintf(buf, size, "an unreadable date");
}

/* Text from outside: what is not printable becomes '?'. */
static void make_printable(char *text)
{
    for (; *text; text++)
        *text = (*text < 0x20 || *text > 0x7e) ? '?' : *text;
}

/* Common name, or organization where there is none. */
static void print_issuer(const X509 *cert, char *buf, size_t size)
{
    X509_NAME *name = X509_get_issuer_name(cert);

    if (X509_NAME_get_text_by_NID(name, NID_commonName, buf, (int)size) < 0 &&
        X509_NAME_get_text_by_NID(name, NID_organizationName, buf, (int)size) < 0)
        (void)snprintf(buf, size, "nobody");
    make_printable(buf);
}

static void note_certificate(struct tls_peer *peer, X509 *cert)
{
    if (!cert)
        return;
    peer->seen.has_certificate = true;
    first_name(cert, peer->seen.name, sizeof(peer->seen.name));
    make_printable(peer->seen.name);
    print_issuer(cert, peer->seen.issuer, sizeof(peer->seen.issuer));
    print_time(X509_get0_notAfter(cert), peer->seen.valid_until, sizeof(peer->seen.valid_until));
}

static void explain(struct tls_peer *peer, X509_STORE_CTX *ctx)
{
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    int error = X509_STORE_CTX_get_error(ctx);
    char text[80] = "";

    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        print_time(X509_get0_notAfter(cert), text, sizeof(text));
        set_problem(peer, "certificate of %s expired on %s", peer->server.name, text);
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        print_time(X509_get0_notBefore(cert), text, sizeof(text));
        set_problem(peer, "certificate of %s is valid only from %s: is the clock right?",
                    peer->server.name, text);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        set_problem(peer, "certificate of %s is self-signed and not among the trusted ones",
                    peer->server.name);
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        if (cert)
            (void)X509_NAME_get_text_by_NID(X509_get_issuer_name(cert), NID_commonName, text,
                                            sizeof(text));
        set_problem(peer, "certificate of %s was issued by \"%s\", which is not a trusted CA",
                    peer->server.name, text);
        break;
    default:
        set_problem(peer, "certificate of %s is not good: %s", peer->server.name,
                    X509_verify_cert_error_string(error));
        break;
    }
}

/* Called for each certificate of the chain, the server's own last. The name is checked here
 * and not by OpenSSL, because either of two names will do. */
static int on_verify(int is_good, X509_STORE_CTX *ctx)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_peer *peer = peer_of(ssl);
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    char name[80];

    if (!peer)
        return 0;
    note_certificate(peer, X509_STORE_CTX_get0_cert(ctx));
    if (!is_good) {
        explain(peer, ctx);
        return 0;
    }
    if (X509_STORE_CTX_get_error_depth(ctx) > 0 || names(cert, &peer->server) ||
        names(cert, &peer->realm))
        return 1;

    first_name(cert, name, sizeof(name));
    set_problem(peer, "certificate is for %s, not %s", name, peer->server.name);
    X509_STORE_CTX_set_error(ctx, peer->server.is_address ? X509_V_ERR_IP_ADDRESS_MISMATCH
                                                          : X509_V_ERR_HOSTNAME_MISMATCH);
    return 0;
}

static void note_handshake(struct tls_peer *peer, const SSL *ssl, int where)
{
    X509 *cert;

    if ((where & SSL_CB_HANDSHAKE_START) && !SSL_is_init_finished(ssl))
        peer->seen.began_at_ms = clock_monotonic_ms();
    if (!(where & SSL_CB_HANDSHAKE_DONE))
        return;
    peer->seen.is_done = true;
    cert = SSL_get1_peer_certificate(ssl);
    note_certificate(peer, cert); /* where nothing is checked, or a session is resumed */
    X509_free(cert);
}

static void on_info(const SSL *ssl, int where, int ret)
{
    struct tls_peer *peer = peer_of(ssl);

    if (!peer)
        return;
    note_handshake(peer, ssl, where);
    if ((where & SSL_CB_HANDSHAKE_START) && !SSL_is_init_finished(ssl) &&
        !peer->server.is_address) {
        /* RFC 6066 section 3: names only, never an address. */
        (void)SSL_set_tlsext_host_name((SSL *)(uintptr_t)ssl, peer->server.name);
    } else if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (ret >> 8) == SSL3_AL_FATAL) {
        set_problem(peer, "%s ended the TLS handshake: %s", peer->server.name,
                    SSL_alert_desc_string_long(ret));
    }
}

static int set_up(struct tls_peer *peer, struct tls_trust *trust, bool is_strict)
{
    SSL_CTX *ctx = tls_openssl_context(peer->tls);

    if (!ctx)
        return ENOMEM;
    if (!SSL_CTX_set_app_data(ctx, peer))
        return ENOMEM;
    SSL_CTX_set_verify(ctx, is_strict ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                       is_strict ? on_verify : NULL);
    SSL_CTX_set_verify_depth(ctx, VERIFY_DEPTH);
    SSL_CTX_set_info_callback(ctx, on_info);
    if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION))
        return ENOTSUP;
    if (is_strict)
        tls_trust_use(trust, ctx);
    return 0;
}

int tls_peer_new(const struct host *server, const struct host *realm, struct tls_trust *trust,
                 bool is_strict, struct tls_peer **ret_peer)
{
    struct tls_peer *peer = calloc(1, sizeof(*peer));
    int err;

    if (!peer)
        return ENOMEM;
    peer->server = *server;
    peer->realm = *realm;
    err = tls_alloc(&peer->tls, TLS_METHOD_SSLV23, NULL, NULL);
    if (err)
        goto out;
    err = set_up(peer, trust, is_strict);

out:
    if (err)
        tls_peer_free(peer);
    else
        *ret_peer = peer;
    return err;
}

struct tls_peer *tls_peer_free(struct tls_peer *peer)
{
    if (!peer)
        return NULL;
    if (peer->tls)
        (void)SSL_CTX_set_app_data(tls_openssl_context(peer->tls), NULL);
    mem_deref(peer->tls);
    free(peer);
    return NULL;
}

struct tls *tls_peer_context(const struct tls_peer *peer)
{
    return peer->tls;
}

void tls_peer_seen(const struct tls_peer *peer, struct tls_peer_seen *ret_seen)
{
    *ret_seen = peer->seen;
}

const char *tls_peer_problem(const struct tls_peer *peer)
{
    return peer->problem;
}

void tls_peer_clear_problem(struct tls_peer *peer)
{
    peer->problem[0] = '\0';
    peer->seen = (struct tls_peer_seen){0};
}
