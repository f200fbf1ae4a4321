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

/* The library hands received packets to helpers from the lowest layer up; SIP itself is 0. */
enum { LAYER = 1 };

struct stun_query {
    struct stun_keepalive *keepalive;
    stun_result_fn *on_result;
    void *arg;
    struct timer silence; /* until the first answer */
    int told_err;         /* last told; -1: nothing yet */
    struct sa told;       /* with told_err 0 */
    int family;           /* what our address must be of */
};

static bool is_credible(const struct sa *addr, int family)
{
    uint32_t ip;

    if (!sa_isset(addr, SA_ALL) || sa_af(addr) != family)
        return false;
    if (sa_af(addr) != AF_INET)
        return !sa_is_any(addr);
    ip = sa_in(addr);
    return ip >> 24 != 0 && !IN_MULTICAST(ip) && !IN_EXPERIMENTAL(ip);
}

static void tell(struct stun_query *query, int err, const struct sa *mapped)
{
    if (query->told_err == err && (err || sa_cmp(&query->told, mapped, SA_ALL)))
        return;
    query->told_err = err;
    if (!err)
        query->told = *mapped;
    query->on_result(err, mapped, query->arg);
}

static void on_mapped(int err, const struct sa *mapped, void *arg)
{
    struct stun_query *query = arg;

    timer_stop(&query->silence);
    if (!err && !is_credible(mapped, query->family))
        err = EBADMSG;
    if (err == ENOENT || err == EPROTO) /* no address in it, or something that we do not know */
        err = EBADMSG;
    tell(query, err, err ? NULL : mapped);
}

static void on_silence(void *arg)
{
    tell(arg, ETIMEDOUT, NULL);
}

int stun_query_start(struct udp_sock *socket, const struct sa *server, stun_result_fn *on_result,
                     void *arg, struct stun_query **ret_query)
{
    struct stun_query *query = calloc(1, sizeof(*query));
    int err;

    if (!query)
        return ENOMEM;
    query->on_result = on_result;
    query->arg = arg;
    query->told_err = -1;
    query->family = sa_af(server);
    err = stun_keepalive_alloc(&query->keepalive, IPPROTO_UDP, socket, LAYER, server, NULL,
                               on_mapped, query);
    if (err) {
        free(query);
        return err;
    }
    timer_start(&query->silence, STUN_ANSWER_MS, on_silence, query);
    stun_keepalive_enable(query->keepalive, STUN_INTERVAL_S);
    *ret_query = query;
    return 0;
}

struct stun_query *stun_query_stop(struct stun_query *query)
{
    if (!query)
        return NULL;
    timer_stop(&query->silence);
    mem_deref(query->keepalive);
    free(query);
    return NULL;
}
