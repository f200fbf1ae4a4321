/* SPDX-License-Identifier: MIT */
/* Over real sockets on loopback, to a receiver that does what the test says. */
#include "test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "push/delivery.h"

#define MESSAGE "<134>what has happened"

enum end { STAYS, CLOSES, RESETS };

/* The receiver. */
static struct {
    int listener, fd;
    uint16_t port;
    const char *answer; /* sent when the message is there; NULL: nothing */
    bool is_endless, ignores_end;
    enum end end; /* after that */
    char got[8000];
    size_t len;
    bool has_end;
    unsigned long long sent;
} peer;

static struct worker *worker;
static struct delivery *delivery;
static bool is_done;
static enum delivery_outcome outcome;
static char reason[DELIVERY_MAX_REASON], our_address[64];
static size_t message_len;

static void shut_peer(void)
{
    if (peer.fd < 0)
        return;
    loop_unwatch(peer.fd);
    (void)close(peer.fd);
    peer.fd = -1;
}

static void act(void)
{
    const struct linger hard = {.l_onoff = 1};

    if (peer.answer)
        (void)send(peer.fd, peer.answer, strlen(peer.answer), MSG_NOSIGNAL);
    if (peer.end == RESETS)
        (void)setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    if (peer.end != STAYS)
        shut_peer();
}

static void on_peer(int events, void *arg)
{
    static const char block[4096];
    ssize_t n;

    (void)arg;
    if (events & LOOP_WRITE) {
        n = send(peer.fd, block, sizeof(block), MSG_NOSIGNAL);
        peer.sent += n > 0 ? (unsigned long long)n : 0;
        if (n < 0)
            shut_peer();
        return;
    }
    n = recv(peer.fd, peer.got + peer.len, sizeof(peer.got) - 1 - peer.len, 0);
    if (n <= 0) {
        peer.has_end = true;
        if (peer.ignores_end)
            loop_unwatch(peer.fd);
        else
            shut_peer();
        return;
    }
    peer.len += (size_t)n;
    if (strstr(peer.got, MESSAGE))
        act();
}

static void on_connection(int events, void *arg)
{
    (void)events;
    (void)arg;
    peer.fd = accept4(peer.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_true(peer.fd >= 0);
    assert_int_equal(
        loop_watch(peer.fd, peer.is_endless ? LOOP_READ | LOOP_WRITE : LOOP_READ, on_peer, NULL),
        0);
}

static void listen_on(int type)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(in);

    peer.listener = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(peer.listener, (struct sockaddr *)&in, len), 0);
    assert_int_equal(getsockname(peer.listener, (struct sockaddr *)&in, &len), 0);
    peer.port = ntohs(in.sin_port);
    if (type != SOCK_STREAM)
        return;
    assert_int_equal(listen(peer.listener, 4), 0);
    assert_int_equal(loop_watch(peer.listener, LOOP_READ, on_connection, NULL), 0);
}

static void stop_listening(void)
{
    if (peer.listener < 0)
        return;
    loop_unwatch(peer.listener);
    (void)close(peer.listener);
    peer.listener = -1;
}

static int setup(void **state)
{
    (void)state;
    memset(&peer, 0, sizeof(peer));
    peer.listener = peer.fd = -1;
    is_done = false;
    message_len = strlen(MESSAGE);
    return loop_init() || worker_new("test", 2, &worker);
}

static int teardown(void **state)
{
    (void)state;
    delivery = delivery_free(delivery);
    shut_peer();
    stop_listening();
    worker = worker_free(worker);
    loop_done();
    return 0;
}

static size_t write_message(const char *address, char *buf, void *arg)
{
    assert_ptr_equal(arg, &is_done);
    (void)snprintf(our_address, sizeof(our_address), "%s", address);
    memset(buf, 'm', message_len);
    memcpy(buf, MESSAGE, strlen(MESSAGE));
    return message_len;
}

/* Frees it, as its user does. */
static void on_done(enum delivery_outcome how, const char *why, void *arg)
{
    assert_false(is_done);
    *(bool *)arg = true;
    outcome = how;
    (void)snprintf(reason, sizeof(reason), "%s", why);
    delivery = delivery_free(delivery);
}

static void start(enum syslog_transport transport, bool is_mute)
{
    const struct delivery_config config = {.host = "127.0.0.1",
                                           .port = peer.port,
                                           .transport = transport,
                                           .is_mute = is_mute,
                                           .names = worker,
                                           .write = write_message,
                                           .done = on_done,
                                           .arg = &is_done};

    is_done = false;
    assert_int_equal(delivery_start(&config, &delivery), 0);
    assert_false(is_done);
}

static bool has_ended(void *arg)
{
    (void)arg;
    return is_done;
}

static bool has_message(void *arg)
{
    (void)arg;
    return strstr(peer.got, MESSAGE) != NULL;
}

static bool has_end(void *arg)
{
    (void)arg;
    return peer.has_end;
}

static void check_outcome(enum delivery_outcome want)
{
    assert_true(loop_until(has_ended, NULL));
    print_message("# %s\n", reason);
    assert_int_equal(outcome, want);
}

static void check_http(const char *answer, enum end end, enum delivery_outcome want)
{
    memset(peer.got, 0, sizeof(peer.got));
    peer.len = 0;
    peer.answer = answer;
    peer.end = end;
    start(SYSLOG_HTTP, false);
    check_outcome(want);
    shut_peer();
}

static void test_http(void **state)
{
    char want[400];

    (void)state;
    listen_on(SOCK_STREAM);
    check_http("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAYS, DELIVERY_TAKEN);
    assert_string_equal(our_address, "127.0.0.1");
    (void)snprintf(want, sizeof(want),
                   "POST / HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: portero\r\n"
                   "Content-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
                   "Connection: close\r\n\r\n" MESSAGE,
                   (unsigned)peer.port, strlen(MESSAGE));
    assert_string_equal(peer.got, want); /* and no line end: the last line counts */
}

static void test_http_answers(void **state)
{
    (void)state;
    listen_on(SOCK_STREAM);
    check_http("HTTP/1.0 204 No Content\r\n\r\n", CLOSES, DELIVERY_TAKEN);
    check_http("HTTP/1.1 400 Bad\r\n", CLOSES, DELIVERY_REFUSED);
    check_http("HTTP/1.1 413 \r\n", CLOSES, DELIVERY_REFUSED);
    check_http("HTTP/1.1 422 \r\n", CLOSES, DELIVERY_REFUSED);
    check_http("HTTP/1.1 500 No\r\n", CLOSES, DELIVERY_NOT_NOW);
    assert_string_equal(reason, "it answers 500");
    check_http("HTTP/1.1 302 Found\r\n", CLOSES, DELIVERY_NOT_NOW);
    check_http("HTTP/1.1 404 No\n", CLOSES, DELIVERY_NOT_NOW);
    check_http("HTTP/1.1 2000\r\n", CLOSES, DELIVERY_FAILED);
    check_http("SSH-2.0-x\r\n", CLOSES, DELIVERY_FAILED);
    check_http("\n", CLOSES, DELIVERY_FAILED);
    check_http("HTTP/1.1 20", CLOSES, DELIVERY_FAILED); /* within the answer */
    check_http(NULL, CLOSES, DELIVERY_SILENT);
    check_http(NULL, RESETS, DELIVERY_FAILED);
}

static void test_http_silence(void **state)
{
    (void)state;
    listen_on(SOCK_STREAM);
    start(SYSLOG_HTTP, false);
    assert_true(loop_until(has_message, NULL));
    hand_clock_advance_ms(DELIVERY_ANSWER_MS - 1000);
    loop_for_ms(5);
    assert_false(is_done || peer.has_end);
    hand_clock_advance_ms(1000);
    check_outcome(DELIVERY_SILENT);
}

/* It sees our end at once, and its own is the answer. */
static void test_http_mute(void **state)
{
    (void)state;
    listen_on(SOCK_STREAM);
    start(SYSLOG_HTTP, true);
    check_outcome(DELIVERY_SILENT);
    assert_true(peer.has_end);
    peer.has_end = false;
    peer.ignores_end = true; /* one that does not even close */
    start(SYSLOG_HTTP, true);
    assert_true(loop_until(has_end, NULL));
    loop_for_ms(5);
    assert_false(is_done);
    hand_clock_advance_ms(DELIVERY_MUTE_MS);
    check_outcome(DELIVERY_SILENT);
}

static void test_tcp(void **state)
{
    (void)state;
    listen_on(SOCK_STREAM);
    start(SYSLOG_TCP, false);
    check_outcome(DELIVERY_TAKEN);
    assert_true(peer.has_end);
    assert_string_equal(peer.got, MESSAGE "\n");
    peer.end = RESETS;
    start(SYSLOG_TCP, false);
    check_outcome(DELIVERY_FAILED);
}

static void test_who_sends_without_end(void **state)
{
    (void)state;
    listen_on(SOCK_STREAM);
    peer.is_endless = true;
    start(SYSLOG_TCP, false);
    check_outcome(DELIVERY_TAKEN);
    shut_peer();
    start(SYSLOG_HTTP, false);
    check_outcome(DELIVERY_FAILED);
    assert_string_equal(reason, "what it answers is not HTTP");
}

static void test_nobody_there(void **state)
{
    (void)state;
    listen_on(SOCK_STREAM);
    stop_listening();
    start(SYSLOG_TCP, false);
    check_outcome(DELIVERY_FAILED);
    assert_string_equal(reason, "no connection: Connection refused");
}

static void test_udp(void **state)
{
    char got[100] = "";

    (void)state;
    listen_on(SOCK_DGRAM);
    start(SYSLOG_UDP, false);
    check_outcome(DELIVERY_TAKEN);
    assert_int_equal(recv(peer.listener, got, sizeof(got), 0), strlen(MESSAGE));
    assert_string_equal(got, MESSAGE);
    stop_listening();
    start(SYSLOG_UDP, false);
    check_outcome(DELIVERY_FAILED);
    assert_string_equal(reason, "nobody is there: Connection refused");
}

static void test_the_longest_message(void **state)
{
    (void)state;
    listen_on(SOCK_STREAM);
    message_len = DELIVERY_MAX_MESSAGE;
    check_http("HTTP/1.1 200 OK\r\n", STAYS, DELIVERY_TAKEN);
    peer.answer = NULL;
    memset(peer.got, 0, sizeof(peer.got));
    peer.len = 0;
    start(SYSLOG_TCP, false);
    check_outcome(DELIVERY_TAKEN);
    assert_int_equal(strlen(peer.got), DELIVERY_MAX_MESSAGE + 1);
}

static void test_given_up(void **state)
{
    (void)state;
    listen_on(SOCK_STREAM);
    start(SYSLOG_HTTP, false);
    delivery = delivery_free(delivery);
    start(SYSLOG_HTTP, false);
    assert_true(loop_until(has_message, NULL));
    delivery = delivery_free(delivery);
    hand_clock_advance_ms(DELIVERY_ANSWER_MS);
    loop_for_ms(5);
    assert_false(is_done);
    assert_null(delivery_free(NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_http),         TEST(test_http_answers), TEST(test_http_silence),
        TEST(test_http_mute),    TEST(test_tcp),          TEST(test_who_sends_without_end),
        TEST(test_nobody_there), TEST(test_udp),          TEST(test_the_longest_message),
        TEST(test_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
