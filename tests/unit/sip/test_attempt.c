/* SPDX-License-Identifier: MIT */
/* The limits of one attempt; what the answers mean is in test_agent.c. */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/clock.h"
#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "settings/host.h"
#include "sip/attempt.h"
#include "sip/registrar.h"
#include "sip/tls_trust.h"
#include "sip/trace.h"
#include "sip/transport.h"

enum { ANSWER_MS = 4000 };

static const struct registrar_reply good[] = {{200, "Expires: 60\r\n"}, {-1, NULL}};
static const struct registrar_reply silence[] = {{0, NULL}, {-1, NULL}};

static struct sip_settings settings;
static struct transport *transport;
static struct tls_trust *trust;
static struct attempt *attempt;
static struct registrar registrar;
static struct sa server;
static struct worker *worker;
static unsigned n_ready;
static int listener; /* TCP at another port: takes connections, and says nothing */

static struct {
    unsigned n;
    enum registration_outcome outcome;
    int err;
} told;

static void on_result(const struct registration_result *result, void *arg)
{
    assert_ptr_equal(arg, &told);
    told.n++;
    told.outcome = result->outcome;
    told.err = result->err;
}

static void on_ready(void *arg)
{
    assert_ptr_equal(arg, &told);
    n_ready++;
}

static void on_request(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    (void)sip;
    (void)msg;
    (void)arg;
}

static void on_traffic(const struct trace_entry *message, size_t len, void *arg)
{
    (void)len;
    (void)arg;
    if (message->is_sent && message->transport[0] == 't')
        attempt_connected(attempt, ANSWER_MS);
}

static unsigned listen_tcp(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);

    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)(void *)&addr, len), 0);
    assert_int_equal(listen(listener, 16), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)(void *)&addr, &len), 0);
    return ntohs(addr.sin_port);
}

static int setup(void **state)
{
    const struct transport_config transport_config = {.bind = "127.0.0.1:0",
                                                      .software = "test",
                                                      .on_request = on_request,
                                                      .on_traffic = on_traffic};
    struct attempt_config config = {.instance = "urn:uuid:1",
                                    .user_agent = "test",
                                    .on_result = on_result,
                                    .on_ready = on_ready,
                                    .arg = &told};

    (void)state;
    memset(&told, 0, sizeof(told));
    settings = (struct sip_settings){.proxy = "sip:127.0.0.1",
                                     .realm = "pbx.test",
                                     .user = "101",
                                     .password = "secret1",
                                     .registration_interval_s = 60};
    assert_int_equal(loop_init(), 0);
    assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
    assert_int_equal(worker_new("test", 1, &worker), 0);
    n_ready = 0;
    registrar_start(&registrar);
    registrar_reply(&registrar, good);
    assert_int_equal(tls_trust_new(NULL, &trust), 0);
    assert_int_equal(transport_new(&transport_config, &transport), 0);
    config.transport = transport;
    config.worker = worker;
    assert_int_equal(attempt_new(&config, &settings, &attempt), 0);
    attempt_set(attempt, &settings, trust, true);
    assert_int_equal(sa_set_str(&server, "127.0.0.1", registrar.port), 0);
    listener = -1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    attempt = attempt_free(attempt);
    assert_null(attempt_free(NULL));
    transport = transport_free(transport);
    trust = tls_trust_free(trust);
    registrar_stop(&registrar);
    worker = worker_free(worker);
    if (listener >= 0)
        (void)close(listener);
    loop_done();
    return 0;
}

static bool is_told(void *arg)
{
    (void)arg;
    return told.n > 0;
}

static void use(enum sip_transport kind)
{
    settings.transport = kind;
    attempt_set(attempt, &settings, trust, true);
    assert_int_equal(sa_set_str(&server, "127.0.0.1", (uint16_t)listen_tcp()), 0);
}

static int prepare(void)
{
    struct host host = {.name = "127.0.0.1", .is_address = true};

    return attempt_prepare(attempt, &host);
}

static void send_now(void)
{
    assert_int_equal(prepare(), 0);
    assert_int_equal(attempt_send(attempt, &server, ANSWER_MS), 0);
    assert_int_equal(told.n, 0);
    loop_for_ms(10);
}

static void advance_ms(unsigned ms)
{
    hand_clock_advance_ms(ms);
    loop_for_ms(10);
}

/* Nothing is told up to just before after_ms, then this. */
static void assert_limit(unsigned after_ms, int err, const char *reason)
{
    char text[200];

    advance_ms(after_ms - 200);
    assert_int_equal(told.n, 0);
    advance_ms(300);
    assert_int_equal(told.n, 1);
    assert_int_equal(told.outcome, REGISTRATION_UNREACHABLE);
    assert_int_equal(told.err, err);
    attempt_explain(attempt, told.err, 0, "there", text, sizeof(text));
    assert_string_equal(text, reason);
    advance_ms(100000);
    assert_int_equal(told.n, 1);
}

static void test_an_answer(void **state)
{
    (void)state;
    send_now();
    assert_true(loop_until(is_told, NULL));
    assert_int_equal(told.outcome, REGISTRATION_BOUND);
    advance_ms(100000);
    assert_int_equal(told.n, 1);
    assert_true(registration_may_be_bound(attempt_registration(attempt)));
}

static void test_no_answer_by_udp(void **state)
{
    (void)state;
    registrar_reply(&registrar, silence);
    send_now();
    assert_limit(ANSWER_MS, ETIMEDOUT, "no answer from there in 4 s");
}

static void test_no_answer_by_tcp(void **state)
{
    (void)state;
    use(SIP_TRANSPORT_TCP);
    send_now(); /* the connection stands at once */
    assert_limit(ANSWER_MS, ETIMEDOUT, "no answer from there in 4 s");
}

static void test_no_handshake(void **state)
{
    (void)state;
    use(SIP_TRANSPORT_TLS);
    send_now();
    assert_limit(ATTEMPT_CONNECT_MS, ETIME, "no TLS handshake with there in 5 s");
}

static void test_all_its_time(void **state)
{
    char text[100];

    (void)state;
    registrar_reply(&registrar, silence);
    send_now();
    attempt_take_your_time(attempt);
    advance_ms(ANSWER_MS + 1000);
    assert_int_equal(told.n, 0);
    attempt_explain(attempt, ETIMEDOUT, 32, "there", text, sizeof(text));
    assert_string_equal(text, "no answer from there in 32 s");
}

static void test_cancelled(void **state)
{
    (void)state;
    registrar_reply(&registrar, silence);
    send_now();
    attempt_cancel(attempt);
    advance_ms(100000);
    assert_int_equal(told.n, 0);
    registrar_reply(&registrar, good);
    send_now(); /* and again */
    assert_true(loop_until(is_told, NULL));
    assert_int_equal(told.outcome, REGISTRATION_BOUND);
}

static void test_a_way_that_is_not_there(void **state)
{
    struct sa six;

    (void)state;
    assert_int_equal(sa_set_str(&six, "::1", 5060), 0);
    assert_int_equal(attempt_send(attempt, &six, ANSWER_MS), EAFNOSUPPORT);
    advance_ms(100000);
    assert_int_equal(told.n, 0);
}

static bool is_ready(void *arg)
{
    (void)arg;
    return n_ready > 0;
}

static void test_the_authorities_are_read_off_the_loop(void **state)
{
    (void)state;
    assert_int_equal(setenv("SSL_CERT_FILE", "/dev/null", 1), 0);
    use(SIP_TRANSPORT_TLS);
    assert_int_equal(prepare(), EINPROGRESS);
    attempt_cancel(attempt);
    loop_for_ms(50);
    assert_int_equal(n_ready, 0);
    tls_trust_free(trust); /* what was read goes with the last one */
    assert_int_equal(tls_trust_new(NULL, &trust), 0);
    attempt_set(attempt, &settings, trust, true);
    assert_int_equal(prepare(), EINPROGRESS);
    assert_int_equal(prepare(), EINPROGRESS); /* asked again: told once */
    assert_true(loop_until(is_ready, NULL));
    assert_int_equal(prepare(), 0);
    loop_for_ms(10);
    assert_int_equal(n_ready, 1);
}

static void test_before_the_clock_is_set(void **state)
{
    int64_t before_ms = (PORTERO_RELEASED_AT_S - 10ll) * 1000 - clock_unix_ms();

    (void)state;
    hand_clock_step_unix_ms(before_ms);
    assert_int_equal(prepare(), 0); /* UDP does not care */
    use(SIP_TRANSPORT_TLS);
    assert_int_equal(prepare(), EAGAIN);
    attempt_set(attempt, &settings, trust, false); /* any certificate will do */
    assert_int_equal(prepare(), 0);
    attempt_release(attempt);
    attempt_release(attempt);
    hand_clock_step_unix_ms(-before_ms);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_an_answer),
        CASE(test_no_answer_by_udp),
        CASE(test_no_answer_by_tcp),
        CASE(test_no_handshake),
        CASE(test_all_its_time),
        CASE(test_cancelled),
        CASE(test_a_way_that_is_not_there),
        CASE(test_the_authorities_are_read_off_the_loop),
        CASE(test_before_the_clock_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
