/* SPDX-License-Identifier: MIT */
/* Where and when the binding registers: addresses, redirects, names, pauses. */
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
#include "sip/target.h"

static struct binding_case *c;

static const struct registrar_reply good[] = {{200, "Expires: 60\r\n"}, {-1, NULL}};
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

/* ---- several addresses ---- */

static void test_the_next_address_after_4_s(void **state)
{
    char event[100];

    (void)state;
    registrar_reply(&c->first, silence);
    zone_of(&c->first, &c->second, 60);
    use_name();
    wait_requests(&c->first, 1);
    assert_reason("waiting for the answer of", c->first.port);
    advance_ms(BINDING_NEXT_ADDRESS_MS - 500);
    assert_int_equal(c->second.n, 0);
    advance_ms(600);
    wait_requests(&c->second, 1);
    wait_registered();
    assert_int_equal(c->first.n, 1);
    (void)snprintf(event, sizeof(event), "sip_registered sip:101@pbx.test at 127.0.0.1:%u by udp",
                   c->second.port);
    assert_non_null(strstr(c->told, event));
    assert_null(strstr(c->told, "lost"));
    assert_string_equal(c->second.requests[0].call_id, c->first.requests[0].call_id);
    advance_ms(54200); /* a refresh goes to the one that has answered */
    wait_requests(&c->second, 2);
    assert_int_equal(c->first.n, 1);
}

static void test_the_last_address_has_its_time(void **state)
{
    (void)state;
    registrar_reply(&c->first, silence);
    registrar_reply(&c->second, silence);
    zone_of(&c->first, &c->second, 60);
    use_name();
    wait_requests(&c->first, 1);
    advance_ms(BINDING_NEXT_ADDRESS_MS + 100);
    wait_requests(&c->second, 1);
    advance_ms(BINDING_ANSWER_MS - 1500);
    assert_int_equal(c->first.n + c->second.n, 2);
    assert_reason("no answer from", c->first.port);
    for (int i = 0; i < 30 && c->first.n == 1; i++)
        advance_ms(200);         /* and a pause of about 1 s */
    wait_requests(&c->first, 2); /* all again */
    assert_reason("no answer from", c->second.port);
}

static void test_a_refusal_is_an_answer(void **state)
{
    (void)state;
    registrar_reply(&c->first, forbidden);
    zone_of(&c->first, &c->second, 60);
    use_name();
    wait_reason("wrong password");
    assert_in_s(status_now()->next_attempt_at_s, 30);
    advance_ms(20000);
    assert_int_equal(c->first.n, 1);
    assert_int_equal(c->second.n, 0);
}

/* ---- redirects ---- */

/* A 302 with this header, for ever. Of four of them at a time. */
static const struct registrar_reply *redirect_by(const char *header)
{
    static struct registrar_reply replies[4][2];
    static char headers[4][100];
    static unsigned next;
    unsigned i = next++ % 4;

    (void)snprintf(headers[i], sizeof(headers[i]), "%s", header);
    replies[i][0] = (struct registrar_reply){302, headers[i]};
    replies[i][1] = (struct registrar_reply){-1, NULL};
    return replies[i];
}

static const struct registrar_reply *redirect(const char *host, unsigned port)
{
    char header[100];

    (void)snprintf(header, sizeof(header), "Contact: <sip:%s:%u>\r\n", host, port);
    return redirect_by(header);
}

static void test_a_redirect_is_followed(void **state)
{
    (void)state;
    registrar_reply(&c->first, redirect("127.0.0.1", c->second.port));
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_registered();
    assert_int_equal(c->first.n, 1);
    assert_int_equal(c->second.n, 1);
    assert_non_null(strstr(c->second.requests[0].text, "REGISTER sip:pbx.test SIP/2.0\r\n"));
    advance_ms(54200); /* the refresh goes there, too */
    wait_requests(&c->second, 2);
    assert_int_equal(c->first.n, 1);
    agent_register_now(c->agent); /* from the start means where the settings say */
    wait_requests(&c->first, 2);
}

static void test_a_redirect_below_the_own_domain(void **state)
{
    (void)state;
    zone_of(&c->first, NULL, 60);
    c->zone[1] = (struct dns_record){.name = "b.PBX.test", .type = DNS_A, .value = "127.0.0.1"};
    registrar_reply(&c->first, redirect("b.PBX.test", c->second.port));
    use_name();
    wait_registered();
    assert_int_equal(c->second.n, 1);
}

static void test_redirects_that_are_refused(void **state)
{
    static const struct {
        const char *contact, *reason;
    } cases[] = {
        {"Contact: <sip:127.0.0.2>\r\n",
         "the server redirects us to 127.0.0.2, which is not of this account"},
        {"Contact: <sip:evilpbx.test>\r\n",
         "the server redirects us to evilpbx.test, which is not of this account"},
        {"Contact: <sip:pbx.test.evil.test>\r\n",
         "the server redirects us to pbx.test.evil.test, which is not of this account"},
        {"Contact: <tel:1>\r\n", "the server redirects us, but not to an address we can use"},
        {"X-None: 1\r\n", "the server redirects us, but not to an address we can use"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        registrar_reply(&c->first, redirect_by(cases[i].contact));
        use_port(&c->first, SIP_TRANSPORT_UDP);
        wait_requests(&c->first, (unsigned)i + 1);
        assert_string_equal(status_now()->reason, cases[i].reason);
        assert_int_equal(status_now()->code, 302);
        assert_in_s(status_now()->next_attempt_at_s, 30);
    }
    assert_int_equal(c->second.n, 0);
}

static void test_redirects_in_a_circle(void **state)
{
    (void)state;
    registrar_reply(&c->first, redirect("127.0.0.1", c->second.port));
    registrar_reply(&c->second, redirect("127.0.0.1", c->first.port));
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_reason("the server redirects us to 127.0.0.1, which is one too many");
    assert_int_equal(c->first.n + c->second.n, 1 + TARGET_MAX_REDIRECTS);
    assert_in_s(status_now()->next_attempt_at_s, 30);
    advance_ms(29000);
    assert_int_equal(c->first.n + c->second.n, 1 + TARGET_MAX_REDIRECTS);
    advance_ms(1500); /* from the start, with all redirects allowed again */
    loop_for_ms(20);
    assert_int_equal(c->first.n + c->second.n, 2 * (1 + TARGET_MAX_REDIRECTS));
}

/* Each refresh redirected, as a cluster may do it: that is no circle. */
static void test_a_redirect_at_each_refresh(void **state)
{
    struct registrar *from = &c->first, *to = &c->second;

    (void)state;
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_registered();
    for (unsigned i = 0; i < 2 * TARGET_MAX_REDIRECTS; i++) {
        unsigned n = to->n;

        registrar_reply(from, from == &c->first ? redirect("127.0.0.1", c->second.port)
                                                : redirect("127.0.0.1", c->first.port));
        registrar_reply(to, good);
        advance_ms(54200);
        wait_requests(to, n + 1);
        assert_true(is_registered(NULL));
        from = to;
        to = to == &c->first ? &c->second : &c->first;
    }
    assert_null(strstr(c->told, "lost"));
}

/* ---- names at a refresh ---- */

static void test_short_lived_records_are_looked_up_at_a_refresh(void **state)
{
    (void)state;
    zone_of(&c->first, NULL, 30);
    use_name();
    wait_registered();
    zone_of(&c->second, NULL, 30);
    dns_server_use(c->dns, c->zone, DNS_NO_SUCH_NAME); /* forgets the questions */
    advance_ms(40000);
    assert_string_equal(dns_server_questions(c->dns), ""); /* not before */
    advance_ms(14200);
    wait_requests(&c->second, 1); /* the server has moved */
    assert_non_null(strstr(dns_server_questions(c->dns), "SRV _sip._udp.pbx.test"));
    assert_int_equal(c->first.n, 1);
    assert_true(is_registered(NULL));
    assert_null(strstr(c->told, "lost"));
}

static void test_long_lived_records_are_kept(void **state)
{
    (void)state;
    zone_of(&c->first, NULL, 120);
    use_name();
    wait_registered();
    zone_of(&c->second, NULL, 120);
    dns_server_use(c->dns, c->zone, DNS_NO_SUCH_NAME);
    for (unsigned n = 2; n <= 3; n++) {
        advance_ms(54200);
        wait_requests(&c->first, n);
    }
    assert_string_equal(dns_server_questions(c->dns), "");
    advance_ms(54200);
    wait_requests(&c->second, 1);
    assert_int_equal(c->first.n, 3);
}

static void test_a_refresh_stays_while_its_address_is_good(void **state)
{
    (void)state;
    zone_of(&c->first, NULL, 30);
    use_name();
    wait_registered();
    zone_of(&c->second, &c->first, 30); /* the other one comes first now */
    advance_ms(54200);
    wait_requests(&c->first, 2);
    assert_int_equal(c->second.n, 0);
}

static void test_no_dns_at_a_refresh(void **state)
{
    (void)state;
    zone_of(&c->first, NULL, 30);
    use_name();
    wait_registered();
    dns_server_use(c->dns, c->zone, DNS_SERVER_FAILURE);
    memset(c->zone, 0, sizeof(c->zone));
    advance_ms(54200);
    wait_requests(&c->first, 2); /* the address of before is better than none */
    assert_true(is_registered(NULL));

    c->zone[0] = (struct dns_record){.name = "_sip._udp.pbx.test", .type = DNS_SRV}; /* silence */
    c->zone[1] = (struct dns_record){.name = "pbx.test", .type = DNS_A};
    c->zone[2] = (struct dns_record){.name = "pbx.test", .type = DNS_AAAA};
    advance_ms(54000 + BINDING_LOOK_UP_MS - 800);
    assert_int_equal(c->first.n, 2);
    advance_ms(1300);
    wait_requests(&c->first, 3);
    assert_true(is_registered(NULL));
    assert_null(strstr(c->told, "lost"));
}

static void test_the_name_is_gone_at_a_refresh(void **state)
{
    (void)state;
    zone_of(&c->first, NULL, 30);
    use_name();
    wait_registered();
    memset(c->zone, 0, sizeof(c->zone));
    advance_ms(54200);
    wait_reason("there is no host named pbx.test");
    assert_int_equal(status_now()->state, AGENT_TRYING);
    assert_non_null(strstr(c->told, "sip_registration_lost"));
}

/* ---- pauses ---- */

static void test_the_end_of_retry_after(void **state)
{
    static const struct registrar_reply hour[] = {{503, "Retry-After: 3600\r\n"}, {-1, NULL}};
    static const struct registrar_reply ever[] = {{503, "Retry-After: 999999999\r\n"}, {-1, NULL}};
    static const struct registrar_reply no[] = {{403, "Retry-After: 86400\r\n"}, {-1, NULL}};
    const struct registrar_reply *const cases[] = {hour, ever, no};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        registrar_reply(&c->first, cases[i]);
        use_port(&c->first, SIP_TRANSPORT_UDP);
        wait_requests(&c->first, i + 1);
        assert_in_s(status_now()->next_attempt_at_s, 3600);
    }
    advance_ms(10000);
    assert_int_equal(c->first.n, 3);
}

static void test_retry_is_set_while_it_waits(void **state)
{
    (void)state;
    registrar_reply(&c->first, forbidden);
    use_port(&c->first, SIP_TRANSPORT_UDP);
    wait_reason("wrong password");
    assert_in_s(status_now()->next_attempt_at_s, 30);
    agent_set_retry(c->agent, true, 10);
    advance_ms(30200);
    wait_requests(&c->first, 2);
    assert_in_s(status_now()->next_attempt_at_s, 10);
    agent_set_retry(c->agent, false, 10);
    advance_ms(10200);
    wait_requests(&c->first, 3); /* the one that was planned */
    assert_int_equal(status_now()->next_attempt_at_s, 0);
    advance_ms(100000);
    assert_int_equal(c->first.n, 3);
    c->way = "127.0.0.2";
    agent_network_changed(c->agent, false); /* but a change of the network still counts */
    wait_requests(&c->first, 4);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_next_address_after_4_s),
        CASE(test_the_last_address_has_its_time),
        CASE(test_a_refusal_is_an_answer),
        CASE(test_a_redirect_is_followed),
        CASE(test_a_redirect_below_the_own_domain),
        CASE(test_redirects_that_are_refused),
        CASE(test_redirects_in_a_circle),
        CASE(test_a_redirect_at_each_refresh),
        CASE(test_short_lived_records_are_looked_up_at_a_refresh),
        CASE(test_long_lived_records_are_kept),
        CASE(test_a_refresh_stays_while_its_address_is_good),
        CASE(test_no_dns_at_a_refresh),
        CASE(test_the_name_is_gone_at_a_refresh),
        CASE(test_the_end_of_retry_after),
        CASE(test_retry_is_set_while_it_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
