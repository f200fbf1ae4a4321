/* SPDX-License-Identifier: MIT */
/* call_impl.h - one call, for calls.c (the list of them) and the call's own files: call.c (life,
 * state, sound), call_out.c and call_in.c (how it begins), call_session.c (what the library tells).
 * The library's sessions (sipsess) do the SIP. Loop thread only. Never blocks.
 *
 * A call is freed only by calls.c, later, from the loop: all may end it, also from inside a
 * callback of the library or of its sound. */
#ifndef SIP_CALL_IMPL_H
#define SIP_CALL_IMPL_H

#include "sip/description.h"

#include <re_fmt.h>
#include <re_list.h>
#include <re_hash.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_uri.h>
#include <re_sip.h>
#include <re_sipsess.h>

#include "base/timer.h"
#include "sip/account.h"
#include "sip/call.h"
#include "sip/callee.h"
#include "sip/identity.h"
#include "sip/resolver.h"

struct audio;
struct call;
struct forks;
struct sound;
struct transport;
struct way;

#define CALL_SDP "application/sdp"
#define CALL_NOBODY "portero" /* our user part without an account */

enum {
    CALL_MAX_REDIRECTS = 5,
    CALL_MAX_RINGING_MS = 300000, /* our own limit, whatever the panel's is: INVITEs in the library
                                     have none once something has been heard */
    CALL_NEXT_ADDRESS_MS = 4000,  /* for any answer, while there is another address to try */
    CALL_MAX_FROM = IDENTITY_MAX_URI + 64,
};

/* What all calls share. Borrowed. */
struct call_env {
    struct transport *transport;
    struct sipsess_sock *sessions;
    struct forks *forks;
    struct resolver *resolver;
    struct sound *sound;
    void (*on_event)(enum call_event event, struct call *call, char digit, void *arg);
    void *arg;
};

enum call_dtmf { CALL_DTMF_NONE, CALL_DTMF_RTP, CALL_DTMF_INFO };

struct call {
    struct call *next; /* calls.c's */
    struct call_info info;
    const struct call_env *env;
    struct way *way; /* the library holds another reference */
    struct sipsess *session;
    struct sip_keepalive *connection; /* tells when the one that answers come by closes */
    struct audio *audio;
    struct sa local; /* of its RTP */
    struct description sdp;
    enum call_dtmf dtmf; /* the kind that came first */
    bool was_held;       /* what was told last */
    unsigned n_requests; /* of the other side since: */
    uint64_t requests_since_ms;
    int answer_err;    /* why an answer of theirs was no good */
    struct timer news; /* what must not be told from inside the library */
    struct timer limit;

    char contact[CALL_MAX_FROM]; /* URI, or its user part */
    char from[CALL_MAX_FROM];
    char domain[HOST_MAX_LEN + 1]; /* of the account; "": a direct call */
    struct host own[2];            /* hosts of the account */
    char route[IDENTITY_MAX_URI + 1];
    struct callee callee;
    struct resolver_query *query;
    struct sa stun_server; /* not set: none */
    unsigned n_redirects;
    struct sa addrs[RESOLVER_MAX_ADDRESSES]; /* of where it goes, in the order to try */
    unsigned n_addrs, addr_at;
    struct timer unheard; /* runs while nothing was heard from the one in use */
    int address_err;      /* why that one is of no use */

    void (*go)(struct call *call); /* when the address of the sound is known */
    bool has_account;              /* of a direct call: there is one beside it */
    bool is_mapping;               /* STUN has not answered yet */
    bool is_answering;             /* we have said yes, and wait for it */
    bool has_offer;                /* their INVITE had one */
};

/* ---- call.c ---- */

/* Returns 0 or ENOMEM. Caller owns *ret_call. */
int call_new(const struct call_env *env, unsigned id, bool is_incoming, struct call **ret_call);

/* Says nothing any more, but a session that still stands gets its BYE. NULL is fine. */
struct call *call_free(struct call *call);

/* Another state, now; told. */
void call_set_state(struct call *call, enum call_state state);

/* It is over: the session goes with what it needs (CANCEL, BYE), CALL_ENDED is told. Once. */
void call_finish(struct call *call, enum call_end end, const char *reason);

/* As far as SIP goes we could not reach where it leads. */
void call_finish_fault(struct call *call, int err);

/* By us: see agent_call_end. */
void call_hang_up(struct call *call, bool is_limit);

/* Open the sockets for sound towards peer, and ask STUN for their public address if there is a
 * server. go is called when that is known: maybe at once, from inside. Returns 0 or an errno value.
 */
int call_open_audio(struct call *call, const struct sa *peer, void (*go)(struct call *call));

/* It stands, but the panel has another address now than the one its sound comes in at. */
bool call_has_moved(const struct call *call);

/* Take up that address, and tell the other side by a re-INVITE. */
void call_move(struct call *call);

/* Sound as both descriptions say. is_early: not answered yet. Returns 0 or an errno value. */
int call_play(struct call *call, bool is_early);

/* A digit has come. Only in a call that stands it counts. */
void call_digit(struct call *call, char digit, enum call_dtmf kind);

/* Tell of hold and resume, later. */
void call_tell_hold(struct call *call);

/* ---- call_out.c ---- */

/* Begin: account NULL: there is none. Returns 0 or an errno value. */
int call_dial(struct call *call, const struct callee *callee, const struct account *account);

/* The address in use has failed for err, before anything rang: go on with the next one, from the
 * loop (RFC 3263 section 4.3). False: there is none. */
bool call_next_address(struct call *call, int err);

/* The INVITE was answered by 3xx: go there if it is the account's. */
void call_redirect(struct call *call, const struct sip_msg *msg);

/* ---- call_in.c ---- */

/* An INVITE has come in. account: the one whose server it came from; NULL: another caller that we
 * take. Returns 0, or an errno value: it was refused, there is no call. */
int call_take(struct call *call, const struct sip_msg *msg, const struct account *account);
int call_answer(struct call *call);
int call_refuse(struct call *call, unsigned code);

/* ---- call_session.c: for the library's session; arg is a call ---- */

/* A re-INVITE: hold, resume, another address or codec. An error refuses it, and changes nothing. */
int call_on_offer(struct mbuf **ret_body, const struct sip_msg *msg, void *arg);

/* Their answer to our offer: in a 2xx, or in the ACK of our 200. An error ends the call. */
int call_on_answer(const struct sip_msg *msg, void *arg);

/* 1xx, maybe with early media. */
void call_on_progress(const struct sip_msg *msg, void *arg);

/* The 2xx to our INVITE is acknowledged, or our own is. */
void call_on_established(const struct sip_msg *msg, void *arg);

/* INFO: answered, and maybe a digit. */
void call_on_info(struct sip *sip, const struct sip_msg *msg, void *arg);

/* Over, by the other side or for trouble; see the library for err and msg. */
void call_on_close(int err, const struct sip_msg *msg, void *arg);

/* The body of msg as far as Content-Length says: the library takes all of a datagram for it. */
void call_body(const struct sip_msg *msg, struct pl *ret_body);
bool call_is_sdp(const struct sip_msg *msg);

#endif
