/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "sip/call_case.h"
#include "sip/transport.h"

static struct call_case *it;
static const char *way; /* the address that leads out now; NULL: the real one */

int __real_transport_choose(const struct transport *transport, const struct sa *peer,
                            struct sa *ret_local);
int __wrap_transport_choose(const struct transport *transport, const struct sa *peer,
                            struct sa *ret_local);

int __wrap_transport_choose(const struct transport *transport, const struct sa *peer,
                            struct sa *ret_local)
{
    int err = __real_transport_choose(transport, peer, ret_local);

    if (way)
        assert_int_equal(sa_set_str(ret_local, way, 0), 0);
    return err;
}

static int setup(void **state)
{
    (void)state;
    way = NULL;
    it = call_case_start(true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    call_case_stop();
    return 0;
}

static void advance_ms(unsigned ms)
{
    for (unsigned at = 0; at < ms; at += 250) {
        hand_clock_advance_ms(250);
        loop_for_ms(1);
    }
}

static const char *dial(const char *number)
{
    const char *invite;

    assert_int_equal(agent_call(it->agent, number, &it->id), 0);
    invite = sip_peer_wait(&it->server, "INVITE ");
    assert_non_null(invite);
    return invite;
}

static void use_stun(void)
{
    call_case_stop();
    it = call_case_start(false);
    (void)snprintf(it->settings.stun_ip, sizeof(it->settings.stun_ip), "127.0.0.3");
    it->settings.stun_port = 3479;
    call_case_register();
}

static void test_address_by_stun(void **state)
{
    const char *invite;

    (void)state;
    use_stun();
    assert_int_equal(agent_call(it->agent, "200", &it->id), 0);
    assert_true(fake_audio.is_mapping);
    assert_string_equal(fake_audio.stun, "127.0.0.3:3479");
    assert_true(sip_peer_has_none(&it->server, "INVITE "));
    fake_audio_mapped("203.0.113.5", 61000);
    invite = sip_peer_wait(&it->server, "INVITE ");
    assert_non_null(invite);
    assert_non_null(strstr(invite, "c=IN IP4 203.0.113.5\r\n"));
    assert_non_null(strstr(invite, "m=audio 61000 "));
}

static void test_stun_does_not_answer(void **state)
{
    (void)state;
    use_stun();
    assert_int_equal(agent_call(it->agent, "200", &it->id), 0);
    fake_audio_mapped(NULL, 0);
    assert_non_null(strstr(sip_peer_wait(&it->server, "INVITE "), "c=IN IP4 127.0.0.1\r\n"));
}

static void test_is_ended_while_stun_is_asked(void **state)
{
    (void)state;
    use_stun();
    assert_int_equal(agent_call(it->agent, "200", &it->id), 0);
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    call_case_wait_told("ended cancelled");
    assert_true(sip_peer_has_none(&it->server, "INVITE "));
    assert_int_equal(fake_audio.n_open, 0);
}

static void test_account_changes_during_a_call(void **state)
{
    const char *ack = call_case_establish();

    (void)state;
    (void)snprintf(it->settings.user, sizeof(it->settings.user), "102");
    it->server.register_text[0] = '\0';
    call_case_register();
    loop_for_ms(5);
    assert_string_equal(it->told, "1 established\n");
    call_case_request_out(&it->server, ack, "BYE", 1, "", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_wait_told("ended hung up there");
}

static void test_switching_off_hangs_up(void **state)
{
    (void)state;
    (void)call_case_establish();
    agent_apply(it->agent, NULL);
    call_case_wait_told("ended hung up");
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
}

static void test_address_changes_during_a_call(void **state)
{
    const char *invite;
    char cseq[50];

    (void)state;
    (void)call_case_establish();
    agent_network_changed(it->agent, false);
    advance_ms(1000);
    assert_true(sip_peer_has_none(&it->server, "INVITE ")); /* but it has not */
    way = "127.0.0.4";
    agent_network_changed(it->agent, false);
    advance_ms(7000); /* SIP itself stays where it is in this test: it waits for that in vain */
    invite = sip_peer_wait(&it->server, "INVITE ");
    assert_non_null(invite);
    sip_peer_header(invite, "CSeq", cseq, sizeof(cseq));
    assert_non_null(strstr(invite, ";tag=b"));
    assert_non_null(strstr(invite, "c=IN IP4 127.0.0.4\r\n"));
    assert_int_equal(fake_audio.n_open, 1);
    assert_int_equal(fake_audio.n_started, 2);
    sip_peer_answer(&it->server, invite, "200 OK", "", "Contact: <sip:200@127.0.0.1>\r\n",
                    "v=0\r\nc=IN IP4 127.0.0.8\r\nm=audio 6000 RTP/AVP 8\r\n");
    loop_for_ms(5);
    assert_int_equal(fake_audio.n_started, 3);
    assert_string_equal(fake_audio.rtp, "127.0.0.8:6000");
    assert_string_equal(it->told, "1 established\n");
    advance_ms(2000);
    assert_true(sip_peer_has_none(&it->server, "INVITE "));
}

static void test_no_more_than_four(void **state)
{
    unsigned id;

    (void)state;
    for (int i = 0; i < AGENT_MAX_CALLS; i++)
        assert_int_equal(agent_call(it->agent, "200", &id), 0);
    assert_int_equal(agent_call(it->agent, "200", &id), EBUSY);
    assert_int_equal(agent_call_end(it->agent, id, false), 0);
    assert_int_equal(agent_call(it->agent, "200", &id), 0);
    assert_int_equal(id, AGENT_MAX_CALLS + 1);
}

static void test_no_sockets_for_sound(void **state)
{
    unsigned id;

    (void)state;
    fake_audio.new_err = EADDRINUSE;
    assert_int_equal(agent_call(it->agent, "200", &id), EADDRINUSE);
    fake_audio.new_err = 0;
    assert_string_equal(it->told, "");
}

static void test_answer_that_is_no_good(void **state)
{
    const char *invite = dial("200");

    (void)state;
    sip_peer_answer(&it->server, invite, "200 OK", "b", "Contact: <sip:200@127.0.0.1>\r\n",
                    "v=0\r\nc=IN IP4 127.0.0.9\r\nm=audio 5004 RTP/AVP 9\r\n");
    call_case_wait_told("ended not acceptable");
    assert_string_equal(it->info.reason, "no common codec: the other side must know G.711");
}

static void test_no_sound_ends_it(void **state)
{
    (void)state;
    (void)call_case_establish();
    fake_audio_dead();
    call_case_wait_told("ended dead");
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
}

static void end_it(enum call_event event, const struct call_info *info)
{
    (void)event;
    if (info->state != CALL_ENDED)
        assert_int_equal(agent_call_end(it->agent, info->id, false), 0);
}

static void test_is_ended_from_inside_each_event(void **state)
{
    const char *invite = dial("200");

    (void)state;
    it->on_event = end_it;
    sip_peer_answer(&it->server, invite, "180 Ringing", "b", "", "");
    call_case_wait_told("ended cancelled");
    assert_non_null(sip_peer_wait(&it->server, "CANCEL "));

    it->on_event = NULL;
    invite = dial("200");
    it->on_event = end_it;
    sip_peer_answer(&it->server, invite, "200 OK", "b", "Contact: <sip:200@127.0.0.1>\r\n",
                    CALL_SDP_BODY);
    call_case_wait_told("ended hung up");

    it->on_event = NULL;
    (void)call_case_establish();
    it->on_event = end_it;
    fake_audio_digit('5');
    call_case_wait_told("ended hung up");
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
}

static void on_stopped(void *arg)
{
    *(bool *)arg = true;
}

static bool is_true(void *arg)
{
    return *(bool *)arg;
}

static void test_stop_while_the_account_changes(void **state)
{
    bool is_stopped = false;

    (void)state;
    (void)call_case_establish();
    (void)snprintf(it->settings.user, sizeof(it->settings.user), "102");
    agent_apply(it->agent, &it->settings);
    assert_string_equal(it->told, "1 established\n");
    agent_stop(it->agent, on_stopped, &is_stopped);
    call_case_wait_told("ended hung up");
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
    assert_true(loop_until(is_true, &is_stopped));
}

static void test_their_bye_is_answered_while_we_stop(void **state)
{
    bool is_stopped = false;
    const char *ack = call_case_establish();

    (void)state;
    agent_stop(it->agent, on_stopped, &is_stopped);
    call_case_request_out(&it->server, ack, "BYE", 1, "", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    assert_int_equal(agent_call(it->agent, "200", &it->id), ECANCELED);
}

static void test_stop_hangs_up_first(void **state)
{
    bool is_stopped = false;
    unsigned n;

    (void)state;
    (void)call_case_establish();
    n = it->server.n;
    it->server.register_text[0] = '\0';
    agent_stop(it->agent, on_stopped, &is_stopped);
    call_case_wait_told("ended hung up");
    assert_true(loop_until(is_true, &is_stopped));
    assert_true(it->server.n > n);
    assert_int_equal(strncmp(it->server.text[n], "BYE ", 4), 0);
    assert_non_null(strstr(it->server.register_text, "expires=0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_address_by_stun, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stun_does_not_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_ended_while_stun_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_account_changes_during_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_switching_off_hangs_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_address_changes_during_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_more_than_four, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_sockets_for_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answer_that_is_no_good, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_sound_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_ended_from_inside_each_event, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_while_the_account_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_their_bye_is_answered_while_we_stop, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop_hangs_up_first, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
