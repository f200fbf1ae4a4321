/* SPDX-License-Identifier: MIT */
/* sip_auth.c - the SIP library's authentication, replaced.
 *
 * libre 1.1 knows MD5 only, and fails altogether when SHA-256 is offered beside it. This file
 * defines every symbol of its auth.o, so the linker, which sees our objects before libre.a,
 * never takes that member; whatever of the library authenticates then does it here.
 * sip_auth_check() shows at start-up that it is so.
 *
 * One answer is kept for the server (WWW-) and one for a proxy: of several challenges in a
 * response the strongest known one counts. A nonce that is refused without `stale` at its
 * first use means that the credentials are wrong; one that was used before may have expired. */
#include "sip/sip_auth.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_sys.h>
#include <re_uri.h>
#include <re_sip.h>

#include <openssl/crypto.h>

#include "sip/digest.h"

struct credentials {
    bool is_set;
    struct digest_challenge challenge;
    uint32_t used; /* how often the nonce has been used */
    char *username;
    char *password;
};

struct sip_auth {
    struct credentials server, proxy;
    sip_auth_h *authh;
    void *arg;
    bool has_ref;
};

int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met, const char *uri);

static void clear(struct credentials *credentials)
{
    if (credentials->password)
        OPENSSL_cleanse(credentials->password, strlen(credentials->password));
    credentials->username = mem_deref(credentials->username);
    credentials->password = mem_deref(credentials->password);
    credentials->is_set = false;
}

static void destructor(void *arg)
{
    struct sip_auth *auth = arg;

    sip_auth_reset(auth);
    if (auth->has_ref)
        mem_deref(auth->arg);
}

static int no_credentials(char **username, char **password, const char *realm, void *arg)
{
    (void)username;
    (void)password;
    (void)realm;
    (void)arg;
    return EAUTH;
}

int sip_auth_alloc(struct sip_auth **authp, sip_auth_h *authh, void *arg, bool ref)
{
    struct sip_auth *auth;

    if (!authp)
        return EINVAL;
    auth = mem_zalloc(sizeof(*auth), destructor);
    if (!auth)
        return ENOMEM;
    auth->authh = authh ? authh : no_credentials;
    auth->arg = ref ? mem_ref(arg) : arg;
    auth->has_ref = ref;
    *authp = auth;
    return 0;
}

void sip_auth_reset(struct sip_auth *auth)
{
    if (!auth)
        return;
    clear(&auth->server);
    clear(&auth->proxy);
}

struct best {
    struct digest_challenge challenge;
    unsigned n_headers;
    unsigned n_broken;
    bool is_found;
};

static bool pick_stronger(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    struct best *best = arg;
    struct digest_challenge challenge;

    (void)msg;
    best->n_headers++;
    if (digest_challenge_parse(hdr->val.p, hdr->val.l, &challenge)) {
        best->n_broken++;
        return false;
    }
    if (challenge.algorithm != DIGEST_UNKNOWN &&
        (!best->is_found || challenge.algorithm > best->challenge.algorithm)) {
        best->challenge = challenge;
        best->is_found = true;
    }
    return false;
}

/* Take what the headers of one kind ask for. Returns 0 (also if there are none), EAUTH
 * (refused), ENOTSUP (nothing we know) or EBADMSG. */
static int take_challenge(struct sip_auth *auth, struct credentials *credentials,
                          const struct sip_msg *msg, enum sip_hdrid id)
{
    struct best best = {0};
    bool was_refused;
    int err;

    (void)sip_msg_hdr_apply(msg, true, id, pick_stronger, &best);
    if (!best.n_headers)
        return 0;
    if (!best.is_found)
        return best.n_broken == best.n_headers ? EBADMSG : ENOTSUP;

    was_refused = credentials->is_set && credentials->used == 1 && !best.challenge.is_stale &&
                  !strcmp(credentials->challenge.realm, best.challenge.realm);
    clear(credentials);
    if (was_refused)
        return EAUTH;
    err = auth->authh(&credentials->username, &credentials->password, best.challenge.realm,
                      auth->arg);
    if (err)
        return err;
    credentials->challenge = best.challenge;
    credentials->used = 0;
    credentials->is_set = true;
    return 0;
}

int sip_auth_authenticate(struct sip_auth *auth, const struct sip_msg *msg)
{
    int err;

    if (!auth || !msg)
        return EINVAL;
    err = take_challenge(auth, &auth->server, msg, SIP_HDR_WWW_AUTHENTICATE);
    if (err)
        return err;
    return take_challenge(auth, &auth->proxy, msg, SIP_HDR_PROXY_AUTHENTICATE);
}

static int write_credentials(struct mbuf *mb, struct credentials *credentials, const char *header,
                             const char *method, const char *uri)
{
    const struct digest_challenge *challenge = &credentials->challenge;
    char cnonce[DIGEST_CNONCE_LEN + 1];
    char response[DIGEST_MAX_HEX + 1];
    char username[2 * 256 + 3];
    struct digest_request request = {
        .username = credentials->username,
        .password = credentials->password,
        .method = method,
        .uri = uri,
        .cnonce = cnonce,
        .nc = ++credentials->used,
    };
    int err;

    if (re_snprintf(cnonce, sizeof(cnonce), "%016llx%016llx", rand_u64(), rand_u64()) < 0 ||
        !digest_quote(credentials->username, username, sizeof(username)))
        return EINVAL;
    err = digest_response(challenge, &request, response);
    if (err)
        return err;

    err = mbuf_printf(mb,
                      "%s: Digest username=%s, realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
                      "response=\"%s\"",
                      header, username, challenge->realm, challenge->nonce, uri, response);
    if (!err && challenge->has_algorithm)
        err = mbuf_printf(mb, ", algorithm=%s", digest_algorithm_name(challenge->algorithm));
    if (!err && challenge->has_opaque)
        err = mbuf_printf(mb, ", opaque=\"%s\"", challenge->opaque);
    if (!err && challenge->has_qop)
        err = mbuf_printf(mb, ", cnonce=\"%s\", qop=auth, nc=%08x", cnonce, request.nc);
    if (!err)
        err = mbuf_write_str(mb, "\r\n");
    return err;
}

int sip_auth_encode(struct mbuf *mb, struct sip_auth *auth, const char *met, const char *uri)
{
    int err = 0;

    if (!mb || !auth || !met || !uri)
        return EINVAL;
    if (auth->server.is_set)
        err = write_credentials(mb, &auth->server, "Authorization", met, uri);
    if (!err && auth->proxy.is_set)
        err = write_credentials(mb, &auth->proxy, "Proxy-Authorization", met, uri);
    return err;
}

static int test_credentials(char **username, char **password, const char *realm, void *arg)
{
    int err = str_dup(username, "u");

    (void)realm;
    (void)arg;
    return err ? err : str_dup(password, "p");
}

int sip_auth_check(void)
{
    static const char text[] = "SIP/2.0 401 Unauthorized\r\n"
                               "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
                               "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\n"
                               "Call-ID: 1\r\nCSeq: 1 REGISTER\r\n"
                               "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", "
                               "algorithm=SHA-256\r\n"
                               "Content-Length: 0\r\n\r\n";
    struct mbuf *mb = mbuf_alloc(sizeof(text));
    struct sip_auth *auth = NULL;
    struct sip_msg *msg = NULL;
    int err = ENOMEM;

    if (!mb)
        goto out;
    err = mbuf_write_mem(mb, (const uint8_t *)text, sizeof(text) - 1);
    if (err)
        goto out;
    mb->pos = 0;
    err = sip_msg_decode(&msg, mb);
    if (err)
        goto out;
    err = sip_auth_alloc(&auth, test_credentials, NULL, false);
    if (err)
        goto out;
    err = sip_auth_authenticate(auth, msg);

out:
    mem_deref(auth);
    mem_deref(msg);
    mem_deref(mb);
    return err;
}
