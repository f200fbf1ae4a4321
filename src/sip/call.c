/* SPDX-License-Identifier: MIT */
#include "sip/call_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sip/call_words.h"
#include "sip/forks.h"
#include "sip/resolver.h"
#include "sip/transport.h"
#include "sip/way.h"

int call_new(const struct call_env *env, unsigned id, bool is_incoming, struct call **ret_call)
{
    struct call *call = calloc(1, sizeof(*call));

    if (!call)
        return ENOMEM;
    call->env = env;
    call->info.id = id;
    call->info.is_incoming = is_incoming;
    call->info.state = is_incoming ? CALL_IN : CALL_OUT;
    call->info.started_at_ms = clock_unix_ms();
    sa_init(&call->stun_server, AF_UNSPEC);
    *ret_call = call;
    return 0;
}

/* The library goes on with it by itself: CANCEL or BYE, and their answers. */
static void drop_session(struct call *call)
{
    struct sip_dialog *dialog = sipsess_dialog(call->session);

    if (dialog)
        forks_settle(call->env->forks, sip_dialog_callid(dialog));
    call->connection = mem_deref(call->connection);
    call->session = mem_deref(call->session);
    call->way = mem_deref(call->way);
}

struct call *call_free(struct call *call)
{
    if (!call)
        return NULL;
    timer_stop(&call->news);
    timer_stop(&call->limit);
    timer_stop(&call->unheard);
    call->query = resolver_cancel(call->query);
    drop_session(call);
    audio_free(call->audio);
    free(call);
    return NULL;
}

/* ---- state ---- */

void call_set_state(struct call *call, enum call_state state)
{
    struct call_info *info = &call->info;
    int64_t now_ms = clock_unix_ms();

    info->state = state;
    if ((state == CALL_RINGING || state == CALL_IN) && !info->ringing_at_ms)
        info->ringing_at_ms = now_ms;
    if (state == CALL_ESTABLISHED) {
        info->answered_at_ms = now_ms;
        timer_stop(&call->limit);
    }
    if (state == CALL_ENDED)
        info->ended_at_ms = now_ms;
    call->env->on_event(CALL_CHANGED, call, '\0', call->env->arg);
}

void call_finish(struct call *call, enum call_end end, const char *reason)
{
    if (call->info.state == CALL_ENDED)
        return;
    timer_stop(&call->news);
    timer_stop(&call->limit);
    timer_stop(&call->unheard);
    call->query = resolver_cancel(call->query);
    call->is_mapping = false;
    call->info.is_held = false;
    call->info.end = end;
    (void)snprintf(call->info.reason, sizeof(call->info.reason), "%s", reason);
    drop_session(call);
    call_set_state(call, CALL_ENDED);
}

void call_finish_fault(struct call *call, int err)
{
    char to[HOST_MAX_LEN + 1];
    char reason[CALL_MAX_REASON];
    enum call_end end;

    if (!call->way || re_snprintf(to, sizeof(to), "%J", way_peer(call->way)) < 0)
        (void)snprintf(to, sizeof(to), "%s", call->callee.host[0] ? call->callee.host : "it");
    end = call_words_of_fault(err, to, reason, sizeof(reason));
    call_finish(call, end, reason);
}

void call_hang_up(struct call *call, bool is_limit)
{
    switch (call->info.state) {
    case CALL_OUT:
    case CALL_RINGING:
        call_finish(call, is_limit ? CALL_NO_ANSWER : CALL_CANCELED,
                    is_limit ? "nobody has answered in time" : "cancelled here");
        break;
    case CALL_IN:
        if (call->session)
            (void)sipsess_reject(call->session, 603, "Decline", NULL);
        call_finish(call, is_limit ? CALL_NO_ANSWER : CALL_HUNG_UP,
                    is_limit ? "we have not answered in time" : "refused here");
        break;
    case CALL_ESTABLISHED:
        call_finish(call, CALL_HUNG_UP, "hung up here");
        break;
    case CALL_ENDED:
        break;
    }
}

static void tell_news(void *arg)
{
    struct call *call = arg;
    bool is_held = description_is_held(&call->sdp);

    if (call->was_held == is_held)
        return;
    call->was_held = call->info.is_held = is_held;
    call->env->on_event(CALL_CHANGED, call, '\0', call->env->arg);
}

void call_tell_hold(struct call *call)
{
    timer_start(&call->news, 0, tell_news, call);
}

/* ---- sound ---- */

void call_digit(struct call *call, char digit, enum call_dtmf kind)
{
    if (call->info.state != CALL_ESTABLISHED)
        return; /* nobody has said yes to who types here */
    if (call->dtmf == CALL_DTMF_NONE)
        call->dtmf = kind; /* phones that send both ways would open the wrong door */
    if (call->dtmf == kind)
        call->env->on_event(CALL_DIGIT, call, digit, call->env->arg);
}

static void on_digit(char digit, void *arg)
{
    call_digit(arg, digit, CALL_DTMF_RTP);
}

static void on_dead(void *arg)
{
    struct call *call = arg;

    if (call->info.state == CALL_ESTABLISHED)
        call_finish(call, CALL_DEAD,
                    "no sound has come for 30 s: the other side, or the way, is gone");
}

/* Sockets for sound towards peer, in place of those that are there. */
static int open_sockets(struct call *call, const struct sa *peer)
{
    struct audio_config config = {
        .sound = call->env->sound,
        .handlers = {.on_digit = on_digit, .on_dead = on_dead, .arg = call},
    };
    struct audio *audio = NULL;
    struct sa local;
    int err = transport_choose(call->env->transport, peer, &local);

    if (err)
        return err;
    sa_set_port(&local, 0);
    config.local = &local;
    err = audio_new(&config, &audio);
    if (err)
        return err;
    audio_free(call->audio);
    call->audio = audio;
    audio_local(audio, &call->local);
    return 0;
}

static void on_mapped(const struct sa *mapped, void *arg)
{
    struct call *call = arg;

    if (!call->is_mapping)
        return;
    call->is_mapping = false;
    if (mapped)
        description_set_local(&call->sdp, mapped);
    call->go(call);
}

static void find_address(struct call *call, void (*go)(struct call *call))
{
    call->go = go;
    call->is_mapping = sa_isset(&call->stun_server, SA_ALL) &&
                       !audio_map(call->audio, &call->stun_server, on_mapped, call);
    if (!call->is_mapping)
        go(call);
}

int call_open_audio(struct call *call, const struct sa *peer, void (*go)(struct call *call))
{
    int err = open_sockets(call, peer);

    if (err)
        return err;
    description_init(&call->sdp, &call->local);
    find_address(call, go);
    return 0;
}

/* ---- another address of ours ---- */

bool call_has_moved(const struct call *call)
{
    struct sa local;

    return call->info.state == CALL_ESTABLISHED &&
           !transport_choose(call->env->transport, way_peer(call->way), &local) &&
           !sa_cmp(&local, &call->local, SA_ADDR);
}

static void offer_again(struct call *call)
{
    struct mbuf *offer = NULL;

    if (description_offer(&call->sdp, &offer))
        return;
    (void)call_play(call, false);
    (void)sipsess_modify(call->session, offer);
    mem_deref(offer);
}

void call_move(struct call *call)
{
    if (open_sockets(call, way_peer(call->way)))
        return; /* silence will end it */
    description_set_local(&call->sdp, &call->local);
    find_address(call, offer_again);
}

int call_play(struct call *call, bool is_early)
{
    struct audio_stream stream;

    description_stream(&call->sdp, &stream);
    stream.is_early = is_early;
    return audio_start(call->audio, &stream);
}
