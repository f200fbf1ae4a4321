/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "sip/binding_case.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/network.h"
#include "base/worker.h"
#include "sip/transport.h"

static struct worker *worker;
static struct event_bus *events;
static struct binding_case it;

static const struct registrar_reply good[] = {{200, "Expires: 60\r\n"}, {-1, NULL}};

int __real_transport_choose(const struct transport *transport, const struct sa *peer,
                            struct sa *ret_local);
int __wrap_transport_choose(const struct transport *transport, const struct sa *peer,
                            struct sa *ret_local);

int __wrap_transport_choose(const struct transport *transport, const struct sa *peer,
                            struct sa *ret_local)
{
    int err = __real_transport_choose(transport, peer, ret_local);

    if (it.way)
        assert_int_equal(sa_set_str(ret_local, it.way, 0), 0);
    return it.way_err ? it.way_err : err;
}

bool network_is_up(const struct sockaddr *local, char *name)
{
    assert_int_equal(local->sa_family, AF_INET);
    (void)snprintf(name, 16, "eth7");
    return !it.is_link_down;
}

static void on_event(const struct event *event, void *arg)
{
    size_t len = strlen(it.told);

    (void)arg;
    (void)snprintf(it.told + len, sizeof(it.told) - len, "%s %s\n", event_name(event->kind),
                   event->text);
}

static void make_agent(bool keepalive_is_options)
{
    const struct agent_config config = {
        .bind = "127.0.0.1:0",
        .nameserver = dns_server_address(it.dns),
        .serial = "7a3c2c4e-0000-4000-8000-000000000001",
        .keepalive_s = keepalive_is_options ? 10 : 0,
        .keepalive_is_options = keepalive_is_options,
        .resolver_worker = worker,
        .events = events,
    };

    assert_int_equal(agent_new(&config, &it.agent), 0);
}

struct binding_case *binding_case_start(void)
{
    memset(&it, 0, sizeof(it));
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("resolver", 4, &worker), 0);
    assert_int_equal(event_bus_new(&events), 0);
    assert_int_equal(event_listen(events, on_event, NULL), 0);
    registrar_start(&it.first);
    registrar_start(&it.second);
    registrar_reply(&it.first, good);
    registrar_reply(&it.second, good);
    stun_server_start(&it.stun);
    it.dns = dns_server_new(it.zone);
    make_agent(false);
    return &it;
}

void binding_case_use_options(void)
{
    it.agent = agent_free(it.agent);
    make_agent(true);
}

void binding_case_stop(void)
{
    it.agent = agent_free(it.agent);
    dns_server_free(it.dns);
    stun_server_stop(&it.stun);
    registrar_stop(&it.first);
    registrar_stop(&it.second);
    event_bus_free(events);
    worker_free(worker);
    loop_done();
}

/* pbx.test is at these, in this order. */
void zone_of(const struct registrar *a, const struct registrar *b, unsigned ttl_s)
{
    const struct registrar *const at[] = {a, b};

    memset(it.zone, 0, sizeof(it.zone));
    for (unsigned i = 0; i < 2 && at[i]; i++)
        it.zone[i] = (struct dns_record){.name = "_sip._udp.pbx.test",
                                         .type = DNS_SRV,
                                         .value = "127.0.0.1",
                                         .priority = (uint16_t)i,
                                         .port = at[i]->port,
                                         .ttl_s = ttl_s};
    it.zone[2] = (struct dns_record){.name = "stun.test", .type = DNS_A, .value = "127.0.0.1"};
    if (!at[1])
        it.zone[1] = it.zone[2];
}

void use(const char *proxy, enum sip_transport transport, const char *stun_ip)
{
    struct sip_settings settings = {.realm = "pbx.test",
                                    .user = "101",
                                    .password = "secret1",
                                    .stun_port = it.stun.port,
                                    .registration_interval_s = 60,
                                    .transport = transport};

    (void)snprintf(settings.proxy, sizeof(settings.proxy), "%s", proxy);
    (void)snprintf(settings.stun_ip, sizeof(settings.stun_ip), "%s", stun_ip);
    agent_apply(it.agent, &settings);
}

void use_name(void)
{
    use("sip:pbx.test", SIP_TRANSPORT_UDP, "127.0.0.1");
}

void use_port(const struct registrar *registrar, enum sip_transport transport)
{
    char proxy[40];

    (void)snprintf(proxy, sizeof(proxy), "sip:127.0.0.1:%u", registrar->port);
    use(proxy, transport, "127.0.0.1");
}

const struct agent_status *status_now(void)
{
    static struct agent_status status;

    agent_status(it.agent, &status);
    return &status;
}

/* ---- waiting ---- */

bool is_registered(void *arg)
{
    (void)arg;
    return status_now()->state == AGENT_REGISTERED;
}

static bool has_reason(void *arg)
{
    return strstr(status_now()->reason, arg) != NULL;
}

struct want {
    const struct registrar *registrar;
    unsigned n;
};

static bool has_requests(void *arg)
{
    const struct want *want = arg;

    return want->registrar->n >= want->n;
}

void wait_registered(void)
{
    assert_true(loop_until(is_registered, NULL));
}

void wait_reason(const char *part)
{
    char copy[200];

    (void)snprintf(copy, sizeof(copy), "%s", part);
    if (!loop_until(has_reason, copy))
        fail_msg("%s, not %s", status_now()->reason, part);
}

void wait_requests(const struct registrar *registrar, unsigned n)
{
    struct want want = {registrar, n};

    assert_true(loop_until(has_requests, &want));
    loop_for_ms(5);
    assert_int_equal(registrar->n, n);
}

void advance_ms(unsigned ms)
{
    uint64_t until_ms = clock_monotonic_ms() + ms;

    for (uint64_t now_ms; (now_ms = clock_monotonic_ms()) < until_ms;) {
        hand_clock_advance_ms(until_ms - now_ms > 250 ? 250 : until_ms - now_ms);
        loop_for_ms(1);
    }
    loop_for_ms(5);
}

void assert_in_s(int64_t at_s, int64_t wanted_s)
{
    int64_t in_s = at_s - clock_unix_s();

    if (in_s < wanted_s - 2 || in_s > wanted_s + 1)
        fail_msg("in %lld s, not in %lld s", (long long)in_s, (long long)wanted_s);
}

/* The reason is this one, with a port in it. */
void assert_reason(const char *begin, unsigned port)
{
    char want[AGENT_MAX_REASON];

    (void)snprintf(want, sizeof(want), "%s 127.0.0.1:%u", begin, port);
    assert_int_equal(strncmp(status_now()->reason, want, strlen(want)), 0);
}
