/* SPDX-License-Identifier: MIT */
#include "sip/stun.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>

#include <re_types.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_stun.h>
#include <re_udp.h>

#include "base/timer.h"
#include "media/stun_answer.h"

/* The library hands received packets to helpers from the lowest layer up; SIP itself is 0. */
enum { LAYER = 1 };

/* The library's own keep-alive would do all this, but keeps error responses to itself. */
struct stun_query {
    struct stun *stun; /* the transactions */
    struct udp_sock *socket;
    struct udp_helper *helper;
    struct sa server;
    struct stun_ctrans *request;
    struct timer next;
    stun_result_fn *on_result;
    void *arg;
    struct timer silence; /* until the first answer */
    bool was_refused;     /* by the last answer */
    int told_err;         /* last told; -1: nothing yet */
    unsigned told_code;   /* with told_err EREMOTEIO */
    struct sa told;       /* with told_err 0 */
};

static void ask(void *arg);

static void tell(struct stun_query *query, int err, unsigned code, const struct sa *mapped)
{
    if (query->told_err == err && query->told_code == code &&
        (err || sa_cmp(&query->told, mapped, SA_ALL)))
        return;
    query->told_err = err;
    query->told_code = code;
    if (!err)
        query->told = *mapped;
    query->on_result(err, code, mapped, query->arg);
}

/* Who has told us our address may be out of sorts once. */
static void on_refusal(struct stun_query *query, unsigned code)
{
    bool is_first = !query->was_refused;

    query->was_refused = true;
    if (!is_first || query->told_err != 0)
        tell(query, EREMOTEIO, code, NULL);
}

static void on_response(int err, uint16_t code, const char *reason, const struct stun_msg *msg,
                        void *arg)
{
    struct stun_query *query = arg;
    const struct sa *mapped;

    (void)reason;
    timer_stop(&query->silence);
    timer_start(&query->next, STUN_INTERVAL_S * 1000ull, ask, query);
    if (code) {
        on_refusal(query, code);
        return;
    }
    query->was_refused = false;
    mapped = err ? NULL : stun_answer_mapped(msg, sa_af(&query->server));
    if (mapped)
        tell(query, 0, 0, mapped);
    else /* EPROTO: something that we do not know */
        tell(query, err && err != EPROTO ? err : EBADMSG, 0, NULL);
}

static void on_silence(void *arg)
{
    tell(arg, ETIMEDOUT, 0, NULL);
}

static void ask(void *arg)
{
    struct stun_query *query = arg;
    int err;

    query->request = mem_deref(query->request);
    err = stun_request(&query->request, query->stun, IPPROTO_UDP, query->socket, &query->server, 0,
                       STUN_METHOD_BINDING, NULL, 0, false, on_response, query, 1,
                       STUN_ATTR_SOFTWARE, stun_software);
    if (!err)
        return;
    timer_start(&query->next, STUN_INTERVAL_S * 1000ull, ask, query);
    timer_stop(&query->silence);
    tell(query, err, 0, NULL);
}

/* What comes in at the socket, before SIP sees it. Returns true if it was for us. */
static bool on_datagram(struct sa *from, struct mbuf *mb, void *arg)
{
    struct stun_query *query = arg;
    struct stun_unknown_attr unknown;
    struct stun_msg *msg;
    size_t pos = mb->pos;
    bool is_ours;

    if (!sa_cmp(&query->server, from, SA_ALL) || stun_msg_decode(&msg, mb, &unknown))
        return false;
    is_ours = stun_msg_method(msg) == STUN_METHOD_BINDING &&
              (stun_msg_class(msg) == STUN_CLASS_SUCCESS_RESP ||
               stun_msg_class(msg) == STUN_CLASS_ERROR_RESP);
    if (is_ours)
        (void)stun_ctrans_recv(query->stun, msg, &unknown);
    else
        mb->pos = pos;
    mem_deref(msg);
    return is_ours;
}

int stun_query_start(struct udp_sock *socket, const struct sa *server, stun_result_fn *on_result,
                     void *arg, struct stun_query **ret_query)
{
    struct stun_query *query = calloc(1, sizeof(*query));
    int err;

    if (!query)
        return ENOMEM;
    query->socket = mem_ref(socket);
    query->server = *server;
    query->on_result = on_result;
    query->arg = arg;
    query->told_err = -1;
    err = stun_alloc(&query->stun, NULL, NULL, NULL);
    if (!err)
        err = udp_register_helper(&query->helper, socket, LAYER, NULL, on_datagram, query);
    if (err) {
        stun_query_stop(query);
        return err;
    }
    timer_start(&query->silence, STUN_ANSWER_MS, on_silence, query);
    timer_start(&query->next, 1, ask, query);
    *ret_query = query;
    return 0;
}

struct stun_query *stun_query_stop(struct stun_query *query)
{
    if (!query)
        return NULL;
    timer_stop(&query->silence);
    timer_stop(&query->next);
    mem_deref(query->request);
    mem_deref(query->helper);
    mem_deref(query->socket);
    mem_deref(query->stun);
    free(query);
    return NULL;
}
