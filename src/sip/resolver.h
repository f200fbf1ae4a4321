/* SPDX-License-Identifier: MIT */
/* resolver.h - from the next hop in the settings to addresses, as RFC 3263 without NAPTR: an
 * address is itself; with a port, A and AAAA; without, SRV, and if there is none A and AAAA with
 * the transport's port. Names go through the system's resolver (so /etc/hosts counts), or through
 * one configured name server. Loop thread only. Never blocks. */
#ifndef SIP_RESOLVER_H
#define SIP_RESOLVER_H

#include "settings/host.h"
#include "settings/sip_settings.h"

struct resolver;
struct resolver_query;
struct sa;
struct worker;

enum {
    RESOLVER_MAX_ADDRESSES = 8,
    RESOLVER_SRV_TIMEOUT_MS = 3000,
    RESOLVER_TIMEOUT_MS = 3000, /* for A and AAAA of one name from the configured name server */
    RESOLVER_SYSTEM_TTL_S = 60, /* the system's look-up does not tell its own */
};

/* worker: borrowed, does the system's look-ups. nameserver: "ADDR:PORT" or NULL for the
 * system's. Returns 0, EINVAL (nameserver is no address) or ENOMEM. Caller owns *ret_resolver. */
int resolver_new(struct worker *worker, const char *nameserver, struct resolver **ret_resolver);
struct resolver *resolver_free(struct resolver *resolver);

/* err: 0, then addrs holds 1..RESOLVER_MAX_ADDRESSES in the order to try; or ENOENT (no such
 * name), ETIMEDOUT, EAGAIN (the name server has no answer now).
 * ttl_s: how long they may be used; UINT_MAX for an address. */
typedef void resolver_found_fn(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s,
                               void *arg);

/* Find where to send for host. found is always called later, from the loop, once, unless the
 * query is cancelled. host: copied. Returns 0 or an errno value, then found is not called. */
int resolver_find(struct resolver *resolver, const struct host *host, enum sip_transport transport,
                  resolver_found_fn *found, void *arg, struct resolver_query **ret_query);

/* found will not be called. NULL is fine; returns NULL. Not after found was called. */
struct resolver_query *resolver_cancel(struct resolver_query *query);

#endif
