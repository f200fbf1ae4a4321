/* SPDX-License-Identifier: MIT */
/* call_session.c - what the library's session tells of a call.
 *
 * Not from inside all of these may the session be given up: the library uses it after offer and
 * answer handlers. So these only return errors, and what people are to know of a hold is told
 * later, from the loop. */
#include "sip/call_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "sip/call_words.h"
#include "sip/dtmf_info.h"
#include "sip/forks.h"
#include "sip/transport.h"
#include "sip/way.h"

enum { MAX_TYPE = 63, MAX_PHRASE = 80 };

void call_body(const struct sip_msg *msg, struct pl *ret_body)
{
    size_t len = pl_isset(&msg->clen) ? pl_u32(&msg->clen) : mbuf_get_left(msg->mb);

    ret_body->p = (const char *)mbuf_buf(msg->mb);
    ret_body->l = len < mbuf_get_left(msg->mb) ? len : mbuf_get_left(msg->mb);
}

bool call_is_sdp(const struct sip_msg *msg)
{
    return !pl_strcasecmp(&msg->ctyp.type, "application") &&
           !pl_strcasecmp(&msg->ctyp.subtype, "sdp");
}

/* Take a description of theirs into effect. Returns 0 or an errno value. */
static int take(struct call *call, const struct pl *body, bool is_offer, bool is_early)
{
    struct description before = call->sdp;
    int err = description_take(&call->sdp, body->p, body->l, is_offer);

    if (!err)
        err = call_play(call, is_early);
    if (err)
        call->sdp = before;
    return err;
}

int call_on_offer(struct mbuf **ret_body, const struct sip_msg *msg, void *arg)
{
    struct call *call = arg;
    struct pl body;
    int err;

    call_body(msg, &body);
    if (!body.l) {
        err = description_offer(&call->sdp, ret_body);
    } else {
        err = call_is_sdp(msg) ? take(call, &body, true, false) : ENOTSUP;
        if (!err)
            err = description_answer(&call->sdp, ret_body);
    }
    if (err)
        return err;
    way_settle(call->way, msg);
    call_tell_hold(call);
    return 0;
}

int call_on_answer(const struct sip_msg *msg, void *arg)
{
    struct call *call = arg;
    /* Else it is about a change of a call that stands, and all stays as it was. */
    bool is_first = msg->req ? !call->sdp.has_remote : call->info.state != CALL_ESTABLISHED;
    struct pl body;
    int err;

    if (!msg->req)
        way_settle(call->way, msg);
    timer_stop(&call->unheard);
    call_body(msg, &body);
    if (body.l)
        err = call_is_sdp(msg) ? take(call, &body, false, false) : ENOTSUP;
    else /* some leave it out when it was in the 183 */
        err = !msg->req && call->sdp.has_remote ? call_play(call, false) : EBADMSG;
    if (is_first)
        call->answer_err = err;
    if (!err)
        call_tell_hold(call);
    return err;
}

static void end_unanswered(void *arg)
{
    call_finish_fault(arg, ECONNRESET);
}

/* Later, from the loop: the library is telling all calls of that connection in a row, and who hears
 * of the end of one may end the others. */
static void on_connection_closed(int err, void *arg)
{
    struct call *call = arg;

    (void)err;
    /* A call that stands goes on by its sound, and over the next connection. */
    if (call->info.state == CALL_OUT || call->info.state == CALL_RINGING)
        timer_start(&call->limit, 0, end_unanswered, call);
}

/* The library lets an INVITE that something was heard of wait for ever, also when the connection is
 * gone over which the answer would have to come. */
static void watch_connection(struct call *call, const struct sip_msg *msg)
{
    if (msg->tp != SIP_TRANSP_UDP && !call->connection)
        (void)sip_keepalive_start(&call->connection, transport_sip(call->env->transport), msg,
                                  TRANSPORT_NO_PING_S, on_connection_closed, call);
}

void call_on_progress(const struct sip_msg *msg, void *arg)
{
    struct call *call = arg;
    struct pl body;

    call->info.code = msg->scode;
    timer_stop(&call->unheard);
    watch_connection(call, msg);
    if (msg->scode <= 100)
        return;
    call_body(msg, &body);
    if (!body.l || !call_is_sdp(msg) || take(call, &body, false, true)) {
        if (msg->scode == 180 && !call->sdp.has_remote)
            (void)audio_ring(call->audio);
    }
    if (call->info.state == CALL_OUT)
        call_set_state(call, CALL_RINGING);
}

void call_on_established(const struct sip_msg *msg, void *arg)
{
    struct call *call = arg;

    forks_settle(call->env->forks, sip_dialog_callid(sipsess_dialog(call->session)));
    if (call->info.is_incoming)
        return; /* it has been since our 200; this is its ACK */
    call->info.code = msg->scode;
    call_set_state(call, CALL_ESTABLISHED);
}

/* ---- INFO ---- */

void call_on_info(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    struct call *call = arg;
    char type[MAX_TYPE + 1] = "";
    struct pl body;
    char digit;
    int err;

    call_body(msg, &body);
    if (sip_msg_xhdr(msg, "Info-Package")) { /* RFC 6086: we take none */
        (void)sip_treplyf(NULL, NULL, sip, msg, false, 469, "Bad Info Package",
                          "Recv-Info:\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    if (!body.l && !pl_isset(&msg->ctyp.type)) { /* asks if the call is still there */
        (void)sip_treply(NULL, sip, msg, 200, "OK");
        return;
    }
    (void)re_snprintf(type, sizeof(type), "%r/%r", &msg->ctyp.type, &msg->ctyp.subtype);
    err = dtmf_info_parse(type, body.p, body.l, &digit);
    if (err == ENOTSUP)
        (void)sip_treplyf(NULL, NULL, sip, msg, false, 415, "Unsupported Media Type",
                          "Accept: application/dtmf-relay, application/dtmf\r\n"
                          "Content-Length: 0\r\n\r\n");
    else if (err)
        (void)sip_treply(NULL, sip, msg, 400, "Bad Request");
    else
        (void)sip_treply(NULL, sip, msg, 200, "OK"); /* by a transaction: sent again, it is no
                                                        second digit */
    if (!err)
        call_digit(call, digit, CALL_DTMF_INFO);
}

/* ---- the end ---- */

static void finish_answer(struct call *call, const struct sip_msg *msg)
{
    char phrase[MAX_PHRASE], reason[CALL_MAX_REASON];
    enum call_end end;

    call->info.code = msg->scode;
    (void)utf8_clean(msg->reason.p, msg->reason.l, phrase, sizeof(phrase) - 1);
    end = call_words_of_answer(msg->scode, phrase, reason, sizeof(reason));
    call_finish(call, end, reason);
}

/* It stood. */
static void finish_established(struct call *call, int err, const struct sip_msg *msg)
{
    if (call->answer_err)
        call_finish(call, CALL_NOT_ACCEPTABLE, "what the other side said of its sound was no good");
    else if (err == ECONNRESET)
        call_finish(call, CALL_HUNG_UP_THERE, "hung up by the other side");
    else if (err == ETIMEDOUT)
        call_finish(call, CALL_DEAD, "the other side does not answer any more");
    else if (msg && msg->scode == 408)
        call_finish(call, CALL_DEAD,
                    "the other side does not answer any more: its server says 408");
    else if (msg)
        call_finish(call, CALL_DEAD, "the other side does not know this call any more");
    else
        call_finish_fault(call, err);
}

/* No way to it, or it cannot take calls now: the next address may. */
static bool is_of_no_use(const struct call *call, int err, const struct sip_msg *msg)
{
    return call->info.state == CALL_OUT && (msg ? msg->scode == 503 : err && !call->answer_err);
}

void call_on_close(int err, const struct sip_msg *msg, void *arg)
{
    struct call *call = arg;

    log_debug("sip: call %u closed: %d, %u", call->info.id, err, msg ? msg->scode : 0);
    timer_stop(&call->unheard);
    if (is_of_no_use(call, err, msg) && call_next_address(call, err ? err : EHOSTUNREACH))
        return;
    if (call->info.state == CALL_ESTABLISHED) {
        finish_established(call, err, msg);
    } else if (call->info.is_incoming) {
        call_finish(call, CALL_HUNG_UP_THERE, "the caller has given up");
    } else if (msg && msg->scode >= 300 && msg->scode < 400) {
        call_redirect(call, msg);
    } else if (call->answer_err) {
        call_finish(call, CALL_NOT_ACCEPTABLE,
                    call->answer_err == ENOTSUP
                        ? "no common codec: the other side must know G.711"
                        : "what the other side said of its sound was no good");
    } else if (msg && msg->scode >= 300) {
        finish_answer(call, msg);
    } else if (err) {
        call_finish_fault(call, err);
    } else {
        call_finish(call, CALL_FAILED, "the call failed");
    }
}
