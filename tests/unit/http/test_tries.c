/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <string.h>

#include "fake_clock.h"
#include "http/peer.h"
#include "http/tries.h"

static struct tries *tries;

static int make(void **state)
{
    (void)state;
    return tries_new(&tries);
}

static int drop(void **state)
{
    (void)state;
    tries = tries_free(tries);
    return 0;
}

static struct peer peer_of(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct peer peer;

    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        peer_init(&peer, (const struct sockaddr *)(const void *)&in);
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &in6.sin6_addr), 1);
        peer_init(&peer, (const struct sockaddr *)(const void *)&in6);
    }
    return peer;
}

static struct peer peer_number(unsigned number)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000000 + number)};
    struct peer peer;

    peer_init(&peer, (const struct sockaddr *)(const void *)&in);
    return peer;
}

static void fail_by(const struct peer *peer, unsigned times)
{
    while (times--)
        (void)tries_failed(tries, peer);
}

static void test_pauses_grow_as_promised(void **state)
{
    static const unsigned pauses_s[] = {60, 180, 600, 1800, 1800, 1800};
    struct peer peer = peer_of("192.0.2.1");

    (void)state;
    for (unsigned i = 1; i < TRIES_FREE; i++) {
        assert_int_equal(tries_failed(tries, &peer), 0);
        assert_int_equal(tries_wait_s(tries, &peer), 0);
    }
    for (size_t i = 0; i < sizeof(pauses_s) / sizeof(pauses_s[0]); i++) {
        assert_int_equal(tries_failed(tries, &peer), pauses_s[i]);
        assert_int_equal(tries_wait_s(tries, &peer), pauses_s[i]);
        fake_clock_advance_ms(1);
        assert_int_equal(tries_wait_s(tries, &peer), pauses_s[i]); /* rounded up */
        fake_clock_advance_ms(1000ULL * pauses_s[i] - 2);
        assert_int_equal(tries_wait_s(tries, &peer), 1);
        fake_clock_advance_ms(1);
        assert_int_equal(tries_wait_s(tries, &peer), 0);
    }
}

static void test_success_forgets(void **state)
{
    struct peer peer = peer_of("192.0.2.1");

    (void)state;
    fail_by(&peer, TRIES_FREE + 1);
    fake_clock_advance_ms(180000);
    tries_succeeded(tries, &peer);
    fail_by(&peer, TRIES_FREE - 1);
    assert_int_equal(tries_wait_s(tries, &peer), 0);
    assert_int_equal(tries_failed(tries, &peer), 60);
}

static void test_24_h_forget(void **state)
{
    struct peer peer = peer_of("192.0.2.1");

    (void)state;
    fail_by(&peer, TRIES_FREE);
    fake_clock_advance_ms(24 * 3600 * 1000 - 1);
    assert_int_equal(tries_failed(tries, &peer), 180);
    fake_clock_advance_ms(24 * 3600 * 1000);
    assert_int_equal(tries_failed(tries, &peer), 0);
}

static void test_others_are_not_touched_but_a_64_is_one(void **state)
{
    struct peer ipv4 = peer_of("192.0.2.1");
    struct peer next = peer_of("192.0.2.2");
    struct peer mapped = peer_of("::ffff:192.0.2.1");
    struct peer ipv6 = peer_of("2001:db8:0:1::1");
    struct peer same_64 = peer_of("2001:db8:0:1:ffff::2");
    struct peer other_64 = peer_of("2001:db8:0:2::1");

    (void)state;
    fail_by(&ipv4, TRIES_FREE);
    fail_by(&ipv6, TRIES_FREE);
    assert_int_equal(tries_wait_s(tries, &mapped), 60);
    assert_int_equal(tries_wait_s(tries, &next), 0);
    assert_int_equal(tries_wait_s(tries, &same_64), 60);
    assert_int_equal(tries_wait_s(tries, &other_64), 0);
}

/* One who is in a pause is not pushed out by strangers with many addresses. */
static void test_memory_is_bounded_and_pauses_stay(void **state)
{
    struct peer guilty = peer_of("192.0.2.1");
    struct peer other;

    (void)state;
    fail_by(&guilty, TRIES_FREE);
    for (unsigned i = 0; i < 3 * TRIES_MAX_PEERS; i++) {
        other = peer_number(i);
        fail_by(&other, 1);
    }
    assert_int_equal(tries_wait_s(tries, &guilty), 60);
    fail_by(&other, TRIES_FREE - 1); /* the latest is still known */
    assert_int_equal(tries_wait_s(tries, &other), 60);
    other = peer_number(0); /* the first is not */
    fail_by(&other, TRIES_FREE - 1);
    assert_int_equal(tries_wait_s(tries, &other), 0);
}

static void test_full_of_pauses_the_shortest_goes(void **state)
{
    struct peer peer;

    (void)state;
    for (unsigned i = 0; i < TRIES_MAX_PEERS; i++) {
        peer = peer_number(i);
        fail_by(&peer, TRIES_FREE);
        fake_clock_advance_ms(1);
    }
    peer = peer_number(TRIES_MAX_PEERS);
    fail_by(&peer, TRIES_FREE);
    assert_int_equal(tries_wait_s(tries, &peer), 60);
    peer = peer_number(0);
    assert_int_equal(tries_wait_s(tries, &peer), 0);
    peer = peer_number(1);
    assert_true(tries_wait_s(tries, &peer) > 0);
}

static void test_the_command_line_never_waits(void **state)
{
    struct peer local = {.is_local = true}, any = {.is_local = false};

    (void)state;
    for (int i = 0; i < 3 * TRIES_FREE; i++)
        assert_int_equal(tries_failed(tries, &local), 0);
    assert_int_equal(tries_wait_s(tries, &local), 0);
    for (int i = 0; i < TRIES_FREE; i++)
        (void)tries_failed(tries, &any); /* "::" is another one */
    assert_true(tries_wait_s(tries, &any) > 0);
    assert_int_equal(tries_wait_s(tries, &local), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pauses_grow_as_promised, make, drop),
        cmocka_unit_test_setup_teardown(test_success_forgets, make, drop),
        cmocka_unit_test_setup_teardown(test_24_h_forget, make, drop),
        cmocka_unit_test_setup_teardown(test_others_are_not_touched_but_a_64_is_one, make, drop),
        cmocka_unit_test_setup_teardown(test_memory_is_bounded_and_pauses_stay, make, drop),
        cmocka_unit_test_setup_teardown(test_full_of_pauses_the_shortest_goes, make, drop),
        cmocka_unit_test_setup_teardown(test_the_command_line_never_waits, make, drop),
    };

    return cmocka_run_group_tests_name("tries", tests, NULL, NULL);
}
