/* SPDX-License-Identifier: MIT */
#include "sip/calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "sip/addresses.h"
#include "sip/agent.h"
#include "sip/allow.h"
#include "sip/call_impl.h"
#include "sip/callers.h"
#include "sip/forks.h"
#include "sip/known_host.h"
#include "sip/way.h"

enum {
    HASH_SIZE = 16,
    MOVE_AGAIN_MS = 500, /* until SIP itself has its new address */
    MOVE_TRIES = 10,
};

struct calls {
    struct calls_config config;
    struct call_env env;
    call_event_fn *on_call; /* NULL: nobody is told */
    void *call_arg;
    struct callers *callers;
    struct sipsess_sock *sessions;
    struct forks *forks;
    struct call *running;
    struct call *ended; /* until the loop comes round */
    struct timer sweep;
    struct timer move; /* runs after a change of the network */
    unsigned n_moves;
    unsigned last_id;
    unsigned n_strangers; /* INVITEs that got no answer */

    struct known_host *proxy; /* besides the account's next hop */
};

/* ---- the list ---- */

static void sweep(void *arg)
{
    struct calls *calls = arg;

    while (calls->ended) {
        struct call *call = calls->ended;

        calls->ended = call->next;
        call_free(call);
    }
}

static void add(struct calls *calls, struct call *call)
{
    call->next = calls->running;
    calls->running = call;
}

static void remove_call(struct calls *calls, const struct call *call)
{
    for (struct call **at = &calls->running; *at; at = &(*at)->next) {
        if (*at == call) {
            *at = call->next;
            return;
        }
    }
}

static struct call *find(const struct calls *calls, unsigned id)
{
    for (struct call *call = calls->running; call; call = call->next) {
        if (call->info.id == id)
            return call;
    }
    return NULL;
}

static unsigned count(const struct calls *calls)
{
    unsigned n = 0;

    for (const struct call *call = calls->running; call; call = call->next)
        n++;
    return n;
}

static void on_event(enum call_event event, struct call *call, char digit, void *arg)
{
    struct calls *calls = arg;

    if (call->info.state == CALL_ENDED) {
        remove_call(calls, call);
        call->next = calls->ended;
        calls->ended = call;
        timer_start(&calls->sweep, 0, sweep, calls);
    }
    if (calls->on_call)
        calls->on_call(event, &call->info, digit, calls->call_arg);
}

static int make(struct calls *calls, bool is_incoming, struct call **ret_call)
{
    if (count(calls) >= AGENT_MAX_CALLS)
        return EBUSY;
    if (++calls->last_id == 0)
        calls->last_id = 1;
    return call_new(&calls->env, calls->last_id, is_incoming, ret_call);
}

/* ---- what others ask ---- */

void calls_listen(struct calls *calls, call_event_fn *on_call, void *arg)
{
    calls->on_call = on_call;
    calls->call_arg = arg;
}

int calls_dial(struct calls *calls, const char *number, unsigned *ret_id)
{
    struct account account;
    bool has_account = calls->config.account(&account, calls->config.arg);
    struct callee callee;
    struct call *call;
    int err;

    if (!calls->config.sound)
        return ENODEV;
    err = callee_parse(number, has_account ? account.identity : NULL, &callee);
    if (err)
        return err;
    err = make(calls, false, &call);
    if (err)
        return err;
    add(calls, call);
    *ret_id = call->info.id;
    err = call_dial(call, &callee, has_account ? &account : NULL);
    if (err) {
        remove_call(calls, call);
        call_free(call);
    }
    return err;
}

int calls_end(struct calls *calls, unsigned id, bool is_limit)
{
    struct call *call = find(calls, id);

    if (!call)
        return ENOENT;
    call_hang_up(call, is_limit);
    return 0;
}

int calls_answer(struct calls *calls, unsigned id)
{
    struct call *call = find(calls, id);

    return call ? call_answer(call) : ENOENT;
}

int calls_refuse(struct calls *calls, unsigned id, unsigned code)
{
    struct call *call = find(calls, id);

    return call ? call_refuse(call, code) : ENOENT;
}

int calls_stats(const struct calls *calls, unsigned id, struct audio_stats *ret_stats)
{
    const struct call *call = find(calls, id);

    if (!call || !call->audio)
        return ENOENT;
    audio_stats(call->audio, ret_stats);
    return 0;
}

int calls_set_callers(struct calls *calls, const char *networks)
{
    struct callers *callers;
    int err = callers_new(networks, &callers);

    if (err)
        return err;
    callers_free(calls->callers);
    calls->callers = callers;
    return 0;
}

bool calls_has_any(const struct calls *calls)
{
    return calls->running != NULL;
}

void calls_end_all(struct calls *calls)
{
    while (calls->running)
        call_hang_up(calls->running, false);
}

/* ---- another address of ours ---- */

static void move(void *arg)
{
    struct calls *calls = arg;
    struct sa sip;
    bool is_waiting = false;

    transport_local(calls->config.transport, &sip);
    for (struct call *call = calls->running; call; call = call->next) {
        struct sa local;

        if (!call_has_moved(call) ||
            transport_choose(calls->config.transport, way_peer(call->way), &local))
            continue;
        /* The re-INVITE has to go out from the new address, too. */
        if (calls->n_moves < MOVE_TRIES && !sa_cmp(&sip, &local, SA_ADDR))
            is_waiting = true;
        else
            call_move(call);
    }
    calls->n_moves++;
    if (is_waiting)
        timer_start(&calls->move, MOVE_AGAIN_MS, move, calls);
}

void calls_network_changed(struct calls *calls)
{
    calls->n_moves = 0;
    timer_start(&calls->move, MOVE_AGAIN_MS, move, calls); /* it seldom changes once only */
}

void calls_set_proxy(struct calls *calls, const struct host *host, enum sip_transport transport)
{
    known_host_set(calls->proxy, host, transport);
}

/* ---- requests ---- */

/* May who sent msg call us? *ret_is_server: it is the account's server. */
static bool may_call(const struct calls *calls, const struct sip_msg *msg, struct account *account,
                     bool *ret_is_server)
{
    *ret_is_server = calls->config.account(account, calls->config.arg) &&
                     (addresses_have(account->servers, account->n_servers, &msg->src, SA_ADDR) ||
                      known_host_has(calls->proxy, &msg->src));
    return *ret_is_server || callers_has(calls->callers, &msg->src);
}

/* Refuse an INVITE that begins no call, and keep nothing of it: by a transaction of the library
 * each would take memory, and be answered again and again, for 32 s. One that comes again, as the
 * answer was lost, is a new one; its tag is the same (RFC 3261 section 8.2.7). The ACK finds no
 * call, and is let go by unasked.c. */
static enum transport_verdict refuse(struct sip *sip, const struct sip_msg *msg, uint16_t code,
                                     const char *phrase)
{
    struct sip_msg same = *msg; /* borrows all, for sip_reply to read */

    same.tag = (uint64_t)hash_joaat_pl(&msg->callid) << 32 | hash_joaat_pl(&msg->via.branch);
    (void)sip_reply(sip, &same, code, phrase);
    return TRANSPORT_DONE;
}

/* RFC 3261 section 8.2.2.3: we have none of the extensions that one could require. */
static bool refuse_required(struct sip *sip, const struct sip_msg *msg)
{
    const struct sip_hdr *require = sip_msg_hdr(msg, SIP_HDR_REQUIRE);

    if (require)
        (void)sip_replyf(sip, msg, 420, "Bad Extension",
                         "Unsupported: %r\r\nContent-Length: 0\r\n\r\n", &require->val);
    return require != NULL;
}

/* An INVITE that begins a call. Who may not call gets nothing: not even that there is a panel. */
static enum transport_verdict on_invite(struct calls *calls, struct sip *sip,
                                        const struct sip_msg *msg)
{
    struct account account;
    struct pl maddr;
    bool is_server;

    if (!may_call(calls, msg, &account, &is_server) ||
        !msg_param_decode(&msg->via.params, "maddr", &maddr)) {
        calls->n_strangers++;
        if (!(calls->n_strangers & (calls->n_strangers - 1))) /* 1, 2, 4, 8 ... */
            log_debug("sip: %u INVITEs of strangers have got no answer", calls->n_strangers);
        return TRANSPORT_DONE;
    }
    if (pl_isset(&msg->to.tag)) /* from before our last start */
        return refuse(sip, msg, 481, "Call Does Not Exist");
    if (refuse_required(sip, msg))
        return TRANSPORT_DONE;
    if (!calls->config.sound || !calls->on_call)
        return refuse(sip, msg, 480, "Temporarily Unavailable");
    if (count(calls) >= AGENT_MAX_CALLS)
        return refuse(sip, msg, 486, "Busy Here");
    return TRANSPORT_SESSIONS;
}

static struct call *find_dialog(const struct calls *calls, const struct sip_msg *msg)
{
    for (struct call *call = calls->running; call; call = call->next) {
        if (sip_dialog_cmp(sipsess_dialog(call->session), msg))
            return call;
    }
    return NULL;
}

static bool is_of_session(const struct sip_msg *msg)
{
    return !pl_strcmp(&msg->met, "INVITE") || !pl_strcmp(&msg->met, "ACK") ||
           !pl_strcmp(&msg->met, "BYE") || !pl_strcmp(&msg->met, "INFO");
}

/* The library remembers each answer for 32 s, and sends that to an INVITE again and again until its
 * ACK comes: who floods a call has silence. */
static bool is_too_many(struct call *call, const struct sip_msg *msg)
{
    uint64_t now_ms = clock_monotonic_ms();

    if (!pl_strcmp(&msg->met, "ACK") || !pl_strcmp(&msg->met, "BYE"))
        return false;
    if (now_ms - call->requests_since_ms >= CALLS_REQUESTS_MS) {
        call->requests_since_ms = now_ms;
        call->n_requests = 0;
    }
    return ++call->n_requests > CALLS_MAX_REQUESTS;
}

/* A request in a call that runs. */
static enum transport_verdict on_dialog(struct call *call, struct sip *sip,
                                        const struct sip_msg *msg)
{
    if (!way_is_from_peer(call->way, msg)) {
        log_debug("sip: a stranger's request in call %u changes nothing", call->info.id);
        return TRANSPORT_DONE;
    }
    if (is_too_many(call, msg))
        return TRANSPORT_DONE;
    if (!pl_strcmp(&msg->met, "INVITE") && refuse_required(sip, msg))
        return TRANSPORT_DONE;
    if (is_of_session(msg))
        return TRANSPORT_SESSIONS;
    if (!pl_strcmp(&msg->met, "OPTIONS")) { /* are we still there? */
        (void)sip_replyf(sip, msg, 200, "OK",
                         ALLOW "Accept: " CALL_SDP "\r\nContent-Length: 0\r\n\r\n");
        return TRANSPORT_DONE;
    }
    (void)sip_treplyf(NULL, NULL, sip, msg, false, 405, "Method Not Allowed",
                      ALLOW "Content-Length: 0\r\n\r\n");
    return TRANSPORT_DONE;
}

/* A request in a call of before our last start. Whoever may call is told, also without an account;
 * otherwise its phone would wait for 32 s. */
static bool refuse_unknown(const struct calls *calls, struct sip *sip, const struct sip_msg *msg)
{
    struct account account;
    struct pl maddr;
    bool is_server;

    if (!pl_isset(&msg->to.tag) || !is_of_session(msg) || !pl_strcmp(&msg->met, "ACK") ||
        !may_call(calls, msg, &account, &is_server) ||
        !msg_param_decode(&msg->via.params, "maddr", &maddr))
        return false;
    (void)sip_reply(sip, msg, 481, "Call Does Not Exist");
    return true;
}

enum transport_verdict calls_on_request(struct calls *calls, struct sip *sip,
                                        const struct sip_msg *msg)
{
    struct call *call = pl_isset(&msg->to.tag) ? find_dialog(calls, msg) : NULL;

    if (call)
        return on_dialog(call, sip, msg);
    /* A call that has just ended: the library still waits for answers, and gives them. */
    if (pl_isset(&msg->to.tag) && is_of_session(msg) && forks_has(calls->forks, &msg->callid))
        return TRANSPORT_SESSIONS;
    if (!pl_strcmp(&msg->met, "INVITE"))
        return on_invite(calls, sip, msg);
    return refuse_unknown(calls, sip, msg) ? TRANSPORT_DONE : TRANSPORT_UNASKED;
}

/* By Call-ID, whatever the branch is. RFC 3581 section 4: answers come from where the request went;
 * a CANCEL goes the way of its INVITE (RFC 3261 section 9.1). A call that is over can lose nothing
 * any more, but with its Call-ID the branch may be another's; what belongs to none is nobody's. */
bool calls_is_of_peer(const struct calls *calls, const struct sip_msg *msg)
{
    for (const struct call *call = calls->running; call; call = call->next) {
        if (pl_strcmp(&msg->callid, sip_dialog_callid(sipsess_dialog(call->session))))
            continue;
        if (!way_is_from_peer(call->way, msg)) {
            log_debug("sip: a stranger's message about call %u changes nothing", call->info.id);
            return false;
        }
        return true;
    }
    return forks_is_from_peer(calls->forks, msg);
}

/* From the library's sessions: an INVITE that on_invite has let pass. */
static void on_new_session(const struct sip_msg *msg, void *arg)
{
    struct calls *calls = arg;
    struct account account;
    bool is_server;
    struct call *call;

    (void)may_call(calls, msg, &account, &is_server);
    if (make(calls, true, &call)) {
        (void)sip_treply(NULL, transport_sip(calls->config.transport), msg, 500,
                         "Server Internal Error");
        return;
    }
    add(calls, call);
    if (call_take(call, msg, is_server ? &account : NULL)) {
        remove_call(calls, call);
        call_free(call);
    }
}

/* ---- life ---- */

int calls_new(const struct calls_config *config, struct calls **ret_calls)
{
    struct calls *calls = calloc(1, sizeof(*calls));
    int err;

    if (!calls)
        return ENOMEM;
    calls->config = *config;
    err = callers_new("", &calls->callers);
    if (!err)
        err = known_host_new(config->resolver, &calls->proxy);
    if (!err)
        err = forks_new(config->transport, &calls->forks);
    if (!err)
        err = sipsess_listen(&calls->sessions, transport_sip(config->transport), HASH_SIZE,
                             on_new_session, calls);
    if (err) {
        calls_free(calls);
        return err;
    }
    forks_set_sessions(calls->forks, calls->sessions);
    calls->env = (struct call_env){
        .transport = config->transport,
        .sessions = calls->sessions,
        .forks = calls->forks,
        .resolver = config->resolver,
        .sound = config->sound,
        .on_event = on_event,
        .arg = calls,
    };
    *ret_calls = calls;
    return 0;
}

/* The library's sessions wait for answers, and hold each other and the stack until then. A BYE that
 * is given up ends one; what gives up an INVITE sends a BYE, so twice. */
static void drop_sessions(struct calls *calls)
{
    struct sip *sip = transport_sip(calls->config.transport);

    sip_close(sip, true);
    sipsess_close_all(calls->sessions);
    sip_close(sip, true);
    calls->sessions = mem_deref(calls->sessions);
}

struct calls *calls_free(struct calls *calls)
{
    if (!calls)
        return NULL;
    calls->on_call = NULL;
    timer_stop(&calls->sweep);
    timer_stop(&calls->move);
    while (calls->running) {
        struct call *call = calls->running;

        calls->running = call->next;
        call_free(call);
    }
    sweep(calls);
    if (calls->sessions)
        drop_sessions(calls);
    forks_free(calls->forks);
    callers_free(calls->callers);
    known_host_free(calls->proxy);
    free(calls);
    return NULL;
}
