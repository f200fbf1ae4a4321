/* SPDX-License-Identifier: MIT */
#include "sip/forks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>
#include <re_sipsess.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/transport.h"
#include "sip/way.h"

enum { MAX_CALL_ID = 255, MAX_TAG = 127, MAX_ROUTES = 4096 };

struct forked {
    char call_id[MAX_CALL_ID + 1]; /* "": free */
    uint64_t until_ms;             /* UINT64_MAX: it goes on */
    struct way_speakers *speakers;
    char losers[FORKS_MAX_LOSERS][MAX_TAG + 1];
    unsigned n_losers;
};

struct forks {
    struct transport *transport;
    struct sipsess_sock *sessions;
    struct sip_lsnr *listener;
    struct forked calls[FORKS_MAX_CALLS];
    unsigned next;
};

/* As the library has it, but not in its header: sends the ACK of an answer once more; ENOENT:
 * that answer never got one. */
int sipsess_ack_again(struct sipsess_sock *sock, const struct sip_msg *msg);

static bool is_it(const struct forked *call, const struct pl *call_id)
{
    return call->call_id[0] && !pl_strcmp(call_id, call->call_id);
}

static struct forked *find(struct forks *forks, const struct pl *call_id)
{
    uint64_t now_ms = clock_monotonic_ms();

    for (unsigned i = 0; i < FORKS_MAX_CALLS; i++) {
        struct forked *call = &forks->calls[i];

        if (call->until_ms > now_ms && is_it(call, call_id))
            return call;
    }
    return NULL;
}

/* True for a tag that we have not hung up on yet; it is noted. */
static bool is_new_loser(struct forked *call, const struct pl *tag)
{
    for (unsigned i = 0; i < call->n_losers; i++) {
        if (!pl_strcmp(tag, call->losers[i]))
            return false;
    }
    if (call->n_losers == FORKS_MAX_LOSERS || tag->l > MAX_TAG)
        return false;
    (void)pl_strcpy(tag, call->losers[call->n_losers++], MAX_TAG + 1);
    return true;
}

static bool add_route(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    (void)msg;
    return mbuf_printf(arg, "Route: %r\r\n", &hdr->val) != 0;
}

/* A request in the dialog that the answer msg has made. */
static int send_request(struct forks *forks, const struct sip_msg *msg, const char *method)
{
    struct sip *sip = transport_sip(forks->transport);
    const struct sip_hdr *hdr = sip_msg_hdr(msg, SIP_HDR_CONTACT);
    bool is_ack = !strcmp(method, "ACK");
    struct mbuf *routes = mbuf_alloc(512);
    enum sip_transport kind;
    struct sip_addr contact;
    char *uri = NULL;
    struct sa to;
    int err = ENOMEM;

    if (!routes)
        goto out;
    err = hdr ? sip_addr_decode(&contact, &hdr->val) : EBADMSG;
    if (!err)
        err = pl_strdup(&uri, &contact.auri);
    if (!err && sip_msg_hdr_apply(msg, false, SIP_HDR_RECORD_ROUTE, add_route, routes))
        err = ENOMEM;
    if (err || routes->end > MAX_ROUTES)
        goto out;
    way_next_hop(msg, &to, &kind);
    err = sip_requestf(NULL, sip, !is_ack, method, uri,
                       transport_route(forks->transport, &to, kind), NULL, NULL, NULL, NULL,
                       "%b"
                       "To: %r\r\nFrom: %r\r\nCall-ID: %r\r\nCSeq: %u %s\r\n"
                       "Content-Length: 0\r\n\r\n",
                       routes->buf, routes->end, &msg->to.val, &msg->from.val, &msg->callid,
                       is_ack ? msg->cseq.num : msg->cseq.num + 1, method);

out:
    mem_deref(uri);
    mem_deref(routes);
    return err;
}

/* A response that belongs to no transaction. */
static bool on_answer(const struct sip_msg *msg, void *arg)
{
    struct forks *forks = arg;
    struct forked *call;

    if (pl_strcmp(&msg->cseq.met, "INVITE") || msg->scode < 200 || msg->scode > 299)
        return false;
    call = find(forks, &msg->callid);
    if (!call || sipsess_ack_again(forks->sessions, msg) != ENOENT)
        return true;
    log_debug("sip: another phone has answered, too: it is hung up");
    (void)send_request(forks, msg, "ACK");
    if (is_new_loser(call, &msg->to.tag))
        (void)send_request(forks, msg, "BYE");
    return true;
}

int forks_new(struct transport *transport, struct forks **ret_forks)
{
    struct forks *forks = calloc(1, sizeof(*forks));
    int err;

    if (!forks)
        return ENOMEM;
    forks->transport = transport;
    err = sip_listen(&forks->listener, transport_sip(transport), false, on_answer, forks);
    if (err)
        forks_free(forks);
    else
        *ret_forks = forks;
    return err;
}

struct forks *forks_free(struct forks *forks)
{
    if (!forks)
        return NULL;
    mem_deref(forks->listener);
    for (unsigned i = 0; i < FORKS_MAX_CALLS; i++)
        mem_deref(forks->calls[i].speakers);
    free(forks);
    return NULL;
}

void forks_set_sessions(struct forks *forks, struct sipsess_sock *sessions)
{
    forks->sessions = sessions;
}

void forks_add(struct forks *forks, const char *call_id, struct way_speakers *speakers)
{
    struct forked *call = &forks->calls[forks->next];

    forks->next = (forks->next + 1) % FORKS_MAX_CALLS;
    mem_deref(call->speakers);
    memset(call, 0, sizeof(*call));
    if (strlen(call_id) > MAX_CALL_ID)
        return;
    call->speakers = mem_ref(speakers);
    (void)snprintf(call->call_id, sizeof(call->call_id), "%s", call_id);
    call->until_ms = UINT64_MAX;
}

void forks_settle(struct forks *forks, const char *call_id)
{
    struct pl id;
    struct forked *call;

    pl_set_str(&id, call_id);
    call = find(forks, &id);
    if (call && call->until_ms == UINT64_MAX)
        call->until_ms = clock_monotonic_ms() + FORKS_LATE_MS;
}

bool forks_has(const struct forks *forks, const struct pl *call_id)
{
    for (unsigned i = 0; i < FORKS_MAX_CALLS; i++) {
        if (is_it(&forks->calls[i], call_id))
            return true;
    }
    return false;
}

/* Callers choose their Call-IDs: two calls may have the same. */
bool forks_is_from_peer(const struct forks *forks, const struct sip_msg *msg)
{
    for (unsigned i = 0; i < FORKS_MAX_CALLS; i++) {
        const struct forked *call = &forks->calls[i];

        if (is_it(call, &msg->callid) && way_speakers_have(call->speakers, msg))
            return true;
    }
    return false;
}
