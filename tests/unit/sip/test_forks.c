/* SPDX-License-Identifier: MIT */
/* What the calls see of it is in test_call_out.c. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_fmt.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "sip/call_case.h"
#include "sip/forks.h"
#include "sip/transport.h"

static struct call_case *it;

static int setup(void **state)
{
    (void)state;
    it = call_case_start(true);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    call_case_stop();
    return 0;
}

static void on_request(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    (void)sip;
    (void)msg;
    (void)arg;
}

static void on_traffic(const struct trace_entry *message, size_t len, void *arg)
{
    (void)message;
    (void)len;
    (void)arg;
}

static bool has(const struct forks *forks, const char *call_id)
{
    struct pl id;

    pl_set_str(&id, call_id);
    return forks_has(forks, &id);
}

static void test_remembers_so_many(void **state)
{
    const struct transport_config config = {
        .software = "x", .on_request = on_request, .on_traffic = on_traffic};
    struct transport *transport;
    struct forks *forks;
    char call_id[300];

    (void)state;
    assert_int_equal(transport_new(&config, &transport), 0);
    assert_int_equal(forks_new(transport, &forks), 0);
    assert_false(has(forks, ""));
    for (int i = 0; i <= FORKS_MAX_CALLS; i++) {
        (void)snprintf(call_id, sizeof(call_id), "c%d", i);
        forks_add(forks, call_id, NULL);
        assert_true(has(forks, call_id));
    }
    assert_false(has(forks, "c0"));
    assert_true(has(forks, "c1"));
    forks_settle(forks, "c1");
    forks_settle(forks, "never heard of");
    hand_clock_advance_ms(FORKS_LATE_MS + 1);
    assert_true(has(forks, "c1")); /* no answers any more, but it was one of ours */
    memset(call_id, 'x', sizeof(call_id));
    call_id[256] = '\0';
    forks_add(forks, call_id, NULL); /* too long: as if it were none */
    assert_false(has(forks, call_id));
    forks_free(forks);
    transport_free(transport);
}

/* An answer that comes in when nobody can answer late any more is nothing. */
static void test_very_late_answer(void **state)
{
    const char *ack = call_case_establish();
    char contact[100];

    (void)state;
    (void)ack;
    for (unsigned at_ms = 0; at_ms <= FORKS_LATE_MS; at_ms += 500) {
        hand_clock_advance_ms(500);
        loop_for_ms(1);
    }
    (void)snprintf(contact, sizeof(contact), "Contact: <sip:c@%s>\r\n", it->phone.address);
    sip_peer_answer(&it->server, it->server.text[0], "200 OK", "c", contact, CALL_SDP_BODY);
    assert_true(sip_peer_has_none(&it->phone, "ACK "));
    assert_string_equal(it->told, "1 established\n");
}

/* A phone that answers after we have given up on all of them. */
static void test_answer_after_the_end(void **state)
{
    const char *invite;
    char contact[100];

    (void)state;
    assert_int_equal(agent_call(it->agent, "200", &it->id), 0);
    invite = sip_peer_wait(&it->server, "INVITE ");
    sip_peer_answer(&it->server, invite, "486 Busy Here", "b", "", "");
    call_case_wait_told("ended busy");
    (void)snprintf(contact, sizeof(contact), "Contact: <sip:c@%s>\r\n", it->phone.address);
    for (int i = 0; i < FORKS_MAX_LOSERS + 2; i++) {
        char tag[20];

        (void)snprintf(tag, sizeof(tag), "t%d", i);
        /* another branch: the transaction of the 486 takes its own */
        sip_peer_answer(&it->server, invite, "200 OK", tag, contact, CALL_SDP_BODY);
    }
    loop_for_ms(5);
    assert_string_equal(it->told, "1 ended busy\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_remembers_so_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_answer_after_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_very_late_answer, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
