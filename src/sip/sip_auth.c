/* SPDX-License-Identifier: MIT */
/* sip_auth.c - the SIP library's authentication, replaced.
 *
 * libre 1.1 knows MD5 only, and fails altogether when SHA-256 is offered beside it. This file
 * defines every symbol of its auth.o, so the linker, which sees our objects before libre.a,
 * never takes that member; whatever of the library authenticates then does it here.
 * sip_auth_check() shows at start-up that it is so.
 *
 * One answer is kept for each realm that asks, be it a server or a proxy (RFC 3261 section
 * 22.3): of several challenges for a realm the strongest known one counts. A nonce that is
 * refused without `stale` at its first use means that the credentials are wrong; one that was
 * used before may have expired. */
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

enum { MAX_REALMS = 4 };

struct credentials {
    bool is_set;
    enum sip_hdrid asked_by; /* WWW- or Proxy-Authenticate */
    struct digest_challenge challenge;
    uint32_t used; /* how often the nonce has been used */
    char *username;
    char *password;
};

struct sip_auth {
    struct le le; /* of all */
    struct credentials realms[MAX_REALMS];
    sip_auth_h *authh;
    void *arg;
    bool has_ref;
};

static struct list all;
static const struct sip_msg *asking;

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

    list_unlink(&auth->le);
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
    list_append(&all, &auth->le, auth);
    *authp = auth;
    return 0;
}

const struct sip_msg *sip_auth_asking(void)
{
    return asking;
}

unsigned sip_auth_realms(const struct sip_auth *auth, const char *ret_realms[], unsigned max)
{
    unsigned n = 0;

    for (int i = 0; i < MAX_REALMS && n < max; i++) {
        if (auth->realms[i].is_set)
            ret_realms[n++] = auth->realms[i].challenge.realm;
    }
    return n;
}

void sip_auth_forget(const void *arg)
{
    for (struct le *le = all.head; le; le = le->next) {
        struct sip_auth *auth = le->data;

        if (auth->arg == arg)
            sip_auth_reset(auth);
    }
}

void sip_auth_reset(struct sip_auth *auth)
{
    for (int i = 0; auth && i < MAX_REALMS; i++)
        clear(&auth->realms[i]);
}

/* What one response asks. */
struct asked {
    struct digest_challenge challenges[MAX_REALMS]; /* the strongest of each realm */
    enum sip_hdrid asked_by[MAX_REALMS];
    unsigned n;
    unsigned n_headers;
    unsigned n_broken;
};

static bool is_for(const struct digest_challenge *a, enum sip_hdrid a_by,
                   const struct digest_challenge *b, enum sip_hdrid b_by)
{
    return a_by == b_by && !strcmp(a->realm, b->realm);
}

static bool on_header(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    struct asked *asked = arg;
    struct digest_challenge challenge;
    unsigned i = 0;

    (void)msg;
    asked->n_headers++;
    if (digest_challenge_parse(hdr->val.p, hdr->val.l, &challenge)) {
        asked->n_broken++;
        return false;
    }
    if (challenge.algorithm == DIGEST_UNKNOWN)
        return false;
    while (i < asked->n && !is_for(&asked->challenges[i], asked->asked_by[i], &challenge, hdr->id))
        i++;
    if (i == MAX_REALMS)
        return false;
    if (i == asked->n)
        asked->n++;
    else if (challenge.algorithm <= asked->challenges[i].algorithm)
        return false;
    asked->challenges[i] = challenge;
    asked->asked_by[i] = hdr->id;
    return false;
}

static int take(struct sip_auth *auth, const struct digest_challenge *challenge,
                enum sip_hdrid asked_by)
{
    struct credentials *slot = NULL;
    bool was_refused = false;

    for (int i = 0; i < MAX_REALMS; i++) {
        struct credentials *c = &auth->realms[i];

        if (c->is_set && is_for(&c->challenge, c->asked_by, challenge, asked_by)) {
            was_refused = c->used == 1 && !challenge->is_stale;
            slot = c;
            break;
        }
        if (!c->is_set && !slot)
            slot = c;
    }
    if (!slot)
        slot = &auth->realms[0];
    clear(slot);
    if (was_refused)
        return EAUTH;
    slot->challenge = *challenge;
    slot->asked_by = asked_by;
    slot->used = 0;
    slot->is_set = true;
    return auth->authh(&slot->username, &slot->password, challenge->realm, auth->arg);
}

int sip_auth_authenticate(struct sip_auth *auth, const struct sip_msg *msg)
{
    struct asked asked = {0};
    int err = 0;

    if (!auth || !msg)
        return EINVAL;
    (void)sip_msg_hdr_apply(msg, true, SIP_HDR_WWW_AUTHENTICATE, on_header, &asked);
    (void)sip_msg_hdr_apply(msg, true, SIP_HDR_PROXY_AUTHENTICATE, on_header, &asked);
    if (!asked.n)
        return asked.n_broken == asked.n_headers ? EBADMSG : ENOTSUP;
    asking = msg;
    for (unsigned i = 0; i < asked.n && !err; i++)
        err = take(auth, &asked.challenges[i], asked.asked_by[i]);
    asking = NULL;
    if (err)
        sip_auth_reset(auth);
    return err;
}

static int write_credentials(struct mbuf *mb, struct credentials *credentials, const char *method,
                             const char *uri)
{
    const char *header = credentials->asked_by == SIP_HDR_PROXY_AUTHENTICATE ? "Proxy-Authorization"
                                                                             : "Authorization";
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
    for (int i = 0; i < MAX_REALMS && !err; i++) {
        if (auth->realms[i].is_set)
            err = write_credentials(mb, &auth->realms[i], met, uri);
    }
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
