/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "sip/call_case.h"

static struct call_case *it;

static int setup(void **state)
{
    (void)state;
    it = call_case_start(false);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    call_case_stop();
    return 0;
}

/* The server is an outbound proxy before another one, which is at the phone's address. */
static void use_outbound(void)
{
    (void)snprintf(it->settings.proxy, sizeof(it->settings.proxy), "sip:127.0.0.2");
    (void)snprintf(it->settings.outbound, sizeof(it->settings.outbound), "sip:%s",
                   it->server.address);
    call_case_register();
    loop_for_ms(20); /* the other one's name is looked up */
}

static void test_outbound_is_the_route(void **state)
{
    const char *invite;
    char route[200], expect[200];

    (void)state;
    use_outbound();
    assert_int_equal(agent_call(it->agent, "200", &it->id), 0);
    invite = sip_peer_wait(&it->server, "INVITE sip:200@pbx.test SIP/2.0");
    assert_non_null(invite);
    sip_peer_header(invite, "Route", route, sizeof(route));
    (void)snprintf(expect, sizeof(expect), "<sip:%s;lr>", it->server.address);
    assert_string_equal(route, expect);
}

static void test_calls_come_from_the_proxy_behind_it(void **state)
{
    (void)state;
    use_outbound();
    call_case_invite(&it->phone, "c1", "", CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->phone, "SIP/2.0 180"));
    call_case_wait_told("in");
    agent_apply(it->agent, NULL);
    call_case_wait_told("ended hung up");
    call_case_invite(&it->phone, "c2", "", CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->phone, "SIP/2.0 180"));
}

static void test_requests_follow_the_record_route(void **state)
{
    const char *invite, *ack, *bye;
    char route[200];

    (void)state;
    call_case_register();
    assert_int_equal(agent_call(it->agent, "200", &it->id), 0);
    invite = sip_peer_wait(&it->server, "INVITE ");
    sip_peer_answer(&it->server, invite, "200 OK", "b",
                    "Record-Route: <sip:far.test;lr>\r\nRecord-Route: <sip:near.test;lr>\r\n"
                    "Contact: <sips:200@phone.test>\r\n",
                    CALL_SDP_BODY);
    ack = sip_peer_wait(&it->server, "ACK sips:200@phone.test ");
    assert_non_null(ack);
    sip_peer_header(ack, "Route", route, sizeof(route));
    assert_string_equal(route, "<sip:near.test;lr>");
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    bye = sip_peer_wait(&it->server, "BYE sips:200@phone.test ");
    assert_non_null(bye);
}

/* The BYEs of the two cross. */
static void test_both_hang_up(void **state)
{
    const char *ack;

    (void)state;
    call_case_register();
    ack = call_case_establish();
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
    loop_for_ms(2); /* the call is gone */
    call_case_request_out(&it->server, ack, "BYE", 1, "", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    assert_string_equal(it->told, "1 established\n1 ended hung up\n");
}

static void test_bye_without_a_call(void **state)
{
    (void)state;
    call_case_register();
    call_case_request_in(&it->server,
                         "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: none\r\n",
                         "BYE", 7, "", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 481"));
}

static void test_freed_with_calls_of_all_kinds(void **state)
{
    const char *invite;
    unsigned id;

    (void)state;
    call_case_register();
    (void)call_case_establish();
    assert_int_equal(agent_call(it->agent, "300", &id), 0);
    invite = sip_peer_wait(&it->server, "INVITE ");
    sip_peer_answer(&it->server, invite, "180 Ringing", "b", "", "");
    call_case_wait_told("ringing");
    call_case_invite(&it->server, "c1", "", CALL_SDP_BODY);
    call_case_wait_told("in");
    call_case_invite(&it->server, "c2", "", CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 180"));
    call_case_wait_told("in");
    assert_int_equal(agent_call_answer(it->agent, it->info.id), 0);
    it->told[0] = '\0';
    it->agent = agent_free(it->agent);
    assert_string_equal(it->told, "");
    assert_int_equal(fake_audio.n_open, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_outbound_is_the_route, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calls_come_from_the_proxy_behind_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_requests_follow_the_record_route, setup, teardown),
        cmocka_unit_test_setup_teardown(test_both_hang_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bye_without_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_freed_with_calls_of_all_kinds, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
