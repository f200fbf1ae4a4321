/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_udp.h>

#include "base/clock.h"
#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "sip/stun.h"
#include "sip/stun_server.h"

static struct stun_server server;
static struct udp_sock *sock;
static struct stun_query *query;
static unsigned n_told;
static int told_err;
static unsigned told_code;
static char told[64]; /* the address; "" with an error */

static void on_datagram(const struct sa *src, struct mbuf *mb, void *arg)
{
    (void)src;
    (void)mb;
    (void)arg;
}

static int setup(void **state)
{
    struct sa local;

    (void)state;
    n_told = 0;
    told_err = -1;
    told[0] = '\0';
    assert_int_equal(loop_init(), 0);
    stun_server_start(&server);
    assert_int_equal(sa_set_str(&local, "127.0.0.1", 0), 0);
    assert_int_equal(udp_listen(&sock, &local, on_datagram, NULL), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    query = stun_query_stop(query);
    sock = mem_deref(sock);
    stun_server_stop(&server);
    loop_done();
    return 0;
}

static void on_result(int err, unsigned code, const struct sa *mapped, void *arg)
{
    assert_ptr_equal(arg, &n_told);
    assert_int_equal(mapped != NULL, err == 0);
    n_told++;
    told_err = err;
    told_code = code;
    told[0] = '\0';
    if (mapped)
        (void)re_snprintf(told, sizeof(told), "%J", mapped);
}

static void start(void)
{
    struct sa addr;

    assert_int_equal(sa_set_str(&addr, "127.0.0.1", server.port), 0);
    assert_int_equal(stun_query_start(sock, &addr, on_result, &n_told, &query), 0);
    sa_init(&addr, AF_UNSPEC); /* was copied */
    assert_int_equal(n_told, 0);
}

static bool has_asked(void *arg)
{
    return server.n >= *(unsigned *)arg;
}

/* Time flies until question n has come, and is answered. */
static void wait_question(unsigned n)
{
    for (int i = 0; server.n < n && i < 1000; i++) {
        hand_clock_advance_ms(250);
        loop_for_ms(2);
    }
    assert_true(loop_until(has_asked, &n));
    loop_for_ms(5);
    assert_int_equal(server.n, n);
}

static void advance_ms(unsigned ms)
{
    uint64_t until_ms = clock_monotonic_ms() + ms;

    for (uint64_t now_ms; (now_ms = clock_monotonic_ms()) < until_ms;) {
        hand_clock_advance_ms(until_ms - now_ms > 250 ? 250 : until_ms - now_ms);
        loop_for_ms(1);
    }
    loop_for_ms(5);
}

static void assert_told(unsigned n, int err, const char *mapped)
{
    assert_int_equal(n_told, n);
    assert_int_equal(told_err, err);
    assert_string_equal(told, mapped);
}

static void ask(enum stun_say say, const char *mapped, unsigned port)
{
    server.say = say;
    server.mapped = mapped;
    server.mapped_port = (uint16_t)port;
}

/* ---- cases ---- */

static void test_xor_mapped(void **state)
{
    (void)state;
    start();
    wait_question(1);
    assert_told(1, 0, "198.51.100.7:40000");
    advance_ms(STUN_ANSWER_MS + 500);
    assert_told(1, 0, "198.51.100.7:40000");
}

static void test_mapped_only(void **state)
{
    (void)state;
    ask(STUN_SAY_MAPPED, "203.0.113.9", 1);
    start();
    wait_question(1);
    assert_told(1, 0, "203.0.113.9:1");
}

static void test_xor_mapped_counts(void **state)
{
    (void)state;
    ask(STUN_SAY_BOTH, "203.0.113.9", 65535);
    start();
    wait_question(1);
    assert_told(1, 0, "203.0.113.9:65535");
}

static void test_what_cannot_be_true(void **state)
{
    static const struct {
        const char *mapped;
        unsigned port;
    } cases[] = {
        {"0.0.0.0", 40000},    {"0.1.2.3", 40000},         {"224.0.1.75", 40000},
        {"239.255.1.1", 5060}, {"255.255.255.255", 40000}, {"240.0.0.1", 40000},
        {"198.51.100.7", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        server.n = 0;
        n_told = 0;
        ask(STUN_SAY_XOR_MAPPED, cases[i].mapped, cases[i].port);
        start();
        wait_question(1);
        assert_told(1, EBADMSG, "");
        query = stun_query_stop(query);
    }
    server.n = n_told = 0; /* a private one may be: the server is in our network */
    ask(STUN_SAY_XOR_MAPPED, "10.0.0.1", 5060);
    start();
    wait_question(1);
    assert_told(1, 0, "10.0.0.1:5060");
}

static void test_answers_without_an_address(void **state)
{
    static const enum stun_say says[] = {STUN_SAY_NO_ADDRESS, STUN_SAY_UNKNOWN};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        server.n = n_told = 0;
        ask(says[i], "203.0.113.9", 1);
        start();
        wait_question(1);
        assert_told(1, EBADMSG, "");
        advance_ms(STUN_ANSWER_MS + 500);
        assert_told(1, EBADMSG, "");
        query = stun_query_stop(query);
    }
}

static void assert_times_out(void)
{
    start();
    wait_question(1);
    assert_int_equal(n_told, 0);
    advance_ms(STUN_ANSWER_MS - 1000);
    assert_int_equal(n_told, 0);
    advance_ms(1000);
    assert_told(1, ETIMEDOUT, "");
}

static void test_silence(void **state)
{
    (void)state;
    server.say = STUN_SAY_NOTHING;
    assert_times_out();
    assert_true(server.n_all > 2); /* asked more than once */
    advance_ms(120000);            /* and it goes on asking */
    assert_true(server.n >= 2);
    assert_told(1, ETIMEDOUT, ""); /* but tells only once */
    server.say = STUN_SAY_XOR_MAPPED;
    advance_ms(70000);
    assert_told(2, 0, "198.51.100.7:40000"); /* it is back */
}

static void test_a_late_answer(void **state)
{
    (void)state;
    server.say = STUN_SAY_NOTHING;
    assert_times_out();
    server.say = STUN_SAY_XOR_MAPPED;
    advance_ms(20000); /* of the same request, sent again */
    assert_told(2, 0, "198.51.100.7:40000");
}

static void test_the_wrong_transaction(void **state)
{
    (void)state;
    server.say = STUN_SAY_TO_ANOTHER;
    assert_times_out();
}

static void test_an_error_response(void **state)
{
    (void)state;
    server.say = STUN_SAY_ERROR;
    start();
    wait_question(1);
    assert_told(1, EREMOTEIO, "");
    assert_int_equal(told_code, 500);
    advance_ms(STUN_ANSWER_MS + 500); /* it is not taken for silence */
    assert_told(1, EREMOTEIO, "");
    wait_question(2);
    assert_told(1, EREMOTEIO, ""); /* the same: told once */
    server.error = 420;
    wait_question(3);
    assert_told(2, EREMOTEIO, "");
    assert_int_equal(told_code, 420);
    server.error = 699; /* the largest there is */
    wait_question(4);
    assert_int_equal(told_code, 699);
    server.error = 0; /* a response without a code in it */
    wait_question(5);
    assert_told(4, EBADMSG, "");
    server.say = STUN_SAY_XOR_MAPPED;
    wait_question(6);
    assert_told(5, 0, "198.51.100.7:40000");
    assert_int_equal(told_code, 0);
}

static void test_told_only_on_change(void **state)
{
    (void)state;
    start();
    wait_question(1);
    for (unsigned n = 2; n <= 5; n++) {
        uint64_t asked_ms = clock_monotonic_ms();

        wait_question(n);
        assert_in_range(clock_monotonic_ms() - asked_ms, STUN_INTERVAL_S * 1000 - 300,
                        STUN_INTERVAL_S * 1000 + 1000);
        assert_int_equal(n_told, 1);
    }
    ask(STUN_SAY_XOR_MAPPED, "198.51.100.7", 40001); /* the router was started again */
    wait_question(6);
    assert_told(2, 0, "198.51.100.7:40001");
    ask(STUN_SAY_XOR_MAPPED, "198.51.100.8", 40001);
    wait_question(7);
    assert_told(3, 0, "198.51.100.8:40001");
    server.say = STUN_SAY_ERROR; /* once: what was told still stands */
    wait_question(8);
    assert_told(3, 0, "198.51.100.8:40001");
    server.say = STUN_SAY_XOR_MAPPED;
    wait_question(9);
    assert_told(3, 0, "198.51.100.8:40001");
    ask(STUN_SAY_XOR_MAPPED, "0.0.0.0", 1);
    wait_question(10);
    assert_told(4, EBADMSG, "");
    wait_question(11);
    assert_told(4, EBADMSG, "");
    ask(STUN_SAY_XOR_MAPPED, "198.51.100.8", 40001);
    wait_question(12);
    assert_told(5, 0, "198.51.100.8:40001");
    server.say = STUN_SAY_ERROR;
    wait_question(13);
    assert_told(5, 0, "198.51.100.8:40001");
    wait_question(14); /* and again: that counts */
    assert_told(6, EREMOTEIO, "");
}

static void test_a_server_that_falls_silent(void **state)
{
    (void)state;
    start();
    wait_question(1);
    assert_told(1, 0, "198.51.100.7:40000");
    server.say = STUN_SAY_NOTHING;
    wait_question(2);
    advance_ms(60000);
    assert_told(2, ETIMEDOUT, "");
    server.say = STUN_SAY_XOR_MAPPED;
    advance_ms(70000);
    assert_told(3, 0,
                "198.51.100.7:40000"); /* the same address, but it was told that none is known */
}

static void test_stop_at_any_moment(void **state)
{
    (void)state;
    assert_null(stun_query_stop(NULL));
    start();
    query = stun_query_stop(query); /* before it has asked */
    advance_ms(1000);
    assert_int_equal(server.n, 0);
    server.say = STUN_SAY_NOTHING;
    start();
    wait_question(1);
    query = stun_query_stop(query); /* while waiting */
    advance_ms(60000);
    assert_int_equal(server.n, 1);
    assert_int_equal(n_told, 0);
    server.say = STUN_SAY_XOR_MAPPED;
    start();
    wait_question(2);
    query = stun_query_stop(query); /* between two questions */
    advance_ms(60000);
    assert_int_equal(server.n, 2);
    assert_int_equal(n_told, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_xor_mapped),
        CASE(test_mapped_only),
        CASE(test_xor_mapped_counts),
        CASE(test_what_cannot_be_true),
        CASE(test_answers_without_an_address),
        CASE(test_silence),
        CASE(test_a_late_answer),
        CASE(test_the_wrong_transaction),
        CASE(test_an_error_response),
        CASE(test_told_only_on_change),
        CASE(test_a_server_that_falls_silent),
        CASE(test_stop_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
