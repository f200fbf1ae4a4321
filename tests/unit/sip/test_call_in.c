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

static void assert_header(const char *text, const char *name, const char *value)
{
    char found[400];

    sip_peer_header(text, name, found, sizeof(found));
    assert_string_equal(found, value);
}

/* Rings; returns our 180. */
static const char *ring(struct sip_peer *peer)
{
    const char *ringing;

    call_case_invite(peer, "c1", "", CALL_SDP_BODY);
    ringing = sip_peer_wait(peer, "SIP/2.0 180");
    assert_non_null(ringing);
    call_case_wait_told("in");
    return ringing;
}

/* Established; returns our 200. */
static const char *establish(struct sip_peer *peer)
{
    const char *ok;

    (void)ring(peer);
    assert_int_equal(agent_call_answer(it->agent, it->info.id), 0);
    ok = sip_peer_wait(peer, "SIP/2.0 200");
    assert_non_null(ok);
    call_case_request_in(peer, ok, "ACK", 1, "", "");
    call_case_wait_told("established");
    return ok;
}

static void test_is_answered_and_hung_up(void **state)
{
    const char *ok, *bye;
    char expect[200];

    (void)state;
    ok = ring(&it->server);
    assert_string_equal(it->info.peer_uri, "sip:200@pbx.test");
    assert_true(it->info.is_by_server);
    assert_string_equal(it->info.peer_address, "127.0.0.1");
    assert_true(it->info.is_incoming && it->info.ringing_at_ms);
    (void)snprintf(expect, sizeof(expect), "<sip:101@127.0.0.1:%u>", it->port);
    assert_header(ok, "Contact", expect);
    assert_header(ok, "Allow", "INVITE,ACK,BYE,CANCEL,OPTIONS,INFO");
    assert_int_equal(fake_audio.n_started, 0);

    assert_int_equal(agent_call_answer(it->agent, it->info.id), 0);
    assert_string_equal(it->told, "1 in\n1 established\n");
    assert_int_equal(agent_call_answer(it->agent, it->info.id), EALREADY);
    ok = sip_peer_wait(&it->server, "SIP/2.0 200");
    assert_non_null(ok);
    (void)snprintf(expect, sizeof(expect), "m=audio %u RTP/AVP 0 8 96\r\n", fake_audio_port());
    assert_non_null(strstr(ok, expect));
    assert_non_null(strstr(ok, "a=fmtp:96 0-16\r\n"));
    assert_int_equal(fake_audio.n_started, 1);
    assert_int_equal(fake_audio.stream.dtmf_payload_type, 96);
    assert_false(fake_audio.stream.is_early);
    call_case_request_in(&it->server, ok, "ACK", 1, "", "");

    assert_int_equal(agent_call_end(it->agent, it->info.id, false), 0);
    assert_string_equal(it->told, "1 in\n1 established\n1 ended hung up\n");
    bye = sip_peer_wait(&it->server, "BYE ");
    assert_non_null(bye);
}

static void test_bye_waits_for_the_ack(void **state)
{
    const char *ok;

    (void)state;
    (void)ring(&it->server);
    assert_int_equal(agent_call_answer(it->agent, it->info.id), 0);
    ok = sip_peer_wait(&it->server, "SIP/2.0 200");
    assert_int_equal(agent_call_end(it->agent, it->info.id, false), 0);
    assert_true(sip_peer_has_none(&it->server, "BYE "));
    call_case_request_in(&it->server, ok, "ACK", 1, "", "");
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
}

static void test_ack_never_comes(void **state)
{
    (void)state;
    (void)ring(&it->server);
    assert_int_equal(agent_call_answer(it->agent, it->info.id), 0);
    for (int i = 0; i < 33 * 4; i++) {
        hand_clock_advance_ms(250);
        loop_for_ms(1);
    }
    call_case_wait_told("ended dead");
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
}

static void test_is_refused(void **state)
{
    static const struct refusal {
        unsigned code;
        const char *begin;
    } refusals[] = {{486, "SIP/2.0 486 Busy Here"},
                    {603, "SIP/2.0 603 Decline"},
                    {480, "SIP/2.0 480 Temporarily Unavailable"}};

    for (size_t i = 0; i < 3; i++) {
        char call_id[20];

        (void)state;
        (void)snprintf(call_id, sizeof(call_id), "r%zu", i);
        call_case_invite(&it->server, call_id, "", CALL_SDP_BODY);
        call_case_wait_told("in");
        assert_int_equal(agent_call_refuse(it->agent, it->info.id, refusals[i].code), 0);
        call_case_wait_told("ended hung up");
        assert_non_null(sip_peer_wait(&it->server, refusals[i].begin));
        assert_int_equal(agent_call_refuse(it->agent, it->info.id, 486), ENOENT);
    }
}

/* The CANCEL of the call that ringing is of, with another Call-ID or its own ("c1"). */
static void send_cancel(struct sip_peer *peer, const char *ringing, const char *call_id)
{
    char cancel[1000], via[200];

    sip_peer_header(ringing, "Via", via, sizeof(via));
    via[strcspn(via, "\r")] = '\0';
    *strstr(via, ";rport") = '\0';
    (void)snprintf(cancel, sizeof(cancel),
                   "CANCEL sip:101@127.0.0.1 SIP/2.0\r\nVia: %s;rport\r\n"
                   "From: \"Anna\" <sip:200@pbx.test>;tag=a\r\nTo: <sip:101@pbx.test>\r\n"
                   "Call-ID: %s\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n",
                   via, call_id);
    sip_peer_send(peer, it->port, cancel);
}

static void test_strangers_cannot_cancel(void **state)
{
    const char *ringing = ring(&it->server);

    (void)state;
    send_cancel(&it->phone, ringing, "c1");
    assert_non_null(sip_peer_wait(&it->phone, "SIP/2.0 481"));
    send_cancel(&it->phone, ringing, "c2"); /* the library would go by the branch */
    assert_non_null(sip_peer_wait(&it->phone, "SIP/2.0 481"));
    assert_true(sip_peer_has_none(&it->server, "SIP/2.0 487"));
    assert_string_equal(it->told, "1 in\n");
    assert_int_equal(agent_call_answer(it->agent, it->info.id), 0);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
}

static void test_caller_gives_up(void **state)
{
    const char *ringing = ring(&it->server);

    (void)state;
    send_cancel(&it->server, ringing, "c1");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 487"));
    call_case_wait_told("ended hung up there");
    assert_string_equal(it->info.reason, "the caller has given up");
}

static void test_invite_without_an_offer(void **state)
{
    const char *ok;

    (void)state;
    call_case_invite(&it->server, "c1", "", "");
    call_case_wait_told("in");
    assert_int_equal(agent_call_answer(it->agent, it->info.id), 0);
    ok = sip_peer_wait(&it->server, "SIP/2.0 200");
    assert_non_null(ok);
    assert_non_null(strstr(ok, " RTP/AVP 8 0 101\r\n"));
    assert_int_equal(fake_audio.n_started, 0);
    call_case_request_in(&it->server, ok, "ACK", 1, "", CALL_SDP_BODY);
    (void)sip_peer_has_none(&it->server, "BYE ");
    assert_int_equal(fake_audio.n_started, 1);
    assert_int_equal(fake_audio.stream.dtmf_payload_type, 101); /* as we have offered */

    /* and one whose ACK brings no answer ends */
    assert_int_equal(agent_call_end(it->agent, it->info.id, false), 0);
    call_case_invite(&it->server, "c2", "", "");
    call_case_wait_told("in");
    assert_int_equal(agent_call_answer(it->agent, it->info.id), 0);
    ok = sip_peer_wait(&it->server, "SIP/2.0 200");
    call_case_request_in(&it->server, ok, "ACK", 1, "", "");
    call_case_wait_told("ended not acceptable");
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
}

static void test_wrong_invites_are_refused(void **state)
{
    (void)state;
    call_case_invite(&it->server, "w1", "Require: 100rel\r\n", CALL_SDP_BODY);
    assert_header(sip_peer_wait(&it->server, "SIP/2.0 420"), "Unsupported", "100rel");
    call_case_invite(&it->server, "w2", "", "v=0\r\nnonsense\r\n");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 400"));
    call_case_invite(&it->server, "w3", "",
                     "v=0\r\nc=IN IP4 127.0.0.9\r\nm=audio 5004 RTP/AVP 9\r\n");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 488"));
    call_case_invite(&it->server, "w4", "Content-Type: text/plain\r\n", "hello");
    assert_header(sip_peer_wait(&it->server, "SIP/2.0 415"), "Accept", "application/sdp");
    assert_string_equal(it->told, "");
    loop_for_ms(2);
    assert_int_equal(fake_audio.n_open, 0);
}

static void test_four_calls_are_enough(void **state)
{
    char call_id[20];

    (void)state;
    for (int i = 0; i < AGENT_MAX_CALLS; i++) {
        (void)snprintf(call_id, sizeof(call_id), "m%d", i);
        call_case_invite(&it->server, call_id, "", CALL_SDP_BODY);
        assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 180"));
    }
    call_case_invite(&it->server, "one more", "", CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 486"));
}

static void test_nobody_listens(void **state)
{
    (void)state;
    agent_on_call(it->agent, NULL, NULL);
    call_case_invite(&it->server, "n1", "", CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 480"));
}

/* The same transaction, always; more tells the answers apart. */
static void invite_by_one_transaction(const char *more)
{
    char text[600];

    (void)snprintf(text, sizeof(text),
                   "INVITE sip:101@127.0.0.1 SIP/2.0\r\n"
                   "Via: SIP/2.0/UDP %s;branch=z9hG4bKsame;rport%s\r\nMax-Forwards: 70\r\n"
                   "From: <sip:200@pbx.test>;tag=a\r\nTo: <sip:101@pbx.test>\r\n"
                   "Call-ID: same\r\nCSeq: 1 INVITE\r\nContact: <sip:200@%s>\r\n"
                   "Content-Length: 0\r\n\r\n",
                   it->server.address, more, it->server.address);
    sip_peer_send(&it->server, it->port, text);
}

/* Nothing is kept of an INVITE that begins no call: the same question has the same answer, also its
 * tag, but that is made anew. */
static void test_refusals_are_not_remembered(void **state)
{
    const char *answer;
    char first[200], second[200], other[200];

    (void)state;
    agent_on_call(it->agent, NULL, NULL);
    invite_by_one_transaction("");
    answer = sip_peer_wait(&it->server, "SIP/2.0 480");
    assert_non_null(answer);
    sip_peer_header(answer, "To", first, sizeof(first));
    call_case_request_in(&it->server, answer, "ACK", 1, "", "");
    assert_true(sip_peer_has_none(&it->server, "SIP/2.0"));
    invite_by_one_transaction(";again");
    answer = sip_peer_wait(&it->server, "SIP/2.0 480");
    assert_non_null(answer);
    sip_peer_header(answer, "To", second, sizeof(second));
    assert_non_null(strstr(first, ";tag="));
    assert_string_equal(first, second);
    call_case_invite(&it->server, "another", "", CALL_SDP_BODY);
    answer = sip_peer_wait(&it->server, "SIP/2.0 480");
    assert_non_null(answer);
    sip_peer_header(answer, "To", other, sizeof(other));
    assert_string_not_equal(first, other);
}

/* ---- strangers ---- */

static void test_strangers_get_nothing(void **state)
{
    (void)state;
    call_case_invite(&it->phone, "s1", "", CALL_SDP_BODY);
    call_case_invite(&it->phone, "s2", "Require: 100rel\r\n", "");
    assert_true(sip_peer_has_none(&it->phone, "SIP/2.0"));
    assert_string_equal(it->told, "");
    assert_int_equal(agent_set_callers(it->agent, "127.0.0.2/33"), EINVAL);
    assert_int_equal(agent_set_callers(it->agent, "10.0.0.0/8, 127.0.0.2/31"), 0);
    (void)ring(&it->phone);
    assert_false(it->info.is_by_server);
    assert_string_equal(it->info.peer_address, "127.0.0.2");
    assert_int_equal(agent_set_callers(it->agent, ""), 0);
    call_case_invite(&it->phone, "s3", "", CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->phone, "SIP/2.0"));
}

static void test_callers_without_an_account(void **state)
{
    const char *ok;

    (void)state;
    call_case_invite(&it->phone, "s1", "", CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->phone, "SIP/2.0"));
    assert_int_equal(agent_set_callers(it->agent, "127.0.0.2"), 0);
    ok = establish(&it->phone);
    call_case_request_in(&it->phone, ok, "BYE", 2, "", "");
    assert_non_null(sip_peer_wait(&it->phone, "SIP/2.0 200"));
    call_case_wait_told("ended hung up there");
}

static void test_strangers_change_nothing_in_a_call(void **state)
{
    const char *ok = establish(&it->server);

    (void)state;
    call_case_request_in(&it->phone, ok, "BYE", 2, "", "");
    call_case_request_in(&it->phone, ok, "INFO", 3, "Content-Type: application/dtmf\r\n", "5");
    call_case_request_in(&it->phone, ok, "INVITE", 4, "", CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->phone, "SIP/2.0"));
    assert_string_equal(it->told, "1 in\n1 established\n");
    assert_int_equal(fake_audio.n_started, 1);
    call_case_request_in(&it->server, ok, "BYE", 2, "", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_wait_told("ended hung up there");
}

static void test_wrong_tags_are_no_dialog(void **state)
{
    char to[300], text[1000];
    const char *ok = establish(&it->server);

    (void)state;
    sip_peer_header(ok, "To", to, sizeof(to));
    (void)snprintf(text, sizeof(text),
                   "BYE sip:101@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKx;rport\r\n"
                   "From: <sip:200@pbx.test>;tag=other\r\nTo: %s\r\nCall-ID: c1\r\nCSeq: 2 BYE\r\n"
                   "Content-Length: 0\r\n\r\n",
                   it->server.address, to);
    sip_peer_send(&it->server, it->port, text);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 481"));
    assert_string_equal(it->told, "1 in\n1 established\n");
}

static void test_call_from_before_the_last_start(void **state)
{
    (void)state;
    call_case_request_in(&it->server,
                         "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: old\r\n",
                         "INVITE", 7, "", CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 481"));
    call_case_request_in(&it->phone,
                         "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: old\r\n",
                         "INVITE", 7, "", CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->phone, "SIP/2.0"));
}

/* ---- in the call ---- */

#define HOLD_BODY(direction)                                                                       \
    "v=0\r\no=x 1 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.9\r\nt=0 0\r\n"                    \
    "m=audio 5004 RTP/AVP 8\r\na=" direction "\r\n"

static void test_hold_and_resume(void **state)
{
    const char *ok = establish(&it->server), *answer;

    (void)state;
    call_case_request_in(&it->server, ok, "INVITE", 2, "", HOLD_BODY("sendonly"));
    answer = sip_peer_wait(&it->server, "SIP/2.0 200");
    assert_non_null(answer);
    assert_non_null(strstr(answer, "a=recvonly\r\n"));
    call_case_request_in(&it->server, ok, "ACK", 2, "", "");
    call_case_wait_told("established held");
    assert_false(fake_audio.stream.is_sending);
    assert_true(fake_audio.stream.is_receiving);
    assert_int_equal(fake_audio.stream.codec, AUDIO_PCMA);

    call_case_request_in(&it->server, ok, "INVITE", 3, "", HOLD_BODY("inactive"));
    answer = sip_peer_wait(&it->server, "SIP/2.0 200");
    assert_non_null(strstr(answer, "a=inactive\r\n"));
    call_case_request_in(&it->server, ok, "ACK", 3, "", "");
    assert_false(fake_audio.stream.is_receiving);

    call_case_request_in(&it->server, ok, "INVITE", 4, "",
                         "v=0\r\nc=IN IP4 127.0.0.8\r\nm=audio 6000 RTP/AVP 0\r\n");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_request_in(&it->server, ok, "ACK", 4, "", "");
    call_case_wait_told("established");
    assert_true(fake_audio.stream.is_sending && fake_audio.stream.is_receiving);
    assert_string_equal(fake_audio.rtp, "127.0.0.8:6000");
    assert_int_equal(fake_audio.stream.codec, AUDIO_PCMU);
}

static void test_bad_offer_changes_nothing(void **state)
{
    const char *ok = establish(&it->server);

    (void)state;
    call_case_request_in(&it->server, ok, "INVITE", 2, "",
                         "v=0\r\nc=IN IP4 127.0.0.8\r\nm=audio 6000 RTP/AVP 9\r\n");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 488"));
    assert_int_equal(fake_audio.n_started, 1);
    fake_audio.start_err = ENOMEM;
    call_case_request_in(&it->server, ok, "INVITE", 3, "", HOLD_BODY("sendonly"));
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 488"));
    fake_audio.start_err = 0;
    loop_for_ms(2);
    assert_string_equal(it->told, "1 in\n1 established\n");
    /* asked without an offer we still offer all */
    call_case_request_in(&it->server, ok, "INVITE", 4, "", "");
    ok = sip_peer_wait(&it->server, "SIP/2.0 200");
    assert_non_null(ok);
    assert_non_null(strstr(ok, "RTP/AVP 0 8 96\r\n"));
    call_case_request_in(&it->server, ok, "ACK", 4, "", CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->server, "BYE "));
    assert_int_equal(fake_audio.n_started, 2);
}

static void test_methods_in_a_call(void **state)
{
    const char *ok = establish(&it->server);

    (void)state;
    call_case_request_in(&it->server, ok, "UPDATE", 2, "", "");
    assert_header(sip_peer_wait(&it->server, "SIP/2.0 405"), "Allow",
                  "INVITE,ACK,BYE,CANCEL,OPTIONS,INFO");
    call_case_request_in(&it->server, ok, "REFER", 3, "Refer-To: <sip:evil@127.0.0.2>\r\n", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 405"));
    call_case_request_in(&it->server, ok, "OPTIONS", 4, "", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_request_in(&it->server, ok, "INVITE", 5, "Require: timer\r\n", CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 420"));
    assert_string_equal(it->told, "1 in\n1 established\n");
}

static void test_digits_by_info(void **state)
{
    const char *ok = establish(&it->server);

    (void)state;
    call_case_request_in(&it->server, ok, "INFO", 2, "Content-Type: application/dtmf-relay\r\n",
                         "Signal=5\r\nDuration=160\r\n");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_wait_told("digit 5");
    call_case_request_in(&it->server, ok, "INFO", 3, "Content-Type: application/dtmf\r\n", "#");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_wait_told("digit #");
    fake_audio_digit('7'); /* the other kind counts no more */
    assert_string_equal(it->told, "1 in\n1 established\n1 digit 5\n1 digit #\n");

    call_case_request_in(&it->server, ok, "INFO", 4, "", "");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_request_in(&it->server, ok, "INFO", 5, "Content-Type: application/x\r\n", "5");
    assert_header(sip_peer_wait(&it->server, "SIP/2.0 415"), "Accept",
                  "application/dtmf-relay, application/dtmf");
    call_case_request_in(&it->server, ok, "INFO", 6, "Content-Type: application/dtmf\r\n", "55");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 400"));
    call_case_request_in(&it->server, ok, "INFO", 7,
                         "Info-Package: x\r\nContent-Type: application/dtmf\r\n", "5");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 469"));
    assert_string_equal(it->told, "1 in\n1 established\n1 digit 5\n1 digit #\n");
}

static void test_body_ends_as_its_length_says(void **state)
{
    char to[300], text[1000];
    const char *ok = establish(&it->server);

    (void)state;
    sip_peer_header(ok, "To", to, sizeof(to));
    (void)snprintf(text, sizeof(text),
                   "INFO sip:101@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bKx;rport\r\n"
                   "From: \"Anna\" <sip:200@pbx.test>;tag=a\r\nTo: %s\r\nCall-ID: c1\r\n"
                   "CSeq: 2 INFO\r\nContent-Type: application/dtmf\r\n"
                   "Content-Length: 1\r\n\r\n5678",
                   it->server.address, to);
    sip_peer_send(&it->server, it->port, text);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    sip_peer_send(&it->server, it->port, text); /* once more: no second digit */
    loop_for_ms(5);
    assert_string_equal(it->told, "1 in\n1 established\n1 digit 5\n");
}

static void test_digits_before_the_answer_do_not_count(void **state)
{
    const char *ringing = ring(&it->server);

    (void)state;
    call_case_request_in(&it->server, ringing, "INFO", 2, "Content-Type: application/dtmf\r\n",
                         "5");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    fake_audio_digit('5');
    assert_string_equal(it->told, "1 in\n");
}

static void test_digits_by_rtp(void **state)
{
    const char *ok = establish(&it->server);

    (void)state;
    fake_audio_digit('7');
    call_case_request_in(&it->server, ok, "INFO", 2, "Content-Type: application/dtmf\r\n", "5");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    fake_audio_digit('8');
    assert_string_equal(it->told, "1 in\n1 established\n1 digit 7\n1 digit 8\n");
}

static void answer_it(enum call_event event, const struct call_info *info)
{
    if (event == CALL_CHANGED && info->state == CALL_IN)
        assert_int_equal(agent_call_answer(it->agent, info->id), 0);
}

static void test_is_answered_at_once(void **state)
{
    (void)state;
    it->on_event = answer_it;
    call_case_invite(&it->server, "c1", "", CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    assert_string_equal(it->told, "1 in\n1 established\n");
}

static void end_it(enum call_event event, const struct call_info *info)
{
    (void)event;
    if (info->state != CALL_ENDED)
        assert_int_equal(agent_call_end(it->agent, info->id, false), 0);
}

static void test_is_ended_from_inside_each_event(void **state)
{
    const char *ok;

    (void)state;
    it->on_event = end_it;
    call_case_invite(&it->server, "c0", "", CALL_SDP_BODY);
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 603"));
    call_case_wait_told("ended hung up");

    it->on_event = NULL;
    ok = establish(&it->server);
    it->on_event = end_it;
    call_case_request_in(&it->server, ok, "INVITE", 2, "", HOLD_BODY("sendonly"));
    call_case_wait_told("ended hung up");
    assert_non_null(sip_peer_wait(&it->server, "SIP/2.0 200"));
    call_case_request_in(&it->server, ok, "ACK", 2, "", "");
    assert_non_null(sip_peer_wait(&it->server, "BYE "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_answered_and_hung_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bye_waits_for_the_ack, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ack_never_comes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_caller_gives_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_strangers_cannot_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_invite_without_an_offer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_invites_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_four_calls_are_enough, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_listens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals_are_not_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_strangers_get_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_callers_without_an_account, setup_without_account,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_strangers_change_nothing_in_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_tags_are_no_dialog, setup, teardown),
        cmocka_unit_test_setup_teardown(test_call_from_before_the_last_start, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hold_and_resume, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_offer_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_methods_in_a_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_digits_by_info, setup, teardown),
        cmocka_unit_test_setup_teardown(test_body_ends_as_its_length_says, setup, teardown),
        cmocka_unit_test_setup_teardown(test_digits_before_the_answer_do_not_count, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_digits_by_rtp, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_answered_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_is_ended_from_inside_each_event, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
