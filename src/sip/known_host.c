/* SPDX-License-Identifier: MIT */
#include "sip/known_host.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/timer.h"
#include "sip/addresses.h"
#include "sip/resolver.h"

struct known_host {
    struct resolver *resolver;
    struct host host;
    enum sip_transport transport;
    struct resolver_query *query;
    struct timer again;
    struct sa addrs[RESOLVER_MAX_ADDRESSES];
    unsigned n_addrs;
};

static void look_up(void *arg);

static void look_up_in(struct known_host *known, unsigned wait_s)
{
    timer_start(&known->again, wait_s * 1000ull, look_up, known);
}

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s, void *arg)
{
    struct known_host *known = arg;

    known->query = NULL;
    if (err) { /* those of before stay */
        look_up_in(known, KNOWN_HOST_AGAIN_S);
        return;
    }
    memcpy(known->addrs, addrs, n_addrs * sizeof(*addrs));
    known->n_addrs = n_addrs;
    if (ttl_s == UINT_MAX)
        return; /* an address as written */
    look_up_in(known, ttl_s < KNOWN_HOST_AGAIN_S     ? KNOWN_HOST_AGAIN_S
                      : ttl_s > KNOWN_HOST_LONGEST_S ? KNOWN_HOST_LONGEST_S
                                                     : ttl_s);
}

static void look_up(void *arg)
{
    struct known_host *known = arg;

    if (resolver_find(known->resolver, &known->host, known->transport, on_found, known,
                      &known->query))
        look_up_in(known, KNOWN_HOST_AGAIN_S);
}

int known_host_new(struct resolver *resolver, struct known_host **ret_known)
{
    struct known_host *known = calloc(1, sizeof(*known));

    if (!known)
        return ENOMEM;
    known->resolver = resolver;
    *ret_known = known;
    return 0;
}

struct known_host *known_host_free(struct known_host *known)
{
    if (!known)
        return NULL;
    timer_stop(&known->again);
    resolver_cancel(known->query);
    free(known);
    return NULL;
}

void known_host_set(struct known_host *known, const struct host *host, enum sip_transport transport)
{
    timer_stop(&known->again);
    known->query = resolver_cancel(known->query);
    known->n_addrs = 0;
    if (!host)
        return;
    known->host = *host;
    known->transport = transport;
    look_up(known);
}

bool known_host_has(const struct known_host *known, const struct sa *addr)
{
    return addresses_have(known->addrs, known->n_addrs, addr, SA_ADDR);
}
