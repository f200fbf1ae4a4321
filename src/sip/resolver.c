/* SPDX-License-Identifier: MIT */
#include "sip/resolver.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_dns.h>
#include <re_uri.h>
#include <re_msg.h>
#include <re_sip.h>

#include "base/timer.h"
#include "base/worker.h"
#include "sip/addresses.h"

enum { MAX_NAMESERVERS = 4 };

struct resolver {
    struct worker *worker; /* borrowed */
    struct dnsc *dnsc;     /* made at the first SRV query */
    struct sa nameserver;  /* set only if one is configured */
    bool has_nameserver;
};

/* A host to look up: the next hop itself, or a target that SRV named. */
struct target {
    char name[HOST_MAX_LEN + 1];
    uint16_t port;
};

struct resolver_query {
    struct resolver *resolver;
    struct target targets[RESOLVER_MAX_ADDRESSES];
    unsigned n_targets;
    unsigned next_target;
    enum sip_transport transport;
    struct sa addrs[RESOLVER_MAX_ADDRESSES];
    unsigned n_addrs;
    unsigned ttl_s; /* the shortest of all records used */
    int err;        /* of the last target that gave nothing */
    resolver_found_fn *found;
    void *arg;
    struct timer timer;
    struct dns_query *dns;  /* SRV, or A by the configured name server */
    struct dns_query *dns6; /* AAAA */
    struct lookup *lookup;  /* what the worker does for us now */
};

/* What the worker gets; outlives a query that was cancelled meanwhile. */
struct lookup {
    struct resolver_query *query; /* NULL: cancelled */
    struct target target;
    struct sa addrs[RESOLVER_MAX_ADDRESSES];
    unsigned n_addrs;
    int err;
};

static void look_up_next(struct resolver_query *query);

static void free_query(struct resolver_query *query)
{
    timer_stop(&query->timer);
    mem_deref(query->dns);
    mem_deref(query->dns6);
    if (query->lookup)
        query->lookup->query = NULL;
    free(query);
}

struct resolver_query *resolver_cancel(struct resolver_query *query)
{
    if (query)
        free_query(query);
    return NULL;
}

static void finish(void *arg)
{
    struct resolver_query query = *(struct resolver_query *)arg;

    timer_stop(&((struct resolver_query *)arg)->timer);
    free_query(arg);
    query.found(query.n_addrs ? 0 : query.err, query.addrs, query.n_addrs, query.ttl_s, query.arg);
}

static void note_ttl(struct resolver_query *query, int64_t ttl_s)
{
    if (ttl_s >= 0 && ttl_s < query->ttl_s)
        query->ttl_s = (unsigned)ttl_s;
}

static void add_address(struct resolver_query *query, const struct sa *addr)
{
    if (query->n_addrs < RESOLVER_MAX_ADDRESSES &&
        !addresses_have(query->addrs, query->n_addrs, addr, SA_ALL))
        query->addrs[query->n_addrs++] = *addr;
}

static int errno_of_gai(int rc)
{
    switch (rc) {
    case 0:
        return 0;
    case EAI_AGAIN:
        return EAGAIN;
    case EAI_MEMORY:
        return ENOMEM;
    default:
        return ENOENT;
    }
}

static void look_up(void *arg)
{
    struct lookup *lookup = arg;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *list = NULL;

    lookup->err = errno_of_gai(getaddrinfo(lookup->target.name, NULL, &hints, &list));
    for (struct addrinfo *ai = list; ai && lookup->n_addrs < RESOLVER_MAX_ADDRESSES;
         ai = ai->ai_next) {
        struct sa *addr = &lookup->addrs[lookup->n_addrs];

        if (!sa_set_sa(addr, ai->ai_addr)) {
            sa_set_port(addr, lookup->target.port);
            lookup->n_addrs++;
        }
    }
    if (list)
        freeaddrinfo(list);
}

static void on_looked_up(void *arg)
{
    struct lookup *lookup = arg;
    struct resolver_query *query = lookup->query;

    if (query) {
        query->lookup = NULL;
        for (unsigned i = 0; i < lookup->n_addrs; i++)
            add_address(query, &lookup->addrs[i]);
        note_ttl(query, RESOLVER_SYSTEM_TTL_S);
        if (lookup->err)
            query->err = lookup->err;
    }
    free(lookup);
    if (query)
        look_up_next(query);
}

static int start_lookup(struct resolver_query *query, const struct target *target)
{
    struct lookup *lookup = calloc(1, sizeof(*lookup));
    int err;

    if (!lookup)
        return ENOMEM;
    lookup->query = query;
    lookup->target = *target;
    err = worker_submit(query->resolver->worker, look_up, on_looked_up, lookup);
    if (err)
        free(lookup);
    else
        query->lookup = lookup;
    return err;
}

static int open_dns(struct resolver *resolver)
{
    struct sa servers[MAX_NAMESERVERS];
    uint32_t n = MAX_NAMESERVERS;
    char domain[256];
    int err;

    if (resolver->dnsc)
        return 0;
    if (resolver->has_nameserver) {
        servers[0] = resolver->nameserver;
        n = 1;
    } else {
        err = dns_srv_get(domain, sizeof(domain), servers, &n);
        if (err)
            return err;
        if (!n)
            return ENOENT;
    }
    return dnsc_alloc(&resolver->dnsc, NULL, servers, n);
}

static bool take_address(struct dnsrr *rr, void *arg)
{
    struct resolver_query *query = arg;
    uint16_t port = query->targets[query->next_target - 1].port;
    struct sa addr;

    if (rr->type == DNS_TYPE_A)
        sa_set_in(&addr, rr->rdata.a.addr, port);
    else
        sa_set_in6(&addr, rr->rdata.aaaa.addr, port);
    note_ttl(query, rr->ttl);
    add_address(query, &addr);
    return false;
}

static void on_addresses(int err, const struct dnshdr *hdr, struct list *ansl, struct list *authl,
                         struct list *addl, void *arg)
{
    struct resolver_query *query = arg;

    (void)authl;
    (void)addl;
    if (err)
        query->err = err == ETIMEDOUT ? ETIMEDOUT : EAGAIN;
    else if (hdr->rcode != DNS_RCODE_OK && hdr->rcode != DNS_RCODE_NAME_ERR)
        query->err = EAGAIN; /* that says nothing about the name */
    else
        (void)dns_rrlist_apply2(ansl, NULL, DNS_TYPE_A, DNS_TYPE_AAAA, DNS_CLASS_IN, false,
                                take_address, query);
    if (query->dns || query->dns6)
        return;
    timer_stop(&query->timer);
    look_up_next(query);
}

/* What has come so far must do: some name servers never answer for AAAA. */
static void on_addresses_late(void *arg)
{
    struct resolver_query *query = arg;

    query->dns = mem_deref(query->dns);
    query->dns6 = mem_deref(query->dns6);
    query->err = ETIMEDOUT;
    look_up_next(query);
}

static int ask_addresses(struct resolver_query *query, const struct target *target)
{
    int err = open_dns(query->resolver);

    if (!err)
        err = dnsc_query(&query->dns, query->resolver->dnsc, target->name, DNS_TYPE_A, DNS_CLASS_IN,
                         true, on_addresses, query);
    if (!err) /* without AAAA we still have A */
        (void)dnsc_query(&query->dns6, query->resolver->dnsc, target->name, DNS_TYPE_AAAA,
                         DNS_CLASS_IN, true, on_addresses, query);
    if (!err)
        timer_start(&query->timer, RESOLVER_TIMEOUT_MS, on_addresses_late, query);
    return err;
}

static void look_up_next(struct resolver_query *query)
{
    while (query->next_target < query->n_targets) {
        const struct target *target = &query->targets[query->next_target++];
        struct sa addr;
        int err;

        if (!sa_set_str(&addr, target->name, target->port)) {
            add_address(query, &addr);
            continue;
        }
        err = query->resolver->has_nameserver ? ask_addresses(query, target)
                                              : start_lookup(query, target);
        if (!err)
            return;
        query->err = err;
    }
    finish(query);
}

static bool take_service(struct dnsrr *rr, void *arg)
{
    struct resolver_query *query = arg;
    struct target *target = &query->targets[query->n_targets];

    if (query->n_targets == RESOLVER_MAX_ADDRESSES)
        return true;
    /* RFC 2782: a lone "." says that the service is not there. */
    if (strlen(rr->rdata.srv.target) <= 1 || strlen(rr->rdata.srv.target) > HOST_MAX_LEN)
        return false;
    (void)snprintf(target->name, sizeof(target->name), "%s", rr->rdata.srv.target);
    target->port = rr->rdata.srv.port;
    note_ttl(query, rr->ttl);
    query->n_targets++;
    return false;
}

/* SRV has answered, or will not: the name itself is the target if it named none. */
static void after_services(struct resolver_query *query)
{
    if (query->n_targets > 1) {
        query->next_target = 1; /* targets[0] is the name itself */
    }
    look_up_next(query);
}

static void on_services(int err, const struct dnshdr *hdr, struct list *ansl, struct list *authl,
                        struct list *addl, void *arg)
{
    struct resolver_query *query = arg;

    (void)hdr;
    (void)authl;
    (void)addl;
    timer_stop(&query->timer);
    if (!err) {
        dns_rrlist_sort(ansl, DNS_TYPE_SRV, (size_t)(uintptr_t)query);
        (void)dns_rrlist_apply(ansl, NULL, DNS_TYPE_SRV, DNS_CLASS_IN, false, take_service, query);
    }
    after_services(query);
}

static void on_services_late(void *arg)
{
    struct resolver_query *query = arg;

    query->dns = mem_deref(query->dns);
    after_services(query);
}

static int ask_services(struct resolver_query *query, const char *host)
{
    static const char *const services[] = {
        [SIP_TRANSPORT_UDP] = "_sip._udp",
        [SIP_TRANSPORT_TCP] = "_sip._tcp",
        [SIP_TRANSPORT_TLS] = "_sips._tcp",
    };
    char name[HOST_MAX_LEN + 16];
    int err = open_dns(query->resolver);

    if (err)
        return err;
    (void)snprintf(name, sizeof(name), "%s.%s", services[query->transport], host);
    err = dnsc_query(&query->dns, query->resolver->dnsc, name, DNS_TYPE_SRV, DNS_CLASS_IN, true,
                     on_services, query);
    if (!err)
        timer_start(&query->timer, RESOLVER_SRV_TIMEOUT_MS, on_services_late, query);
    return err;
}

static void start(void *arg)
{
    look_up_next(arg);
}

int resolver_find(struct resolver *resolver, const struct host *host, enum sip_transport transport,
                  resolver_found_fn *found, void *arg, struct resolver_query **ret_query)
{
    struct resolver_query *query = calloc(1, sizeof(*query));
    struct target *target;

    if (!query)
        return ENOMEM;
    query->resolver = resolver;
    query->transport = transport;
    query->found = found;
    query->arg = arg;
    query->err = ENOENT;
    query->ttl_s = UINT_MAX;
    target = &query->targets[query->n_targets++];
    (void)snprintf(target->name, sizeof(target->name), "%s", host->name);
    target->port = host->port                       ? host->port
                   : transport == SIP_TRANSPORT_TLS ? SIP_PORT_TLS
                                                    : SIP_PORT;

    if (host->port || host->is_address || ask_services(query, host->name))
        timer_start(&query->timer, 0, start, query);
    *ret_query = query;
    return 0;
}

int resolver_new(struct worker *worker, const char *nameserver, struct resolver **ret_resolver)
{
    struct resolver *resolver = calloc(1, sizeof(*resolver));

    if (!resolver)
        return ENOMEM;
    resolver->worker = worker;
    if (nameserver) {
        if (sa_decode(&resolver->nameserver, nameserver, strlen(nameserver))) {
            free(resolver);
            return EINVAL;
        }
        resolver->has_nameserver = true;
    }
    *ret_resolver = resolver;
    return 0;
}

struct resolver *resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return NULL;
    mem_deref(resolver->dnsc);
    free(resolver);
    return NULL;
}
