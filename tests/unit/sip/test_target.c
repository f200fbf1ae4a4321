/* SPDX-License-Identifier: MIT */
/* Which server and which address; how the binding uses it is in test_binding.c. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "settings/host.h"
#include "sip/dns_server.h"
#include "sip/resolver.h"
#include "sip/target.h"

static struct dns_record zone[4];
static struct worker *worker;
static struct dns_server *dns;
static struct resolver *resolver;
static struct target *target;

static struct {
    unsigned n;
    int err;
    bool has_moved;
} found;

static void on_found(int err, bool has_moved, void *arg)
{
    assert_ptr_equal(arg, &found);
    found.n++;
    found.err = err;
    found.has_moved = has_moved;
}

/* "pbx.test" is at these ports of 127.0.0.1, in this order; 0: none. */
static void set_zone(unsigned first, unsigned second, unsigned ttl_s)
{
    const unsigned ports[] = {first, second};

    memset(zone, 0, sizeof(zone));
    for (unsigned i = 0; i < 2 && ports[i]; i++)
        zone[i] = (struct dns_record){.name = "_sip._udp.pbx.test",
                                      .type = DNS_SRV,
                                      .value = "127.0.0.1",
                                      .priority = (uint16_t)i,
                                      .port = (uint16_t)ports[i],
                                      .ttl_s = ttl_s};
}

static int setup(void **state)
{
    static const struct sip_settings settings = {
        .proxy = "sip:pbx.test", .realm = "pbx.test", .user = "101"};

    (void)state;
    memset(&found, 0, sizeof(found));
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("resolver", 4, &worker), 0);
    set_zone(5061, 5062, 60);
    dns = dns_server_new(zone);
    assert_int_equal(resolver_new(worker, dns_server_address(dns), &resolver), 0);
    assert_int_equal(target_new(resolver, &settings, on_found, &found, &target), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    target = target_free(target);
    resolver_free(resolver);
    dns_server_free(dns);
    worker_free(worker);
    loop_done();
    return 0;
}

static bool is_found(void *arg)
{
    return found.n >= *(unsigned *)arg;
}

static void find(void)
{
    unsigned n = found.n + 1;

    assert_int_equal(target_find(target, 0), 0);
    assert_true(target_is_finding(target));
    assert_true(loop_until(is_found, &n));
    assert_false(target_is_finding(target));
}

static unsigned port(void)
{
    return sa_port(target_address(target));
}

static void test_each_address_in_its_turn(void **state)
{
    char text[64];

    (void)state;
    assert_null(target_address(target));
    assert_null(target_address_at(target, 0));
    assert_false(target_next(target));
    target_address_text(target, text, sizeof(text));
    assert_string_equal(text, "");
    find();
    assert_int_equal(found.err, 0);
    assert_int_equal(target_count(target), 2);
    assert_int_equal(port(), 5061);
    assert_true(target_has_next(target));
    assert_true(target_next(target));
    assert_int_equal(port(), 5062);
    assert_false(target_has_next(target));
    target_address_text(target, text, sizeof(text));
    assert_string_equal(text, "127.0.0.1:5062");
    for (int i = 0; i < 3; i++) {
        assert_false(target_next(target));
        target_address_text(target, text, sizeof(text));
        assert_string_equal(text, "");
        assert_int_equal(port(), 5061);
    }
    assert_int_equal(sa_port(target_address_at(target, 1)), 5062);
    assert_null(target_address_at(target, 2));
}

static void test_settled(void **state)
{
    (void)state;
    find();
    assert_true(target_next(target));
    target_settle(target);
    find(); /* it is still listed: stay */
    assert_false(found.has_moved);
    assert_int_equal(port(), 5062);
    set_zone(5063, 5064, 60);
    find();
    assert_true(found.has_moved);
    assert_int_equal(port(), 5063);
    target_unsettle(target);
    assert_true(target_next(target));
    find(); /* from the first on */
    assert_false(found.has_moved);
    assert_int_equal(port(), 5063);
}

static void test_only_this_one(void **state)
{
    (void)state;
    target_keep_only_this(target); /* none: nothing happens */
    find();
    assert_true(target_next(target));
    target_keep_only_this(target);
    assert_int_equal(target_count(target), 1);
    assert_int_equal(port(), 5062);
    assert_false(target_next(target));
}

static void test_how_long_an_answer_is_good(void **state)
{
    (void)state;
    assert_false(target_is_fresh(target));
    find();
    assert_true(target_is_fresh(target));
    hand_clock_advance_ms(59000);
    assert_true(target_is_fresh(target));
    hand_clock_advance_ms(1100);
    assert_false(target_is_fresh(target));
}

static void test_a_name_that_is_gone(void **state)
{
    (void)state;
    find();
    memset(zone, 0, sizeof(zone));
    find();
    assert_int_equal(found.err, ENOENT);
    assert_int_equal(port(), 5061); /* the one of before */
}

static void test_the_limit(void **state)
{
    (void)state;
    memset(zone, 0, sizeof(zone));
    zone[0] = (struct dns_record){.name = "_sip._udp.pbx.test", .type = DNS_SRV}; /* silence */
    assert_int_equal(target_find(target, 500), 0);
    loop_for_ms(5);
    hand_clock_advance_ms(400);
    loop_for_ms(5);
    assert_int_equal(found.n, 0);
    hand_clock_advance_ms(200);
    loop_for_ms(5);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.err, ETIMEDOUT);
    assert_false(target_is_finding(target));

    assert_int_equal(target_find(target, 500), 0);
    target_keep_only_this(target); /* there is no address, but the limit is off */
    hand_clock_advance_ms(600);
    loop_for_ms(5);
    assert_true(target_is_finding(target));
    target_cancel(target);
    assert_int_equal(target_find(target, 500), 0);
    target_cancel(target);
    hand_clock_advance_ms(10000);
    loop_for_ms(5);
    assert_int_equal(found.n, 1);
}

static void test_redirects(void **state)
{
    char reason[120];

    (void)state;
    assert_false(target_redirect(target, "", reason, sizeof(reason)));
    assert_string_equal(reason, "the server redirects us, but not to an address we can use");
    assert_false(target_redirect(target, "pbx.test.evil.test", reason, sizeof(reason)));
    assert_string_equal(
        reason, "the server redirects us to pbx.test.evil.test, which is not of this account");
    assert_string_equal(target_host(target)->name, "pbx.test");
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < TARGET_MAX_REDIRECTS; i++)
            assert_true(target_redirect(target, "b.pbx.test:5070", reason, sizeof(reason)));
        assert_string_equal(target_host(target)->name, "b.pbx.test");
        assert_false(target_redirect(target, "b.pbx.test", reason, sizeof(reason)));
        assert_string_equal(reason, "the server redirects us to b.pbx.test, which is one too many");
        if (round == 0)
            target_settle(target); /* all are allowed again */
        else
            assert_true(target_restart(target));
    }
    assert_string_equal(target_host(target)->name, "pbx.test");
    assert_false(target_restart(target)); /* the same as before */
}

static void test_other_settings(void **state)
{
    static const struct sip_settings settings = {
        .proxy = "sip:127.0.0.1:5090", .realm = "pbx.test", .user = "101"};

    (void)state;
    find();
    target_set(target, &settings);
    assert_string_equal(target_host(target)->name, "pbx.test"); /* not yet */
    assert_true(target_restart(target));
    find();
    assert_int_equal(target_count(target), 1);
    assert_int_equal(port(), 5090);
    hand_clock_advance_ms(100000000);
    assert_true(target_is_fresh(target)); /* an address does not age */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_each_address_in_its_turn),
        CASE(test_settled),
        CASE(test_only_this_one),
        CASE(test_how_long_an_answer_is_good),
        CASE(test_a_name_that_is_gone),
        CASE(test_the_limit),
        CASE(test_redirects),
        CASE(test_other_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
