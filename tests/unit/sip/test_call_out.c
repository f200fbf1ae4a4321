/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "sip/call_case.h"

static struct call_case *it;

static int setup(void **state)
{
    (void)state;
    it = call_case_start(true);
    return 0;
}

static int setup_without_account(void **state)
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

static const char *dial(const char *number)
{
    const char *invite;

    assert_int_equal(agent_call(it->agent, number, &it->id), 0);
    invite = sip_peer_wait(&it->server, "INVITE ");
    assert_non_null(invite);
    return invite;
}

static void assert_header(const char *text, const char *name, const char *value)
{
    char found[400];

    sip_peer_header(text, name, found, sizeof(found));
    assert_string_equal(found, value);
}

/* Without the ;tag=... at its end. */
static void assert_address(const char *text, const char *name, const char *value)
{
    char found[400];

    sip_peer_header(text, name, found, sizeof(found));
    found[strcspn(found, ";")] = '\0';
    assert_string_equal(found, value);
}

static void advance_ms(unsigned ms)
{
    for (unsigned at = 0; at < ms; at += 250) {
        hand_clock_advance_ms(250);
        loop_for_ms(1);
    }
}

static void test_is_made_answered_and_hung_up(void **state)
{
    const char *invite = dial("200");
    char expect[200];
    struct call_info info;
    struct audio_stats stats;

    (void)state;
    assert_int_equal(strncmp(invite, "INVITE sip:200@pbx.test SIP/2.0\r\n", 33), 0);
    assert_address(invite, "From", "<sip:101@pbx.test>");
    assert_header(invite, "To", "<sip:200@pbx.test>");
    (void)snprintf(expect, sizeof(expect), "<sip:101@127.0.0.1:%u>", it->port);
    assert_header(invite, "Contact", expect);
    assert_header(invite, "Allow", "INVITE,ACK,BYE,CANCEL,OPTIONS,INFO");
    assert_header(invite, "Route", "");
    assert_header(invite, "Content-Type", "application/sdp");
    (void)snprintf(expect, sizeof(expect), "m=audio %u RTP/AVP 8 0 101\r\n", fake_audio_port());
    assert_non_null(strstr(invite, expect));

    sip_peer_answer(&it->server, invite, "100 Trying", "", "", "");
    sip_peer_answer(&it->server, invite, "180 Ringing", "b", "", "");
    call_case_wait_told("ringing");
    assert_int_equal(fake_audio.n_rings, 1);
    assert_int_equal(fake_audio.n_started, 0);
    sip_peer_answer(&it->server, invite, "200 OK", "b", "Contact: <sip:200@127.0.0.1>\r\n",
                    CALL_SDP_BODY);
    call_case_wait_told("established");
    assert_string_equal(it->told, "1 ringing\n1 established\n");
    assert_int_equal(fake_audio.n_started, 1);
    assert_string_equal(fake_audio.rtp, "127.0.0.9:5004");
    assert_string_equal(fake_audio.rtcp, "127.0.0.9:5005");
    assert_int_equal(fake_audio.stream.codec, AUDIO_PCMU);
    assert_int_equal(fake_audio.stream.dtmf_payload_type, 101);
    assert_false(fake_audio.stream.is_early);
    assert_true(fake_audio.stream.is_sending && fake_audio.stream.is_receiving);
    info = it->info;
    assert_string_equal(info.peer_uri, "sip:200@pbx.test");
    assert_int_equal(info.code, 200);
    assert_true(info.started_at_ms && info.ringing_at_ms && info.answered_at_ms);
    assert_int_equal(agent_call_stats(it->agent, it->id, &stats), 0);
    assert_int_equal(stats.received, 4711);
    assert_int_equal(agent_call_answer(it->agent, it->id), EALREADY);
    assert_int_equal(agent_call_refuse(it->agent, it->id, 486), EALREADY);

    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    assert_string_equal(it->told, "1 ringing\n1 established\n1 ended hung up\n");
    assert_int_equal(agent_call_end(it->agent, it->id, false), ENOENT);
    assert_int_equal(agent_call_stats(it->agent, it->id, &stats), ENOENT);
    loop_for_ms(5);
    assert_int_equal(fake_audio.n_open, 0);
}

static void test_ack_and_bye_go_to_the_contact(void **state)
{
    const char *ack = call_case_establish(), *bye;
    char expect[100];

    (void)state;
    (void)snprintf(expect, sizeof(expect), "ACK sip:200@%s SIP/2.0\r\n", it->server.address);
    assert_int_equal(strncmp(ack, expect, strlen(expect)), 0);
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    bye = sip_peer_wait(&it->server, "BYE ");
    assert_non_null(bye);
    sip_peer_answer(&it->server, bye, "200 OK", "", "", "");
    assert_true(sip_peer_has_none(&it->server, "BYE "));
}

static void test_is_hung_up_by_the_other_side(void **state)
{
    const char *ack = call_case_establish();

    (void)state;
    call_case_request_out(&it->server, ack, "BYE", 1, "", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_wait_told("ended hung up there");
}

static void test_early_media(void **state)
{
    const char *invite = dial("200");

    (void)state;
    sip_peer_answer(&it->server, invite, "183 Session Progress", "b", "", CALL_SDP_BODY);
    call_case_wait_told("ringing");
    assert_int_equal(fake_audio.n_started, 1);
    assert_true(fake_audio.stream.is_early);
    assert_int_equal(fake_audio.n_rings, 0);
    sip_peer_answer(&it->server, invite, "180 Ringing", "b", "", "");
    /* A 200 without a description: the one of the 183 counts. */
    sip_peer_answer(&it->server, invite, "200 OK", "b", "Contact: <sip:200@127.0.0.1>\r\n", "");
    call_case_wait_told("established");
    assert_int_equal(fake_audio.n_rings, 0);
    assert_int_equal(fake_audio.n_started, 2);
    assert_false(fake_audio.stream.is_early);
}

static void test_ends_as_the_answer_says(void **state)
{
    static const struct answer {
        const char *code;
        const char *told;
        const char *reason;
    } answers[] = {
        {"486 Busy Here", "1 ended busy\n", "busy: 486 Busy Here"},
        {"600 Busy Everywhere", "1 ended busy\n", "busy everywhere: 600 Busy Everywhere"},
        {"603 Decline", "1 ended declined\n", "declined: 603 Decline"},
        {"404 Not Found", "1 ended not found\n", "there is no such number: 404 Not Found"},
        {"480 Away", "1 ended no answer\n",
         "nobody is there: the phone is not registered, or does not answer: 480 Away"},
        {"488 Not Acceptable Here", "1 ended not acceptable\n",
         "no common codec: the other side must know G.711: 488 Not Acceptable Here"},
        {"500 Oops", "1 ended failed\n", "the server has trouble of its own: 500 Oops"},
    };

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (i)
            (void)setup(state);
        sip_peer_answer(&it->server, dial("200"), answers[i].code, "b", "", "");
        assert_non_null(sip_peer_wait(&it->server, "ACK "));
        assert_string_equal(it->told, answers[i].told);
        assert_string_equal(it->info.reason, answers[i].reason);
        if (i + 1 < sizeof(answers) / sizeof(answers[0]))
            (void)teardown(state);
    }
}

static void test_cancel(void **state)
{
    const char *invite = dial("200"), *cancel;

    (void)state;
    sip_peer_answer(&it->server, invite, "180 Ringing", "b", "", "");
    call_case_wait_told("ringing");
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    call_case_wait_told("ended cancelled");
    cancel = sip_peer_wait(&it->server, "CANCEL ");
    assert_non_null(cancel);
    sip_peer_answer(&it->server, cancel, "200 OK", "b", "", "");
    sip_peer_answer(&it->server, invite, "487 Request Terminated", "b", "", "");
    assert_non_null(sip_peer_wait(&it->server, "ACK "));
    assert_true(sip_peer_has_none(&it->server, "BYE "));
}

static void test_cancel_waits_for_a_first_answer(void **state)
{
    const char *invite = dial("200");

    (void)state;
    assert_int_equal(agent_call_end(it->agent, it->id, true), 0);
    call_case_wait_told("ended no answer");
    assert_true(sip_peer_has_none(&it->server, "CANCEL "));
    sip_peer_answer(&it->server, invite, "100 Trying", "", "", "");
    assert_non_null(sip_peer_wait(&it->server, "CANCEL "));
}

static void test_answer_crosses_the_cancel(void **state)
{
    const char *invite = dial("200");

    (void)state;
    sip_peer_answer(&it->server, invite, "180 Ringing", "b", "", "");
    call_case_wait_told("ringing");
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    sip_peer_answer(&it->server, invite, "200 OK", "b", "Contact: <sip:200@127.0.0.1>\r\n",
                    CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "CANCEL "));
    assert_true(it->server.n >= 2);
    assert_string_equal(it->told, "1 ringing\n1 ended cancelled\n");
}

static void test_answer_crosses_the_cancel_by_route(void **state)
{
    const char *invite = dial("200");
    char headers[200];

    (void)state;
    (void)snprintf(headers, sizeof(headers),
                   "Contact: <sip:200@192.0.2.1>\r\nRecord-Route: <sip:pbx.test;lr>\r\n");
    sip_peer_answer(&it->server, invite, "180 Ringing", "b", "", "");
    call_case_wait_told("ringing");
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    sip_peer_answer(&it->server, invite, "200 OK", "b", headers, CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "CANCEL "));
    assert_non_null(sip_peer_wait(&it->server, "ACK sip:200@192.0.2.1"));
    assert_non_null(sip_peer_wait(&it->server, "BYE sip:200@192.0.2.1"));
}

static void test_no_answer_at_all(void **state)
{
    (void)state;
    (void)dial("200");
    advance_ms(33000);
    call_case_wait_told("ended unreachable");
    assert_non_null(strstr(it->info.reason, "no answer from 127.0.0.1:"));
}

static void test_rings_for_ever(void **state)
{
    (void)state;
    sip_peer_answer(&it->server, dial("200"), "180 Ringing", "b", "", "");
    call_case_wait_told("ringing");
    hand_clock_advance_ms(300001);
    call_case_wait_told("ended no answer");
}

/* The branch, the Call-ID and all are right; only where it comes from is not. */
static void test_answers_of_a_stranger_change_nothing(void **state)
{
    static const char *const codes[] = {"100 Trying", "180 Ringing", "302 Moved", "486 Busy Here",
                                        "603 Decline"};
    const char *invite = dial("200");
    char contact[100];

    (void)state;
    it->phone.agent_port = it->port;
    (void)snprintf(contact, sizeof(contact), "Contact: <sip:200@%s>\r\n", it->phone.address);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        sip_peer_answer(&it->phone, invite, codes[i], "x", contact, "");
    sip_peer_answer(&it->phone, invite, "200 OK", "x", contact, CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->phone, "ACK "));
    assert_true(sip_peer_has_none(&it->server, "ACK "));
    assert_string_equal(it->told, "");
    sip_peer_answer(&it->server, invite, "486 Busy Here", "b", "", "");
    call_case_wait_told("ended busy");
    assert_non_null(sip_peer_wait(&it->server, "ACK "));
}

/* Of a call that is over he may know the Call-ID; the branch is that of the next. */
static void test_answers_of_a_stranger_by_an_old_call_id(void **state)
{
    char old_id[100], id[100], mixed[2048];
    const char *invite = dial("200");
    char *at;

    (void)state;
    sip_peer_header(invite, "Call-ID", old_id, sizeof(old_id));
    sip_peer_answer(&it->server, invite, "486 Busy Here", "b", "", "");
    call_case_wait_told("ended busy");
    assert_non_null(sip_peer_wait(&it->server, "ACK "));
    it->told[0] = '\0';
    invite = dial("201");
    sip_peer_header(invite, "Call-ID", id, sizeof(id));
    assert_true(snprintf(mixed, sizeof(mixed), "%s", invite) < (int)sizeof(mixed));
    at = strstr(mixed, id);
    assert_true(at && strlen(id) == strlen(old_id));
    memcpy(at, old_id, strlen(id));
    it->phone.agent_port = it->port;
    sip_peer_answer(&it->phone, mixed, "486 Busy Here", "x", "", "");
    assert_true(sip_peer_has_none(&it->phone, "ACK "));
    assert_string_equal(it->told, "");
    sip_peer_answer(&it->server, invite, "603 Decline", "b", "", "");
    call_case_wait_told("ended declined");
}

/* ---- challenges ---- */

#define CHALLENGE(realm) "Digest realm=\"" realm "\", nonce=\"n1\", algorithm=MD5\r\n"

static void test_credentials_for_our_server(void **state)
{
    const char *invite = dial("200"), *again;
    char call_id[100];

    (void)state;
    sip_peer_header(invite, "Call-ID", call_id, sizeof(call_id));
    sip_peer_answer(&it->server, invite, "407 Proxy Authentication Required", "x",
                    "Proxy-Authenticate: " CHALLENGE("pbx"), "");
    again = sip_peer_wait(&it->server, "INVITE ");
    assert_non_null(again);
    assert_header(again, "Call-ID", call_id);
    assert_non_null(strstr(again, "Proxy-Authorization: Digest username=\"101\", realm=\"pbx\""));
    /* refused: said so, and not asked for ever */
    sip_peer_answer(&it->server, again, "407 Proxy Authentication Required", "x",
                    "Proxy-Authenticate: " CHALLENGE("pbx"), "");
    call_case_wait_told("ended failed");
    assert_non_null(strstr(it->info.reason, "does not take our user name and password"));
}

static void test_no_credentials_for_another_realm(void **state)
{
    (void)state;
    call_case_stop();
    it = call_case_start(false);
    it->server.challenge = "WWW-Authenticate: " CHALLENGE("pbx");
    call_case_register();
    sip_peer_answer(&it->server, dial("200"), "401 Unauthorized", "x",
                    "WWW-Authenticate: " CHALLENGE("elsewhere"), "");
    call_case_wait_told("ended failed");
    assert_true(sip_peer_has_none(&it->server, "INVITE "));
    /* and the one of the registrar is fine */
    sip_peer_answer(&it->server, dial("200"), "401 Unauthorized", "x",
                    "WWW-Authenticate: " CHALLENGE("pbx"), "");
    assert_non_null(sip_peer_wait(&it->server, "INVITE "));
}

static void test_no_credentials_with_a_bye_to_a_stranger(void **state)
{
    const char *invite = dial("200"), *bye;
    char contact[100];

    (void)state;
    sip_peer_answer(&it->server, invite, "407 Proxy Authentication Required", "x",
                    "Proxy-Authenticate: " CHALLENGE("pbx"), "");
    invite = sip_peer_wait(&it->server, "INVITE ");
    assert_non_null(invite);
    (void)snprintf(contact, sizeof(contact), "Contact: <sip:200@%s>\r\n", it->phone.address);
    sip_peer_answer(&it->server, invite, "200 OK", "b", contact, CALL_SDP_BODY);
    bye = sip_peer_wait(&it->phone, "ACK ");
    assert_non_null(bye);
    assert_null(strstr(bye, "Authorization"));
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    bye = sip_peer_wait(&it->phone, "BYE ");
    assert_non_null(bye);
    assert_null(strstr(bye, "Authorization"));
    sip_peer_answer(&it->phone, bye, "407 Proxy Authentication Required", "",
                    "Proxy-Authenticate: " CHALLENGE("pbx"), "");
    assert_true(sip_peer_has_none(&it->phone, "BYE "));
}

static void test_bye_is_challenged_by_our_server(void **state)
{
    const char *bye;

    (void)state;
    call_case_stop();
    it = call_case_start(false);
    it->server.challenge = "WWW-Authenticate: " CHALLENGE("pbx");
    call_case_register();
    (void)call_case_establish();
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    bye = sip_peer_wait(&it->server, "BYE ");
    assert_non_null(bye);
    loop_for_ms(5); /* the call is gone, its session is not */
    assert_int_equal(fake_audio.n_open, 0);
    sip_peer_answer(&it->server, bye, "407 Proxy Authentication Required", "",
                    "Proxy-Authenticate: " CHALLENGE("elsewhere"), "");
    assert_true(sip_peer_has_none(&it->server, "BYE "));
    (void)call_case_establish();
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    bye = sip_peer_wait(&it->server, "BYE ");
    assert_non_null(bye);
    sip_peer_answer(&it->server, bye, "407 Proxy Authentication Required", "",
                    "Proxy-Authenticate: " CHALLENGE("pbx"), "");
    bye = sip_peer_wait(&it->server, "BYE ");
    assert_non_null(bye);
    assert_non_null(strstr(bye, "Proxy-Authorization: Digest username=\"101\", realm=\"pbx\""));
}

/* ---- 3xx ---- */

static void test_follows_redirects_to_our_server_only(void **state)
{
    (void)state;
    sip_peer_answer(&it->server, dial("200"), "302 Moved", "b", "Contact: <sip:300@pbx.test>\r\n",
                    "");
    sip_peer_answer(&it->server, sip_peer_wait(&it->server, "INVITE sip:300@pbx.test "),
                    "302 Moved", "b", "Contact: <sip:300@evil.test>\r\n", "");
    call_case_wait_told("ended failed");
    assert_non_null(strstr(it->info.reason, "not at our server"));
    assert_true(sip_peer_has_none(&it->server, "INVITE "));
}

static void test_redirects_end(void **state)
{
    const char *invite = dial("200");

    (void)state;
    for (int i = 0; i < 6; i++) {
        sip_peer_answer(&it->server, invite, "302 Moved", "b", "Contact: <sip:200@pbx.test>\r\n",
                        "");
        if (i < 5)
            invite = sip_peer_wait(&it->server, "INVITE ");
    }
    call_case_wait_told("ended failed");
    assert_true(sip_peer_has_none(&it->server, "INVITE "));
}

/* ---- forks ---- */

static void test_two_phones_answer(void **state)
{
    const char *invite = dial("200"), *bye;
    char other[100];

    (void)state;
    sip_peer_answer(&it->server, invite, "180 Ringing", "b", "", "");
    sip_peer_answer(&it->server, invite, "180 Ringing", "c", "", "");
    sip_peer_answer(&it->server, invite, "200 OK", "b", "Contact: <sip:b@127.0.0.1>\r\n",
                    CALL_SDP_BODY);
    call_case_wait_told("established");
    (void)snprintf(other, sizeof(other), "Contact: <sip:c@%s>\r\n", it->phone.address);
    sip_peer_answer(&it->server, invite, "200 OK", "c", other, CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->phone, "ACK sip:c@127.0.0.2"));
    bye = sip_peer_wait(&it->phone, "BYE sip:c@127.0.0.2");
    assert_non_null(bye);
    assert_non_null(strstr(bye, ";tag=c"));
    /* sent again: one more ACK, no more BYE */
    sip_peer_answer(&it->server, invite, "200 OK", "c", other, CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->phone, "ACK "));
    assert_true(sip_peer_has_none(&it->phone, "BYE "));
    assert_string_equal(it->told, "1 ringing\n1 established\n");
}

static void test_answer_sent_again_is_acknowledged_again(void **state)
{
    const char *ack = call_case_establish();
    unsigned n = it->server.n;

    (void)state;
    (void)ack;
    sip_peer_answer(&it->server, it->server.text[0], "200 OK", "b",
                    "Contact: <sip:200@127.0.0.1>\r\n", CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->server, "BYE "));
    assert_int_equal(it->server.n, n); /* the very same ACK: not counted by the peer */
}

/* ---- directly ---- */

static void test_direct_call_without_an_account(void **state)
{
    const char *invite;
    char number[64], expect[200], contact[100];
    unsigned id;

    (void)state;
    assert_int_equal(agent_call(it->agent, "200", &id), ENOTCONN);
    assert_int_equal(agent_call(it->agent, "sip:", &id), EINVAL);
    (void)snprintf(number, sizeof(number), "sip:300@%s", it->phone.address);
    assert_int_equal(agent_call(it->agent, number, &id), 0);
    invite = sip_peer_wait(&it->phone, "INVITE ");
    assert_non_null(invite);
    (void)snprintf(expect, sizeof(expect), "INVITE %s SIP/2.0\r\n", number);
    assert_int_equal(strncmp(invite, expect, strlen(expect)), 0);
    assert_address(invite, "From", "<sip:portero@127.0.0.1>");
    (void)snprintf(expect, sizeof(expect), "<sip:portero@127.0.0.1:%u>", it->port);
    assert_header(invite, "Contact", expect);
    sip_peer_answer(&it->phone, invite, "401 Unauthorized", "x",
                    "WWW-Authenticate: " CHALLENGE("pbx"), "");
    call_case_wait_told("ended failed");
    assert_true(sip_peer_has_none(&it->phone, "INVITE "));

    assert_int_equal(agent_call(it->agent, number, &id), 0);
    (void)snprintf(contact, sizeof(contact), "Contact: <sip:300@%s>\r\n", it->phone.address);
    invite = sip_peer_wait(&it->phone, "INVITE ");
    sip_peer_answer(&it->phone, invite, "200 OK", "b", contact, CALL_SDP_BODY);
    call_case_wait_told("established");
    call_case_request_out(&it->phone, sip_peer_wait(&it->phone, "ACK "), "BYE", 1, "", "");
    call_case_wait_told("ended hung up there");
}

static void test_direct_call_with_an_account_gives_nothing_away(void **state)
{
    const char *invite;
    char number[64];

    (void)state;
    (void)snprintf(number, sizeof(number), "sip:%s", it->phone.address);
    assert_int_equal(agent_call(it->agent, number, &it->id), 0);
    invite = sip_peer_wait(&it->phone, "INVITE ");
    assert_non_null(invite);
    sip_peer_answer(&it->phone, invite, "407 Proxy Authentication Required", "x",
                    "Proxy-Authenticate: " CHALLENGE("pbx"), "");
    call_case_wait_told("ended failed");
    assert_true(sip_peer_has_none(&it->phone, "INVITE "));
    assert_true(sip_peer_has_none(&it->server, "INVITE "));
}

static void test_direct_call_by_name_that_does_not_exist(void **state)
{
    (void)state;
    assert_int_equal(agent_call(it->agent, "sip:1@no-such-host.invalid", &it->id), 0);
    call_case_wait_told("ended unreachable");
    assert_non_null(strstr(it->info.reason, "no-such-host.invalid cannot be looked up"));
}

/* ---- the next address ---- */

/* Call 300@door.test, which is where the phone is, and at 127.0.0.3, where nobody is. */
static void dial_door(const char *service, const char *parameters, bool is_phone_first)
{
    static char name[64];
    static struct dns_record zone[] = {
        {.name = name, .type = DNS_SRV, .value = "a.test", .priority = 1, .port = 5060},
        {.name = name, .type = DNS_SRV, .value = "b.test", .priority = 2},
        {.name = "a.test", .type = DNS_A, .value = "127.0.0.3"},
        {.name = "b.test", .type = DNS_A, .value = "127.0.0.2"},
        {.name = NULL}};
    char number[64];

    (void)snprintf(name, sizeof(name), "%s.door.test", service);
    zone[0].priority = is_phone_first ? 3 : 1;
    zone[1].port = it->phone.port;
    dns_server_use(it->dns, zone, DNS_NO_SUCH_NAME);
    (void)snprintf(number, sizeof(number), "sip:300@door.test%s", parameters);
    assert_int_equal(agent_call(it->agent, number, &it->id), 0);
}

static bool has_looked_up(void *arg)
{
    (void)arg;
    return strstr(dns_server_questions(it->dns), "A b.test") != NULL;
}

static void test_the_first_address_is_silent(void **state)
{
    const char *invite;

    (void)state;
    dial_door("_sip._udp", "", false);
    assert_true(loop_until(has_looked_up, NULL));
    loop_for_ms(20);
    advance_ms(3500);
    assert_true(sip_peer_has_none(&it->phone, "INVITE "));
    advance_ms(1000);
    invite = sip_peer_wait(&it->phone, "INVITE sip:300@door.test SIP/2.0\r\n");
    assert_non_null(invite);
    sip_peer_answer(&it->phone, invite, "180 Ringing", "b", "", "");
    call_case_wait_told("ringing");
    sip_peer_answer(&it->phone, invite, "486 Busy Here", "b", "", "");
    call_case_wait_told("ended busy");
    assert_string_equal(it->told, "1 ringing\n1 ended busy\n");
}

static void test_the_first_address_is_only_slow(void **state)
{
    const char *invite;

    (void)state;
    dial_door("_sip._udp", "", true);
    invite = sip_peer_wait(&it->phone, "INVITE ");
    assert_non_null(invite);
    sip_peer_answer(&it->phone, invite, "100 Trying", "", "", "");
    loop_for_ms(20);
    advance_ms(5000);
    sip_peer_answer(&it->phone, invite, "486 Busy Here", "b", "", "");
    call_case_wait_told("ended busy");
}

static void test_hung_up_before_the_next_address(void **state)
{
    (void)state;
    dial_door("_sip._udp", "", false);
    assert_true(loop_until(has_looked_up, NULL));
    loop_for_ms(20);
    advance_ms(2000);
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    advance_ms(5000);
    assert_true(sip_peer_has_none(&it->phone, "INVITE "));
    assert_string_equal(it->told, "1 ended cancelled\n");
}

static void test_all_addresses_refuse_connections(void **state)
{
    char expect[64];

    (void)state;
    dial_door("_sip._tcp", ";transport=tcp", false);
    call_case_wait_told("ended unreachable");
    (void)snprintf(expect, sizeof(expect), "%s refuses connections", it->phone.address);
    assert_non_null(strstr(it->info.reason, expect)); /* the last one: the phone has no TCP */
    assert_string_equal(it->told, "1 ended unreachable\n");
}

static void test_address_of_the_other_ip_version(void **state)
{
    unsigned id;

    (void)state;
    assert_int_equal(agent_call(it->agent, "sip:1@[::1]:5060", &id), EAFNOSUPPORT);
    assert_string_equal(it->told, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_made_answered_and_hung_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ack_and_bye_go_to_the_contact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_hung_up_by_the_other_side, setup, teardown),
        cmocka_unit_test_setup_teardown(test_early_media, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_as_the_answer_says, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_waits_for_a_first_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answer_crosses_the_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answer_crosses_the_cancel_by_route, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_of_a_stranger_change_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answers_of_a_stranger_by_an_old_call_id, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_credentials_for_our_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_credentials_for_another_realm, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_credentials_with_a_bye_to_a_stranger, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_bye_is_challenged_by_our_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_follows_redirects_to_our_server_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_redirects_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_phones_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answer_sent_again_is_acknowledged_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_direct_call_without_an_account, setup_without_account,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_direct_call_with_an_account_gives_nothing_away, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_direct_call_by_name_that_does_not_exist, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_address_of_the_other_ip_version, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_first_address_is_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_first_address_is_only_slow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hung_up_before_the_next_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_addresses_refuse_connections, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_answer_at_all, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rings_for_ever, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
