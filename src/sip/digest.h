/* SPDX-License-Identifier: MIT */
/* digest.h - HTTP digest as SIP uses it (RFC 3261 section 22, RFC 7616, RFC 8760): reading a
 * challenge and computing the answer. Pure functions, any thread. */
#ifndef SIP_DIGEST_H
#define SIP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DIGEST_MAX_VALUE = 1023, /* realm, nonce, opaque */
    DIGEST_MAX_HEX = 64,
    DIGEST_CNONCE_LEN = 32,
};

/* Weakest first, so that > means stronger. */
enum digest_algorithm { DIGEST_UNKNOWN, DIGEST_MD5, DIGEST_SHA256, DIGEST_SHA512_256 };

struct digest_challenge {
    enum digest_algorithm algorithm;
    bool has_algorithm; /* it was written: then it must be echoed */
    bool has_qop;       /* qop offered, with "auth" among it */
    bool has_opaque;
    bool is_stale;
    char realm[DIGEST_MAX_VALUE + 1]; /* as between the quotes, with its quoted-pairs */
    char nonce[DIGEST_MAX_VALUE + 1];
    char opaque[DIGEST_MAX_VALUE + 1];
};

/* Read the value of one WWW-Authenticate or Proxy-Authenticate header.
 * An algorithm, or a qop without "auth", that we do not know is no error: algorithm is
 * then DIGEST_UNKNOWN.
 * Returns 0, or EBADMSG: not a digest challenge, no realm or nonce, or a value too long. */
int digest_challenge_parse(const char *text, size_t len, struct digest_challenge *ret_challenge);

const char *digest_algorithm_name(enum digest_algorithm algorithm); /* "MD5", "SHA-256", ... */

/* What is answered. All strings borrowed and not NULL. */
struct digest_request {
    const char *username; /* clear, not quoted */
    const char *password;
    const char *method; /* "REGISTER" */
    const char *uri;    /* the Request-URI */
    const char *cnonce; /* used if the challenge has qop */
    uint32_t nc;        /* how often the nonce has been used, from 1 */
};

/* The `response` value, as lower-case hex. Returns 0, ENOTSUP (unknown algorithm) or ENOMEM. */
int digest_response(const struct digest_challenge *challenge, const struct digest_request *request,
                    char ret_hex[DIGEST_MAX_HEX + 1]);

/* text as a quoted-string with its quotes (RFC 3261 section 25.1) into buf.
 * Returns the length, or 0 if buf is too small. */
size_t digest_quote(const char *text, char *buf, size_t size);

#endif
