/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "sip/dns_server.h"
#include "sip/resolver.h"

static struct worker *worker;
static struct dns_server *server;
static struct resolver *resolver;

static struct {
    unsigned n; /* how often found was called */
    int err;
    char addrs[1000]; /* "1.2.3.4:5060,..." */
    unsigned ttl_s;
    bool is_inside; /* resolver_find */
    bool was_inside;
} found;

static const struct dns_record zone[] = {
    {"four.test", DNS_A, "10.0.0.4", 0, 0, 0, 0},
    {"six.test", DNS_AAAA, "fd00::6", 0, 0, 0, 0},
    {"both.test", DNS_A, "10.0.0.5", 0, 0, 0, 0},
    {"both.test", DNS_AAAA, "fd00::5", 0, 0, 0, 0},
    {"two.test", DNS_A, "10.0.0.1", 0, 0, 0, 0},
    {"two.test", DNS_A, "10.0.0.1", 0, 0, 0, 0},
    {"_sip._udp.srv.test", DNS_SRV, "four.test", 20, 0, 5082, 0},
    {"_sip._udp.srv.test", DNS_SRV, "nowhere.test", 5, 0, 5080, 0},
    {"_sip._udp.srv.test", DNS_SRV, "both.test", 30, 0, 5083, 0},
    {"_sip._udp.srv.test", DNS_SRV, "two.test", 10, 0, 5081, 0},
    {"_sip._tcp.srv.test", DNS_SRV, "four.test", 1, 1, 5090, 0},
    {"_sips._tcp.srv.test", DNS_SRV, "four.test", 1, 1, 5091, 0},
    {"srv.test", DNS_A, "10.9.9.9", 0, 0, 0, 0}, /* not the place for SIP */
    {"_sip._udp.numeric.test", DNS_SRV, "10.1.2.3", 1, 1, 5070, 0},
    {"_sip._udp.broken.test", DNS_SRV, "nowhere.test", 1, 1, 5070, 0},
    {"broken.test", DNS_A, "10.9.9.9", 0, 0, 0, 0},
    {"_sip._udp.slow.test", DNS_SRV, NULL, 0, 0, 0, 0},
    {"slow.test", DNS_A, "10.0.0.7", 0, 0, 0, 0},
    {"silent.test", DNS_A, NULL, 0, 0, 0, 0},
    {"silent.test", DNS_AAAA, NULL, 0, 0, 0, 0},
    {"half.test", DNS_A, "10.0.0.8", 0, 0, 0, 0},
    {"half.test", DNS_AAAA, NULL, 0, 0, 0, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.1", 1, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.2", 2, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.3", 3, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.4", 4, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.5", 5, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.6", 6, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.7", 7, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.8", 8, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.9", 9, 0, 5060, 0},
    {"_sip._udp.many.test", DNS_SRV, "10.1.0.10", 10, 0, 5060, 0},
    {"brief.test", DNS_A, "10.0.0.9", 0, 0, 0, 300},
    {"brief.test", DNS_AAAA, "fd00::9", 0, 0, 0, 7},
    {"long.test", DNS_A, "10.0.0.9", 0, 0, 0, 604800},
    {"_sip._udp.ttl.test", DNS_SRV, "long.test", 1, 0, 5060, 20},
    {"_sip._udp.ttl2.test", DNS_SRV, "brief.test", 1, 0, 5060, 20},
    {"_sip._udp.ttl3.test", DNS_SRV, "10.0.0.9", 1, 0, 5060, 4000},
    {NULL, 0, NULL, 0, 0, 0, 0},
};

static int setup(void **state)
{
    (void)state;
    memset(&found, 0, sizeof(found));
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("resolver", 4, &worker), 0);
    server = dns_server_new(zone);
    assert_int_equal(resolver_new(worker, dns_server_address(server), &resolver), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    worker = worker_free(worker);
    resolver = resolver_free(resolver);
    server = dns_server_free(server);
    loop_done();
    return 0;
}

static void on_found(int err, const struct sa *addrs, unsigned n_addrs, unsigned ttl_s, void *arg)
{
    size_t len = 0;

    assert_ptr_equal(arg, &found);
    found.n++;
    found.err = err;
    found.was_inside = found.was_inside || found.is_inside;
    found.addrs[0] = '\0';
    found.ttl_s = ttl_s;
    assert_true(err ? n_addrs == 0 : n_addrs >= 1 && n_addrs <= RESOLVER_MAX_ADDRESSES);
    for (unsigned i = 0; i < n_addrs; i++) {
        (void)re_snprintf(found.addrs + len, sizeof(found.addrs) - len, "%J,", &addrs[i]);
        len = strlen(found.addrs);
    }
}

static bool has_found(void *arg)
{
    (void)arg;
    return found.n > 0;
}

static struct resolver_query *start(const char *text, enum sip_transport transport)
{
    struct resolver_query *query = NULL;
    struct host host;

    assert_null(host_parse(text, HOST_FORM_PORT, &host));
    found.n = 0;
    found.is_inside = true;
    assert_int_equal(resolver_find(resolver, &host, transport, on_found, &found, &query), 0);
    found.is_inside = false;
    memset(&host, 0x5a, sizeof(host)); /* was copied */
    return query;
}

static void find(const char *text, enum sip_transport transport)
{
    (void)start(text, transport);
    assert_true(loop_until(has_found, NULL));
    loop_for_ms(3);
    assert_int_equal(found.n, 1);
    assert_false(found.was_inside);
}

/* The same while time flies: for what nobody answers. */
static unsigned find_in_vain(const char *text)
{
    unsigned waited_ms = 0;

    (void)start(text, SIP_TRANSPORT_UDP);
    loop_for_ms(5);
    while (!found.n && waited_ms < 120000) {
        hand_clock_advance_ms(100);
        waited_ms += 100;
        loop_for_ms(3);
    }
    assert_int_equal(found.n, 1);
    return waited_ms;
}

static void test_an_address_is_itself(void **state)
{
    (void)state;
    find("10.0.0.9", SIP_TRANSPORT_UDP);
    assert_string_equal(found.addrs, "10.0.0.9:5060,");
    find("10.0.0.9", SIP_TRANSPORT_TCP);
    assert_string_equal(found.addrs, "10.0.0.9:5060,");
    find("10.0.0.9", SIP_TRANSPORT_TLS);
    assert_string_equal(found.addrs, "10.0.0.9:5061,");
    find("10.0.0.9:5070", SIP_TRANSPORT_TLS);
    assert_string_equal(found.addrs, "10.0.0.9:5070,");
    assert_string_equal(dns_server_questions(server), "");
}

static void test_a_port_means_no_srv(void **state)
{
    (void)state;
    find("four.test:5070", SIP_TRANSPORT_UDP);
    assert_string_equal(found.addrs, "10.0.0.4:5070,");
    assert_string_equal(dns_server_questions(server), "A four.test,AAAA four.test,");
    find("six.test:5070", SIP_TRANSPORT_TCP);
    assert_string_equal(found.addrs, "[fd00::6]:5070,");
    find("both.test:5070", SIP_TRANSPORT_TLS);
    assert_string_equal(found.addrs, "10.0.0.5:5070,[fd00::5]:5070,");
    find("two.test:5070", SIP_TRANSPORT_UDP); /* the same address twice counts once */
    assert_string_equal(found.addrs, "10.0.0.1:5070,");
}

static void test_srv_by_priority(void **state)
{
    (void)state;
    find("srv.test", SIP_TRANSPORT_UDP);
    assert_int_equal(found.err, 0); /* though the first target is nowhere */
    assert_string_equal(found.addrs, "10.0.0.1:5081,10.0.0.4:5082,10.0.0.5:5083,[fd00::5]:5083,");
    assert_null(strstr(dns_server_questions(server), "A srv.test"));
}

static void test_srv_by_transport(void **state)
{
    (void)state;
    find("srv.test", SIP_TRANSPORT_TCP);
    assert_string_equal(found.addrs, "10.0.0.4:5090,");
    find("srv.test", SIP_TRANSPORT_TLS);
    assert_string_equal(found.addrs, "10.0.0.4:5091,");
}

static void test_srv_with_an_address_as_target(void **state)
{
    (void)state;
    find("numeric.test", SIP_TRANSPORT_UDP);
    assert_string_equal(found.addrs, "10.1.2.3:5070,");
}

static void test_only_so_many_addresses(void **state)
{
    (void)state;
    find("many.test", SIP_TRANSPORT_UDP);
    assert_int_equal(strncmp(found.addrs, "10.1.0.1:5060,10.1.0.2:5060,10.1.0.3:5060,", 42), 0);
    assert_null(strstr(found.addrs, "10.1.0.9"));
}

static void test_without_srv_the_name_itself(void **state)
{
    (void)state;
    find("four.test", SIP_TRANSPORT_UDP);
    assert_string_equal(found.addrs, "10.0.0.4:5060,");
    assert_string_equal(dns_server_questions(server),
                        "SRV _sip._udp.four.test,A four.test,AAAA four.test,");
    find("four.test", SIP_TRANSPORT_TCP);
    assert_string_equal(found.addrs, "10.0.0.4:5060,");
    find("four.test", SIP_TRANSPORT_TLS);
    assert_string_equal(found.addrs, "10.0.0.4:5061,");
    dns_server_use(server, zone, DNS_EMPTY);
    find("four.test", SIP_TRANSPORT_UDP);
    assert_string_equal(found.addrs, "10.0.0.4:5060,");
    dns_server_use(server, zone, DNS_SERVER_FAILURE);
    find("four.test", SIP_TRANSPORT_UDP);
    assert_string_equal(found.addrs, "10.0.0.4:5060,");
}

static void test_no_such_name(void **state)
{
    (void)state;
    find("nowhere.test", SIP_TRANSPORT_UDP);
    assert_int_equal(found.err, ENOENT);
    find("nowhere.test:5060", SIP_TRANSPORT_UDP);
    assert_int_equal(found.err, ENOENT);
    find("broken.test", SIP_TRANSPORT_UDP);
    assert_int_equal(found.err, ENOENT);
    dns_server_use(server, zone, DNS_EMPTY);
    find("nowhere.test", SIP_TRANSPORT_UDP);
    assert_int_equal(found.err, ENOENT);
}

static void test_the_name_server_cannot_answer_now(void **state)
{
    (void)state;
    dns_server_use(server, zone, DNS_SERVER_FAILURE);
    find("nowhere.test", SIP_TRANSPORT_UDP);
    assert_int_equal(found.err, EAGAIN);
    dns_server_use(server, zone, DNS_REFUSED);
    find("nowhere.test:5060", SIP_TRANSPORT_UDP);
    assert_int_equal(found.err, EAGAIN);
}

static void test_silence_about_srv(void **state)
{
    unsigned waited_ms;

    (void)state;
    waited_ms = find_in_vain("slow.test");
    assert_int_equal(found.err, 0);
    assert_string_equal(found.addrs, "10.0.0.7:5060,");
    assert_in_range(waited_ms, RESOLVER_SRV_TIMEOUT_MS - 200, RESOLVER_SRV_TIMEOUT_MS + 100);
}

static void test_silence_about_the_name(void **state)
{
    (void)state;
    (void)find_in_vain("silent.test:5060");
    assert_int_equal(found.err, ETIMEDOUT);
}

static void test_silence_about_one_kind_of_address(void **state)
{
    (void)state;
    (void)find_in_vain("half.test:5060");
    assert_int_equal(found.err, 0);
    assert_string_equal(found.addrs, "10.0.0.8:5060,");
}

static void test_cancel_at_every_stage(void **state)
{
    static const char *const names[] = {"10.0.0.9", "srv.test", "both.test:5060", "slow.test",
                                        "silent.test:5060"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        for (unsigned ms = 0; ms < 4; ms++) {
            struct resolver_query *query = start(names[i], SIP_TRANSPORT_UDP);

            for (unsigned j = 0; j < ms && !found.n; j++)
                loop_for_ms(1);
            if (found.n)
                continue;
            assert_null(resolver_cancel(query));
            hand_clock_advance_ms(100000);
            loop_for_ms(3);
            assert_int_equal(found.n, 0);
        }
    }
    assert_null(resolver_cancel(NULL));
}

static void test_several_at_once(void **state)
{
    (void)state;
    (void)start("four.test:1", SIP_TRANSPORT_UDP);
    (void)start("four.test:2", SIP_TRANSPORT_UDP);
    (void)start("srv.test", SIP_TRANSPORT_UDP);
    loop_for_ms(50);
    assert_int_equal(found.n, 3);
}

static void find_localhost(unsigned short port, struct resolver_query **ret_query)
{
    struct host host = {.name = "localhost", .port = port};

    found.n = 0;
    assert_int_equal(resolver_find(resolver, &host, SIP_TRANSPORT_UDP, on_found, &found, ret_query),
                     0);
}

static void test_the_system_resolver(void **state)
{
    struct resolver_query *query = NULL;

    (void)state;
    resolver = resolver_free(resolver);
    assert_int_equal(resolver_new(worker, NULL, &resolver), 0);
    find_localhost(5070, &query);
    assert_int_equal(found.n, 0);
    assert_true(loop_until(has_found, NULL));
    assert_int_equal(found.err, 0);
    assert_non_null(strstr(found.addrs, ":5070,"));
    assert_int_equal(found.ttl_s, RESOLVER_SYSTEM_TTL_S);

    find_localhost(5070, &query); /* the worker has it when it is cancelled */
    assert_null(resolver_cancel(query));
    loop_for_ms(20);
    assert_int_equal(found.n, 0);
    find_localhost(5070, &query);
    assert_null(resolver_cancel(query)); /* and when all ends */
}

/* How long addresses may be used: as long as the record that is gone first. */
static void test_how_long_it_holds(void **state)
{
    static const struct {
        const char *host;
        unsigned ttl_s;
    } cases[] = {
        {"10.0.0.9", UINT_MAX},
        {"10.0.0.9:5070", UINT_MAX},
        {"four.test:5060", 60},
        {"brief.test:5060", 7},
        {"long.test:5060", 604800},
        {"long.test", 604800}, /* that there is no SRV holds for another time */
        {"ttl.test", 20},
        {"ttl2.test", 7},
        {"ttl3.test", 4000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        find(cases[i].host, SIP_TRANSPORT_UDP);
        assert_int_equal(found.err, 0);
        assert_int_equal(found.ttl_s, cases[i].ttl_s);
    }
}

static void test_a_bad_name_server(void **state)
{
    static const char *const bad[] = {"", "name.test:53", "300.1.1.1:53"};
    struct resolver *other = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(resolver_new(worker, bad[i], &other), EINVAL);
    assert_null(other);
    assert_null(resolver_free(NULL));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_address_is_itself),
        CASE(test_a_port_means_no_srv),
        CASE(test_srv_by_priority),
        CASE(test_srv_by_transport),
        CASE(test_srv_with_an_address_as_target),
        CASE(test_only_so_many_addresses),
        CASE(test_without_srv_the_name_itself),
        CASE(test_no_such_name),
        CASE(test_the_name_server_cannot_answer_now),
        CASE(test_silence_about_srv),
        CASE(test_silence_about_the_name),
        CASE(test_silence_about_one_kind_of_address),
        CASE(test_cancel_at_every_stage),
        CASE(test_several_at_once),
        CASE(test_the_system_resolver),
        CASE(test_how_long_it_holds),
        CASE(test_a_bad_name_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
