/* SPDX-License-Identifier: MIT */
/* binding_case.h - an agent with two registrars, a name server and a STUN server around it, for
 * the tests of the binding. The way to the servers and the state of the link are faked; the
 * program needs --wrap=transport_choose. Fails the test on failure. */
#ifndef BINDING_CASE_H
#define BINDING_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "sip/agent.h"
#include "sip/dns_server.h"
#include "sip/registrar.h"
#include "sip/stun_server.h"

enum { BINDING_CASE_RECORDS = 4 };

struct binding_case {
    struct registrar first, second; /* both say yes at first */
    struct stun_server stun;
    struct dns_server *dns;
    struct dns_record zone[BINDING_CASE_RECORDS + 1]; /* what dns serves */
    struct agent *agent;
    char told[4000];   /* events, a line each */
    bool is_link_down; /* what network_is_up says */
    int way_err;       /* what transport_choose says, besides an address */
    const char *way;   /* that address; NULL: the real one */
};

struct binding_case *binding_case_start(void);
void binding_case_stop(void);

/* Another agent instead, with keep-alives by OPTIONS every 8 to 10 s. */
void binding_case_use_options(void);

/* pbx.test is at these, in this order (b may be NULL); there is also stun.test. ttl_s: 0: 60. */
void zone_of(const struct registrar *a, const struct registrar *b, unsigned ttl_s);

/* New settings: user 101 at this proxy. stun_ip: "127.0.0.1": none. */
void use(const char *proxy, enum sip_transport transport, const char *stun_ip);
void use_name(void); /* sip:pbx.test by UDP */
void use_port(const struct registrar *registrar, enum sip_transport transport);

/* As it is now; the next call refreshes it. */
const struct agent_status *status_now(void);
bool is_registered(void *arg);

void wait_registered(void);

/* Until the reason has this in it. */
void wait_reason(const char *part);

/* Until this one has had so many requests; more are a failure. */
void wait_requests(const struct registrar *registrar, unsigned n);

/* Let time fly, with the loop running in between. */
void advance_ms(unsigned ms);

/* A time of the status is so many seconds from now, nearly. */
void assert_in_s(int64_t at_s, int64_t wanted_s);

/* The reason begins so, with the address of our servers and this port behind it. */
void assert_reason(const char *begin, unsigned port);

#endif
