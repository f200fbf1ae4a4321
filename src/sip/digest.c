/* SPDX-License-Identifier: MIT */
#include "sip/digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

static const struct {
    const char *name;
    const EVP_MD *(*hash)(void);
} algorithms[] = {
    [DIGEST_UNKNOWN] = {"unknown", NULL},
    [DIGEST_MD5] = {"MD5", EVP_md5},
    [DIGEST_SHA256] = {"SHA-256", EVP_sha256},
    [DIGEST_SHA512_256] = {"SHA-512-256", EVP_sha512_256},
};

enum { ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

const char *digest_algorithm_name(enum digest_algorithm algorithm)
{
    return algorithms[algorithm].name;
}

/* A piece of the header; not NUL-terminated. */
struct span {
    const char *at;
    size_t len;
};

static bool span_is(struct span span, const char *word)
{
    return span.len == strlen(word) && !strncasecmp(span.at, word, span.len);
}

static const char *skip_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    return at;
}

/* Take one `name = value` off the front, value a token or a quoted-string (without its
 * quotes). Returns where it ends, or NULL if there is none or it is malformed. */
static const char *next_param(const char *at, const char *end, struct span *name,
                              struct span *value)
{
    at = skip_blank(at, end);
    name->at = at;
    while (at < end && !strchr("=, \t\r\n\"", *at))
        at++;
    name->len = (size_t)(at - name->at);
    at = skip_blank(at, end);
    if (!name->len || at == end || *at != '=')
        return NULL;
    at = skip_blank(at + 1, end);
    if (at < end && *at == '"') {
        value->at = ++at;
        while (at < end && *at != '"')
            at += (*at == '\\' && at + 1 < end) ? 2 : 1;
        if (at >= end)
            return NULL;
        value->len = (size_t)(at - value->at);
        return at + 1;
    }
    value->at = at;
    while (at < end && !strchr(", \t\r\n", *at))
        at++;
    value->len = (size_t)(at - value->at);
    return at;
}

/* Into buf, once: a name that comes twice could mean either. What is echoed later must hold
 * no control character. */
static int copy_value(struct span value, char buf[DIGEST_MAX_VALUE + 1], bool *is_there)
{
    if (*is_there || value.len > DIGEST_MAX_VALUE)
        return EBADMSG;
    *is_there = true;
    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char)value.at[i] < 0x20 || value.at[i] == 0x7f)
            return EBADMSG;
    }
    memcpy(buf, value.at, value.len);
    buf[value.len] = '\0';
    return 0;
}

static enum digest_algorithm algorithm_of(struct span name)
{
    for (int i = DIGEST_MD5; i < ALGORITHMS; i++) {
        if (span_is(name, algorithms[i].name))
            return (enum digest_algorithm)i;
    }
    return DIGEST_UNKNOWN;
}

/* qop is a list: "auth,auth-int". */
static bool has_auth(struct span list)
{
    const char *at = list.at;
    const char *end = list.at + list.len;

    while (at < end) {
        struct span word;

        at = skip_blank(at, end);
        word.at = at;
        while (at < end && !strchr(", \t", *at))
            at++;
        word.len = (size_t)(at - word.at);
        if (span_is(word, "auth"))
            return true;
        at = skip_blank(at, end);
        if (at < end)
            at++;
    }
    return false;
}

/* What has come so far, besides opaque. */
struct found {
    bool realm, nonce;
};

static int take_param(struct digest_challenge *challenge, struct found *found, struct span name,
                      struct span value)
{
    if (span_is(name, "realm"))
        return copy_value(value, challenge->realm, &found->realm);
    if (span_is(name, "nonce"))
        return copy_value(value, challenge->nonce, &found->nonce);
    if (span_is(name, "opaque"))
        return copy_value(value, challenge->opaque, &challenge->has_opaque);
    if (span_is(name, "stale")) {
        challenge->is_stale = span_is(value, "true");
    } else if (span_is(name, "algorithm")) {
        challenge->has_algorithm = true;
        challenge->algorithm = algorithm_of(value);
    } else if (span_is(name, "qop")) {
        challenge->has_qop = has_auth(value);
    }
    return 0;
}

int digest_challenge_parse(const char *text, size_t len, struct digest_challenge *ret_challenge)
{
    struct digest_challenge challenge = {.algorithm = DIGEST_MD5};
    const char *end = text + len;
    const char *at = skip_blank(text, end);
    struct found found = {0};
    bool can_answer = true;

    if (end - at < 7 || strncasecmp(at, "digest", 6) || !strchr(" \t\r\n", at[6]))
        return EBADMSG;
    at += 6;

    while ((at = skip_blank(at, end)) < end) {
        struct span name = {0}, value = {0};

        if (*at == ',') {
            at++;
            continue;
        }
        at = next_param(at, end, &name, &value);
        if (!at || take_param(&challenge, &found, name, value))
            return EBADMSG;
        if (span_is(name, "qop") && value.len)
            can_answer = has_auth(value);
    }
    if (!found.realm || !challenge.nonce[0])
        return EBADMSG;
    if (!can_answer) /* only auth-int, say */
        challenge.algorithm = DIGEST_UNKNOWN;
    *ret_challenge = challenge;
    return 0;
}

/* Hash parts joined by ':' into lower-case hex. parts ends with NULL. */
static int hash_hex(const EVP_MD *md, const char *const parts[], char ret_hex[DIGEST_MAX_HEX + 1])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool is_good;

    if (!ctx)
        return ENOMEM;
    is_good = EVP_DigestInit_ex(ctx, md, NULL);
    for (size_t i = 0; parts[i] && is_good; i++) {
        if (i > 0)
            is_good = EVP_DigestUpdate(ctx, ":", 1);
        is_good = is_good && EVP_DigestUpdate(ctx, parts[i], strlen(parts[i]));
    }
    is_good = is_good && EVP_DigestFinal_ex(ctx, hash, &len) && len * 2 <= DIGEST_MAX_HEX;
    EVP_MD_CTX_free(ctx);
    if (!is_good)
        return ENOMEM;
    for (unsigned i = 0; i < len; i++)
        (void)snprintf(ret_hex + 2 * i, 3, "%02x", hash[i]);
    OPENSSL_cleanse(hash, sizeof(hash));
    return 0;
}

int digest_response(const struct digest_challenge *challenge, const struct digest_request *request,
                    char ret_hex[DIGEST_MAX_HEX + 1])
{
    char ha1[DIGEST_MAX_HEX + 1], ha2[DIGEST_MAX_HEX + 1], nc[9];
    const EVP_MD *md;
    int err;

    if (challenge->algorithm == DIGEST_UNKNOWN)
        return ENOTSUP;
    md = algorithms[challenge->algorithm].hash();
    (void)snprintf(nc, sizeof(nc), "%08x", request->nc);

    err = hash_hex(
        md, (const char *const[]){request->username, challenge->realm, request->password, NULL},
        ha1);
    if (err)
        goto out;
    err = hash_hex(md, (const char *const[]){request->method, request->uri, NULL}, ha2);
    if (err)
        goto out;
    if (challenge->has_qop)
        err = hash_hex(
            md,
            (const char *const[]){ha1, challenge->nonce, nc, request->cnonce, "auth", ha2, NULL},
            ret_hex);
    else
        err = hash_hex(md, (const char *const[]){ha1, challenge->nonce, ha2, NULL}, ret_hex);

out:
    OPENSSL_cleanse(ha1, sizeof(ha1)); /* as good as the password */
    return err;
}

size_t digest_quote(const char *text, char *buf, size_t size)
{
    size_t len = 0;

    if (size < 3)
        return 0;
    buf[len++] = '"';
    for (; *text; text++) {
        if (len + 4 > size)
            return 0;
        if (*text == '"' || *text == '\\')
            buf[len++] = '\\';
        buf[len++] = *text;
    }
    buf[len++] = '"';
    buf[len] = '\0';
    return len;
}
