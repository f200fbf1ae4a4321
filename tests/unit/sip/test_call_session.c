/* SPDX-License-Identifier: MIT */
/* Calls over TCP: what the library tells of a call when its connection goes. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "sip/call_case.h"

static struct call_case *it;
static int listener, connection;
static char received[SIP_PEER_MAX_TEXT];
static char number[64];
static bool is_cut; /* by the agent */

static void on_bytes(int events, void *arg)
{
    size_t len = strlen(received);
    ssize_t n = recv(connection, received + len, sizeof(received) - len - 1, 0);

    (void)events;
    (void)arg;
    if (n == 0) {
        is_cut = true;
        loop_unwatch(connection);
    }
    if (n > 0)
        received[len + (size_t)n] = '\0';
}

static void on_connection(int events, void *arg)
{
    (void)events;
    (void)arg;
    connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(connection >= 0);
    assert_int_equal(loop_watch(connection, LOOP_READ, on_bytes, NULL), 0);
}

static void hang_up_line(void)
{
    if (connection < 0)
        return;
    loop_unwatch(connection);
    (void)close(connection);
    connection = -1;
}

static int setup(void **state)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    socklen_t len = sizeof(addr);

    (void)state;
    it = call_case_start(false);
    received[0] = '\0';
    is_cut = false;
    connection = -1;
    addr.sin_addr.s_addr = inet_addr("127.0.0.2");
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)(void *)&addr, len), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)(void *)&addr, &len), 0);
    assert_int_equal(listen(listener, 2), 0);
    assert_int_equal(loop_watch(listener, LOOP_READ, on_connection, NULL), 0);
    (void)snprintf(number, sizeof(number), "sip:300@127.0.0.2:%u;transport=tcp",
                   ntohs(addr.sin_port));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    hang_up_line();
    loop_unwatch(listener);
    (void)close(listener);
    call_case_stop();
    return 0;
}

static bool has_come(void *arg)
{
    return strstr(received, arg) != NULL;
}

/* Until this has come in; whatever came with it, or before it, is forgotten with the next one. */
static void wait_for(const char *part)
{
    char copy[64];

    (void)snprintf(copy, sizeof(copy), "%s", part);
    if (!loop_until(has_come, copy))
        fail_msg("no %s in: %s", part, received);
}

static void answer(const char *code, const char *body)
{
    char via[400], from[400], to[400], call_id[200], cseq[80], text[2 * SIP_PEER_MAX_TEXT];
    int len;

    sip_peer_header(received, "Via", via, sizeof(via));
    sip_peer_header(received, "From", from, sizeof(from));
    sip_peer_header(received, "To", to, sizeof(to));
    sip_peer_header(received, "Call-ID", call_id, sizeof(call_id));
    sip_peer_header(received, "CSeq", cseq, sizeof(cseq));
    len = snprintf(text, sizeof(text),
                   "SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s;tag=b\r\nCall-ID: %s\r\n"
                   "CSeq: %s\r\nContact: <sip:300@127.0.0.2;transport=tcp>\r\n"
                   "Content-Type: application/sdp\r\nContent-Length: %zu\r\n\r\n%s",
                   code, via, from, to, call_id, cseq, strlen(body), body);
    assert_int_equal(send(connection, text, (size_t)len, 0), len);
}

static void dial(void)
{
    assert_int_equal(agent_call(it->agent, number, &it->id), 0);
    wait_for("INVITE ");
    assert_non_null(strstr(received, ";transport=tcp>\r\n")); /* our Contact */
}

static void test_over_tcp(void **state)
{
    (void)state;
    dial();
    answer("180 Ringing", "");
    call_case_wait_told("ringing");
    answer("200 OK", CALL_SDP_BODY);
    wait_for("ACK "); /* over the same connection, though the Contact names another port */
    call_case_wait_told("established");
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    wait_for("BYE ");
}

static void test_connection_closes_while_it_rings(void **state)
{
    (void)state;
    dial();
    answer("180 Ringing", "");
    call_case_wait_told("ringing");
    hang_up_line();
    call_case_wait_told("ended unreachable");
    assert_non_null(strstr(it->info.reason, "closed the connection"));
}

static void test_connection_closes_during_the_call(void **state)
{
    (void)state;
    dial();
    answer("180 Ringing", "");
    answer("200 OK", CALL_SDP_BODY);
    wait_for("ACK ");
    call_case_wait_told("established");
    hang_up_line();
    loop_for_ms(5);
    assert_string_equal(it->told, "1 ringing\n1 established\n");
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
}

static bool is_registered_as(void *arg)
{
    return strstr(it->server.register_text, arg) != NULL;
}

static void become(const char *user)
{
    char contact[40];

    (void)snprintf(it->settings.user, sizeof(it->settings.user), "%s", user);
    (void)snprintf(contact, sizeof(contact), "Contact: <sip:%s@", user);
    agent_apply(it->agent, &it->settings);
    assert_true(loop_until(is_registered_as, contact));
}

/* Then it is told of all that follows where it has been all along. */
static void test_another_account_leaves_its_connection(void **state)
{
    (void)state;
    call_case_register();
    dial();
    answer("180 Ringing", "");
    answer("200 OK", CALL_SDP_BODY);
    wait_for("ACK ");
    call_case_wait_told("established");
    become("102");
    loop_for_ms(5);
    assert_false(is_cut);
    assert_string_equal(it->told, "1 ringing\n1 established\n");
    assert_int_equal(agent_call_end(it->agent, it->id, false), 0);
    wait_for("BYE ");
    become("103");
    loop_for_ms(5);
    assert_true(is_cut); /* no call needs it */
}

static void test_nothing_listens(void **state)
{
    (void)state;
    loop_unwatch(listener);
    (void)close(listener);
    assert_int_equal(agent_call(it->agent, number, &it->id), 0);
    call_case_wait_told("ended unreachable");
    assert_non_null(strstr(it->info.reason, "refuses connections"));
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(loop_watch(listener, LOOP_READ, on_connection, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_over_tcp, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connection_closes_while_it_rings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connection_closes_during_the_call, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_account_leaves_its_connection, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_nothing_listens, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
