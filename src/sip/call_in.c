/* SPDX-License-Identifier: MIT */
#include "sip/call_impl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "sip/allow.h"
#include "sip/forks.h"
#include "sip/transport.h"
#include "sip/way.h"

static const struct refusal {
    unsigned code;
    const char *phrase;
    const char *reason;
} refusals[] = {
    {480, "Temporarily Unavailable", "refused here: not available"},
    {486, "Busy Here", "refused here: busy"},
    {603, "Decline", "refused here"},
};

static void refuse_invite(struct call *call, const struct sip_msg *msg, uint16_t code,
                          const char *phrase)
{
    (void)sip_treply(NULL, transport_sip(call->env->transport), msg, code, phrase);
}

static void read_caller(struct call *call, const struct sip_msg *msg)
{
    struct call_info *info = &call->info;

    (void)utf8_clean(msg->from.auri.p, msg->from.auri.l, info->peer_uri,
                     sizeof(info->peer_uri) - 1);
    if (re_snprintf(info->peer_address, sizeof(info->peer_address), "%j", &msg->src) < 0)
        info->peer_address[0] = '\0';
}

/* The yes is said as soon as our address is known. */
static void say_yes(struct call *call)
{
    struct mbuf *body = NULL;
    int err;

    if (!call->is_answering)
        return;
    err = call->has_offer ? description_answer(&call->sdp, &body)
                          : description_offer(&call->sdp, &body);
    if (!err && call->has_offer)
        err = call_play(call, false);
    if (!err)
        err = sipsess_answer(call->session, 200, "OK", body, ALLOW);
    mem_deref(body);
    if (err) {
        call_finish_fault(call, err);
        return;
    }
    call->was_held = call->info.is_held = description_is_held(&call->sdp);
    call_set_state(call, CALL_ESTABLISHED);
}

int call_answer(struct call *call)
{
    if (call->info.state != CALL_IN || call->is_answering)
        return EALREADY;
    call->is_answering = true;
    if (!call->is_mapping)
        say_yes(call);
    return 0;
}

int call_refuse(struct call *call, unsigned code)
{
    const struct refusal *refusal = &refusals[0];

    if (call->info.state != CALL_IN)
        return EALREADY;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (refusals[i].code == code)
            refusal = &refusals[i];
    }
    (void)sipsess_reject(call->session, (uint16_t)refusal->code, refusal->phrase, NULL);
    call_finish(call, CALL_HUNG_UP, refusal->reason);
    return 0;
}

/* Their offer, before anything is promised. Returns 0 or an errno value; refused then. */
static int take_offer(struct call *call, const struct sip_msg *msg)
{
    struct pl body;
    int err;

    call_body(msg, &body);
    call->has_offer = body.l > 0;
    if (!call->has_offer)
        return 0;
    if (!call_is_sdp(msg)) {
        (void)sip_treplyf(NULL, NULL, transport_sip(call->env->transport), msg, false, 415,
                          "Unsupported Media Type",
                          "Accept: " CALL_SDP "\r\nContent-Length: 0\r\n\r\n");
        return ENOTSUP;
    }
    err = description_take(&call->sdp, body.p, body.l, true);
    if (err == ENOTSUP)
        refuse_invite(call, msg, 488, "Not Acceptable Here");
    else if (err)
        refuse_invite(call, msg, err == ENOMEM ? 500 : 400,
                      err == ENOMEM ? "Server Internal Error" : "Bad Request");
    return err;
}

static int make_way(struct call *call, const struct sip_msg *msg, const struct account *account)
{
    struct way_config config = {
        .transport = call->env->transport,
        .peer = &msg->src,
        .kind = way_kind(msg),
    };
    int err;

    if (account) {
        config.servers = account->servers;
        config.n_servers = account->n_servers;
        config.username = account->identity->auth_username;
        config.password = account->settings->password;
        config.known = account->known;
        if (account->stun_server)
            call->stun_server = *account->stun_server;
    }
    (void)snprintf(call->contact, sizeof(call->contact), "%s",
                   !account              ? CALL_NOBODY
                   : account->contact[0] ? account->contact
                                         : account->identity->contact_user);
    err = way_new(&config, &call->way);
    if (!err)
        way_settle(call->way, msg);
    return err;
}

int call_take(struct call *call, const struct sip_msg *msg, const struct account *account)
{
    int err;

    read_caller(call, msg);
    call->info.is_by_server = account != NULL;
    err = make_way(call, msg, account);
    if (!err)
        err = call_open_audio(call, &msg->src, say_yes);
    if (err) {
        refuse_invite(call, msg, 500, "Server Internal Error");
        return err;
    }
    err = take_offer(call, msg);
    if (err)
        return err;
    err = sipsess_accept(&call->session, call->env->sessions, msg, 180, "Ringing", call->contact,
                         CALL_SDP, NULL, way_give_credentials, call->way, true, call_on_offer,
                         call_on_answer, call_on_established, call_on_info, NULL, call_on_close,
                         call, ALLOW);
    if (err) { /* no Contact that can be read, or no memory */
        refuse_invite(call, msg, err == ENOMEM ? 500 : 400,
                      err == ENOMEM ? "Server Internal Error" : "Bad Request");
        return err;
    }
    way_set_dialog(call->way, sipsess_dialog(call->session));
    forks_add(call->env->forks, sip_dialog_callid(sipsess_dialog(call->session)),
              way_speakers(call->way));
    call_set_state(call, CALL_IN);
    return 0;
}
