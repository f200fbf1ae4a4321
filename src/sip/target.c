/* SPDX-License-Identifier: MIT */
#include "sip/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>

#include "base/clock.h"
#include "base/timer.h"
#include "sip/identity.h"
#include "sip/resolver.h"

struct target {
    struct resolver *resolver;
    target_found_fn *on_found;
    void *arg;

    struct identity identity;
    enum sip_transport transport;
    struct host host; /* the next hop, or where it has redirected us */
    unsigned n_redirects;

    struct resolver_query *query;
    struct timer limit; /* of the query */
    struct sa addrs[RESOLVER_MAX_ADDRESSES];
    unsigned n_addrs;
    unsigned addr;           /* the one in use, or to try next; n_addrs: all had their turn */
    uint64_t addrs_until_ms; /* monotonic */
    bool is_settled;
};

/* ---- looking up ---- */

/* Returns true if we have settled at one that is gone. */
static bool take(struct target *target, const struct sa *addrs, unsigned n_addrs)
{
    struct sa current = {0};

    if (target->addr < target->n_addrs)
        current = target->addrs[target->addr];
    memcpy(target->addrs, addrs, n_addrs * sizeof(*addrs));
    target->n_addrs = n_addrs;
    target->addr = 0;
    for (unsigned i = 0; i < n_addrs && target->is_settled; i++) {
        if (sa_cmp(&addrs[i], &current, SA_ALL)) {
            target->addr = i; /* still a good one: stay */
            return false;
        }
    }
    return target->is_settled;
}

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s, void *arg)
{
    struct target *target = arg;
    bool has_moved = false;

    target->query = NULL;
    timer_stop(&target->limit);
    if (!err) {
        target->addrs_until_ms = clock_monotonic_ms() + ttl_s * 1000ull;
        has_moved = take(target, addrs, n_addrs);
    }
    target->on_found(err, has_moved, target->arg);
}

static void on_limit(void *arg)
{
    struct target *target = arg;

    target->query = resolver_cancel(target->query);
    target->on_found(ETIMEDOUT, false, target->arg);
}

int target_find(struct target *target, uint64_t limit_ms)
{
    int err;

    target_cancel(target);
    if (limit_ms)
        timer_start(&target->limit, limit_ms, on_limit, target);
    err = resolver_find(target->resolver, &target->host, target->transport, on_found, target,
                        &target->query);
    if (err)
        timer_stop(&target->limit);
    return err;
}

bool target_is_finding(const struct target *target)
{
    return target->query;
}

void target_cancel(struct target *target)
{
    timer_stop(&target->limit);
    target->query = resolver_cancel(target->query);
}

bool target_is_fresh(const struct target *target)
{
    return clock_monotonic_ms() < target->addrs_until_ms;
}

/* ---- which host ---- */

bool target_restart(struct target *target)
{
    bool is_other = strcasecmp(target->host.name, target->identity.next_hop.name) != 0;

    target_cancel(target);
    target->host = target->identity.next_hop;
    target->n_redirects = 0;
    return is_other;
}

bool target_redirect(struct target *target, const char *to, char *reason, size_t size)
{
    struct host host;

    if (host_parse(to, HOST_FORM_PORT, &host)) {
        (void)snprintf(reason, size, "the server redirects us, but not to an address we can use");
        return false;
    }
    if (!identity_owns_host(&target->identity, &host) ||
        ++target->n_redirects > TARGET_MAX_REDIRECTS) {
        (void)snprintf(reason, size, "the server redirects us to %.100s, which is %s", host.name,
                       target->n_redirects > TARGET_MAX_REDIRECTS ? "one too many"
                                                                  : "not of this account");
        return false;
    }
    target->host = host;
    return true;
}

const struct host *target_host(const struct target *target)
{
    return &target->host;
}

/* ---- which address ---- */

void target_settle(struct target *target)
{
    target->is_settled = true;
    target->n_redirects = 0; /* a cluster may redirect each refresh */
}

void target_unsettle(struct target *target)
{
    target->is_settled = false;
}

bool target_next(struct target *target)
{
    if (target->addr < target->n_addrs)
        target->addr++;
    return target->addr < target->n_addrs;
}

bool target_has_next(const struct target *target)
{
    return target->addr + 1 < target->n_addrs;
}

void target_keep_only_this(struct target *target)
{
    timer_stop(&target->limit);
    if (target->addr >= target->n_addrs)
        return;
    target->addrs[0] = target->addrs[target->addr];
    target->addr = 0;
    target->n_addrs = 1;
}

const struct sa *target_address(const struct target *target)
{
    if (!target->n_addrs)
        return NULL;
    return &target->addrs[target->addr < target->n_addrs ? target->addr : 0];
}

void target_address_text(const struct target *target, char *buf, size_t size)
{
    buf[0] = '\0';
    if (target->addr < target->n_addrs)
        (void)re_snprintf(buf, size, "%J", &target->addrs[target->addr]);
}

unsigned target_count(const struct target *target)
{
    return target->n_addrs;
}

const struct sa *target_address_at(const struct target *target, unsigned i)
{
    return i < target->n_addrs ? &target->addrs[i] : NULL;
}

/* ---- life ---- */

void target_set(struct target *target, const struct sip_settings *settings)
{
    identity_make(settings, &target->identity);
    target->transport = settings->transport;
}

int target_new(struct resolver *resolver, const struct sip_settings *settings,
               target_found_fn *on_found_fn, void *arg, struct target **ret_target)
{
    struct target *target = calloc(1, sizeof(*target));

    if (!target)
        return ENOMEM;
    target->resolver = resolver;
    target->on_found = on_found_fn;
    target->arg = arg;
    target_set(target, settings);
    target->host = target->identity.next_hop;
    *ret_target = target;
    return 0;
}

struct target *target_free(struct target *target)
{
    if (!target)
        return NULL;
    target_cancel(target);
    free(target);
    return NULL;
}
