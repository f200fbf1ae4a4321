/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "sip/dns_server.h"
#include "sip/known_host.h"
#include "sip/resolver.h"

static struct dns_record zone[] = {
    {.name = "pbx.test", .type = DNS_A, .value = "192.0.2.1", .ttl_s = 90},
    {NULL, 0, NULL, 0, 0, 0, 0},
};
static const struct host name = {.name = "pbx.test", .port = 5060};
static struct worker *worker;
static struct dns_server *dns;
static struct resolver *resolver;
static struct known_host *known;

static int setup(void **state)
{
    (void)state;
    zone[0].name = "pbx.test";
    zone[0].value = "192.0.2.1";
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("resolver", 4, &worker), 0);
    dns = dns_server_new(zone);
    assert_int_equal(resolver_new(worker, dns_server_address(dns), &resolver), 0);
    assert_int_equal(known_host_new(resolver, &known), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    known_host_free(known);
    resolver_free(resolver);
    dns_server_free(dns);
    worker_free(worker);
    loop_done();
    return 0;
}

static bool has(const char *address)
{
    struct sa addr;

    assert_int_equal(sa_set_str(&addr, address, 1234), 0);
    return known_host_has(known, &addr);
}

static bool is_known(void *arg)
{
    return has(arg);
}

static void wait_for(const char *address)
{
    char copy[32];

    (void)strncpy(copy, address, sizeof(copy) - 1);
    copy[sizeof(copy) - 1] = '\0';
    assert_true(loop_until(is_known, copy));
}

static void test_is_looked_up_again(void **state)
{
    (void)state;
    assert_false(has("192.0.2.1"));
    known_host_set(known, &name, SIP_TRANSPORT_UDP);
    wait_for("192.0.2.1");
    assert_false(has("192.0.2.2"));
    zone[0].value = "192.0.2.2";
    hand_clock_advance_ms(89000);
    loop_for_ms(5);
    assert_true(has("192.0.2.1"));
    hand_clock_advance_ms(2000);
    wait_for("192.0.2.2");
    assert_false(has("192.0.2.1"));
}

static void test_trouble_leaves_what_was_known(void **state)
{
    (void)state;
    known_host_set(known, &name, SIP_TRANSPORT_UDP);
    wait_for("192.0.2.1");
    zone[0].name = "other.test";
    hand_clock_advance_ms(91000);
    loop_for_ms(20);
    assert_true(has("192.0.2.1"));
    zone[0].name = "pbx.test";
    zone[0].value = "192.0.2.3";
    hand_clock_advance_ms(KNOWN_HOST_AGAIN_S * 1000 + 1);
    wait_for("192.0.2.3");
}

static void test_another_host_or_none(void **state)
{
    static const struct host address = {.name = "192.0.2.9", .is_address = true};

    (void)state;
    known_host_set(known, &name, SIP_TRANSPORT_UDP);
    wait_for("192.0.2.1");
    known_host_set(known, &address, SIP_TRANSPORT_TCP);
    assert_false(has("192.0.2.1"));
    wait_for("192.0.2.9");
    known_host_set(known, NULL, SIP_TRANSPORT_UDP);
    assert_false(has("192.0.2.9"));
    known_host_set(known, &name, SIP_TRANSPORT_UDP); /* freed while it looks up */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_looked_up_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trouble_leaves_what_was_known, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_host_or_none, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
