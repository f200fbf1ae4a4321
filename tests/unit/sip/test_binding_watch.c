/* SPDX-License-Identifier: MIT */
/* What the binding takes notice of: the network, the way there and back, the clock, trust. */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hand_clock.h"
#include "base/loop_until.h"
#include "sip/binding.h"
#include "sip/binding_case.h"

static struct binding_case *c;

static const struct registrar_reply silence[] = {{0, NULL}, {-1, NULL}};
static const struct registrar_reply forbidden[] = {{403, ""}, {-1, NULL}};

static int setup(void **state)
{
    (void)state;
    c = binding_case_start();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    binding_case_stop();
    return 0;
}

/* ---- the network ---- */

static void test_a_change_elsewhere_does_nothing(void **state)
{
    (void)state;
    agent_network_changed(c->agent, true); /* off */
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_registered();
    agent_network_changed(c->agent, false);
    advance_ms(1000);
    assert_int_equal(c->first.n, 1);
    assert_string_equal(status_now()->reason, "");
    assert_true(is_registered(NULL));
}

static void test_a_link_that_is_back(void **state)
{
    (void)state;
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_registered();
    agent_network_changed(c->agent, true);
    advance_ms(1000);
    assert_int_equal(c->first.n, 1); /* it was not ours: we are still bound */
    registrar_reply(&c->first, forbidden);
    agent_register_now(c->agent);
    wait_reason("wrong password");
    agent_network_changed(c->agent, true);
    advance_ms(1000);
    assert_int_equal(c->first.n, 2); /* nor does a link make a password right */
}

static void test_another_address_of_ours(void **state)
{
    (void)state;
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_registered();
    c->way = "127.0.0.2";
    agent_network_changed(c->agent, false);
    wait_requests(&c->first, 2);
}

static bool has_asked_stun(void *arg)
{
    return c->stun.n >= *(unsigned *)arg;
}

/* The socket that was asked through is gone with the address (23-network.py has a real one). */
static void test_stun_is_asked_again_from_another_address_of_ours(void **state)
{
    unsigned n = 1;

    (void)state;
    zone_of(&c->first, NULL, 600);
    use("sip:pbx.test", SIP_TRANSPORT_UDP, "stun.test");
    wait_requests(&c->first, 2);
    assert_true(loop_until(has_asked_stun, &n));
    c->stun.mapped_port = 40001;
    c->way = "127.0.0.2";
    agent_network_changed(c->agent, false);
    n = c->stun.n + 1;
    assert_true(loop_until(has_asked_stun, &n)); /* at once, not after 25 s */
    loop_for_ms(10);
    assert_true(is_registered(NULL));
    assert_string_equal(status_now()->public_address, "198.51.100.7:40001");
}

static void test_the_link_is_down(void **state)
{
    (void)state;
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_registered();
    c->is_link_down = true;
    agent_network_changed(c->agent, false);
    assert_int_equal(status_now()->state, AGENT_TRYING);
    assert_string_equal(status_now()->reason, "the network is down: eth7 has no link");
    assert_non_null(strstr(
        c->told, "sip_registration_lost sip:101@pbx.test: the network is down: eth7 has no link"));
    agent_network_changed(c->agent, false); /* still: told once */
    assert_null(strstr(strstr(c->told, "_lost") + 1, "_lost"));
    loop_for_ms(10);
    assert_int_equal(c->first.n, 1);
    c->is_link_down = false;
    agent_network_changed(c->agent, false);
    wait_requests(&c->first, 2);
    wait_registered();
    assert_string_equal(status_now()->reason, "");
}

static void test_no_route(void **state)
{
    (void)state;
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_registered();
    c->way_err = ENETUNREACH;
    agent_network_changed(c->agent, false);
    assert_string_equal(status_now()->reason, "no route to 127.0.0.1: is the network up?");
    c->way_err = 0;
    agent_network_changed(c->agent, false);
    wait_registered();
    assert_int_equal(c->first.n, 2);
}

static void test_a_pause_ends_when_the_link_is_back(void **state)
{
    static const struct registrar_reply busy[] = {
        {503, "Retry-After: 600\r\n"}, {200, "Expires: 60\r\n"}, {-1, NULL}};

    (void)state;
    registrar_reply(&c->first, busy);
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_reason("503");
    assert_in_s(status_now()->next_attempt_at_s, 600);
    agent_network_changed(c->agent, false);
    loop_for_ms(10);
    assert_int_equal(c->first.n, 1);
    agent_network_changed(c->agent, true);
    wait_registered();
}

static void test_a_name_that_could_not_be_looked_up(void **state)
{
    (void)state;
    use_name();
    wait_reason("there is no host named pbx.test");
    zone_of(&c->first, NULL, 60);
    agent_network_changed(c->agent, false); /* whatever it was: it may help */
    wait_registered();
}

/* ---- what is found out while bound ---- */

static void test_a_server_that_no_longer_answers_options(void **state)
{
    (void)state;
    binding_case_use_options();
    registrar_reply(&c->first, silence);
    zone_of(&c->first, &c->second, 600);
    use_name();
    wait_requests(&c->first, 1);
    advance_ms(BINDING_NEXT_ADDRESS_MS + 100);
    wait_registered(); /* at the second; it only knows REGISTER */
    advance_ms(10000 + BINDING_ANSWER_MS + 500);
    assert_non_null(strstr(c->told, "sip_registration_lost sip:101@pbx.test: no answer from"));
    assert_reason("no answer from", c->second.port);
    assert_non_null(strstr(status_now()->reason, " in 32 s"));
}

static void test_the_public_address_is_bound(void **state)
{
    char old[400];

    (void)state;
    zone_of(&c->first, NULL, 600);
    use("sip:pbx.test", SIP_TRANSPORT_UDP, "stun.test");
    wait_requests(&c->first, 2);
    assert_true(is_registered(NULL));
    assert_string_equal(status_now()->stun, "ok");
    assert_string_equal(status_now()->public_address, "198.51.100.7:40000");
    (void)snprintf(old, sizeof(old), ", %.*s;expires=0",
                   (int)strcspn(c->first.requests[0].contact, ";"), c->first.requests[0].contact);
    assert_int_equal(strncmp(c->first.requests[1].contact, "<sip:101@198.51.100.7:40000>", 28), 0);
    assert_non_null(strstr(c->first.requests[1].contact, old)); /* the old one goes */
    c->stun.mapped_port = 40001;
    advance_ms(26000);
    wait_requests(&c->first, 3);
    assert_int_equal(strncmp(c->first.requests[2].contact, "<sip:101@198.51.100.7:40001>", 28), 0);
    assert_null(strstr(c->told, "lost"));
    assert_null(strstr(strstr(c->told, "sip_registered") + 1, "sip_registered"));
}

/* ---- TLS: the clock, and whom to trust ---- */

static unsigned tls_port; /* of the last listener */

/* Takes connections, but says nothing. */
static int listen_tcp(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)(void *)&addr, len), 0);
    assert_int_equal(listen(fd, 16), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&addr, &len), 0);
    tls_port = ntohs(addr.sin_port);
    return fd;
}

static void use_tls_port(void)
{
    char proxy[40];

    (void)snprintf(proxy, sizeof(proxy), "sip:127.0.0.1:%u", tls_port);
    use(proxy, SIP_TRANSPORT_TLS, "127.0.0.1");
}

/* Has somebody connected? */
static bool has_caller(void *arg)
{
    int fd = accept4(*(int *)arg, NULL, NULL, SOCK_CLOEXEC);

    if (fd >= 0)
        (void)close(fd);
    return fd >= 0;
}

static void test_tls_before_the_clock_is_set(void **state)
{
    int64_t now_ms = clock_unix_ms(), before_ms = (PORTERO_RELEASED_AT_S - 10ll) * 1000 - now_ms;
    int fd = listen_tcp();

    (void)state;
    hand_clock_step_unix_ms(before_ms - 600000);
    use_tls_port();
    wait_reason("clock is not set yet: no certificate can be checked");
    assert_in_s(status_now()->next_attempt_at_s, 10);
    assert_int_equal(status_now()->state, AGENT_TRYING);
    advance_ms(10500);
    assert_false(has_caller(&fd));
    assert_in_s(status_now()->next_attempt_at_s, 10); /* and again */
    hand_clock_step_unix_ms(-before_ms + 600000);
    agent_clock_stepped(c->agent);
    assert_true(loop_until(has_caller, &fd)); /* at once */
    (void)close(fd);
}

static void test_the_clock_comes_without_a_step(void **state)
{
    int64_t now_ms = clock_unix_ms(), before_ms = (PORTERO_RELEASED_AT_S - 5ll) * 1000 - now_ms;
    int fd = listen_tcp();

    (void)state;
    hand_clock_step_unix_ms(before_ms);
    use_tls_port();
    wait_reason("clock is not set yet");
    advance_ms(10500); /* it is late enough by now */
    assert_true(loop_until(has_caller, &fd));
    hand_clock_step_unix_ms(-before_ms);
    (void)close(fd);
}

static void test_what_does_not_need_the_clock(void **state)
{
    int64_t before_ms = (PORTERO_RELEASED_AT_S - 86400ll) * 1000 - clock_unix_ms();
    int fd = listen_tcp();

    (void)state;
    hand_clock_step_unix_ms(before_ms);
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_registered();
    agent_clock_stepped(c->agent); /* bound, and by UDP: nothing to do */
    loop_for_ms(10);
    assert_int_equal(c->first.n, 1);
    assert_false(status_now()->is_unchecked);
    agent_apply(c->agent, NULL);
    assert_int_equal(agent_set_trust(c->agent, NULL, false), 0);
    use_tls_port(); /* any certificate will do */
    assert_true(loop_until(has_caller, &fd));
    assert_true(status_now()->is_unchecked);
    hand_clock_step_unix_ms(-before_ms);
    (void)close(fd);
}

static bool is_unchecked(void *arg)
{
    return status_now()->is_unchecked == *(bool *)arg;
}

/* Settings posted again: with this trust from now on. */
static void use_tls(int fd, bool wanted)
{
    while (has_caller(&fd))
        ;
    use_tls_port();
    assert_true(loop_until(is_unchecked, &wanted));
    assert_true(loop_until(has_caller, &fd));
}

static void test_trust_takes_effect_with_the_next_settings(void **state)
{
    int fd = listen_tcp();

    (void)state;
    use_tls(fd, false);
    assert_int_equal(agent_set_trust(c->agent, "no certificate", false), EINVAL);
    assert_false(status_now()->is_unchecked); /* nothing has changed */
    assert_int_equal(agent_set_trust(c->agent, "", false), 0);
    assert_int_equal(agent_set_trust(c->agent, "", false), 0); /* twice before it is used */
    assert_false(status_now()->is_unchecked);
    use_tls(fd, true);
    assert_int_equal(agent_set_trust(c->agent, NULL, true), 0);
    assert_true(status_now()->is_unchecked);
    use_tls(fd, false);
    (void)close(fd);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_change_elsewhere_does_nothing),
        CASE(test_a_link_that_is_back),
        CASE(test_another_address_of_ours),
        CASE(test_stun_is_asked_again_from_another_address_of_ours),
        CASE(test_the_link_is_down),
        CASE(test_no_route),
        CASE(test_a_pause_ends_when_the_link_is_back),
        CASE(test_a_name_that_could_not_be_looked_up),
        CASE(test_a_server_that_no_longer_answers_options),
        CASE(test_the_public_address_is_bound),
        CASE(test_tls_before_the_clock_is_set),
        CASE(test_the_clock_comes_without_a_step),
        CASE(test_what_does_not_need_the_clock),
        CASE(test_trust_takes_effect_with_the_next_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
