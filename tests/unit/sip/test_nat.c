/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>

#include "base/clock.h"
#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "sip/agent.h"
#include "sip/dns_server.h"
#include "sip/nat.h"
#include "sip/resolver.h"
#include "sip/stun.h"
#include "sip/stun_server.h"
#include "sip/transport.h"

enum { KEEPALIVE_S = 20, TIMER_F_MS = 32000 };

/* The SIP server, by UDP and TCP at one port. */
static struct {
    int udp, tcp;
    int connection; /* -1: none */
    struct sa addr;
    unsigned n_crlf;    /* datagrams, or bytes / 4 over the connection */
    unsigned n_options; /* retransmissions do not count */
    char options[2000]; /* the last one */
    int code;           /* how it answers; 0: not at all */
} server;

static const struct dns_record zone[] = {
    {.name = "stun.test", .type = DNS_A, .value = "127.0.0.1"},
    {.name = "six.test", .type = DNS_AAAA, .value = "::1"},
    {.name = NULL},
};

static struct worker *worker;
static struct dns_server *dns;
static struct stun_server stun;
static struct resolver *resolver;
static struct transport *transport;
static struct nat *nat;
static struct sip_settings settings;
static char mapped[64]; /* as told; "none": not known (any more) */
static unsigned n_mapped;
static unsigned n_dead;
static int dead_err;

/* ---- the server ---- */

static void copy_header(char *answer, size_t size, const char *name)
{
    const char *line = strstr(server.options, name);
    size_t len = strlen(answer);

    assert_non_null(line);
    (void)snprintf(answer + len, size - len, "%.*s\r\n", (int)strcspn(line, "\r"), line);
}

static void on_options(const struct sockaddr_in *from)
{
    static char last_via[200];
    static const char *const headers[] = {"Via:", "From:", "To:", "Call-ID:", "CSeq:"};
    char answer[3000] = "", via[200];
    size_t len;

    (void)snprintf(via, sizeof(via), "%.150s", strstr(server.options, "Via:"));
    server.n_options += strcmp(via, last_via) != 0;
    (void)snprintf(last_via, sizeof(last_via), "%s", via);
    if (!server.code)
        return;
    (void)snprintf(answer, sizeof(answer), "SIP/2.0 %d x\r\n", server.code);
    for (size_t i = 0; i < 5; i++)
        copy_header(answer, sizeof(answer), headers[i]);
    len = strlen(answer);
    (void)snprintf(answer + len, sizeof(answer) - len, "Content-Length: 0\r\n\r\n");
    (void)sendto(server.udp, answer, strlen(answer), 0, (const struct sockaddr *)from,
                 sizeof(*from));
}

static void on_datagram(int events, void *arg)
{
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    ssize_t n = recvfrom(server.udp, server.options, sizeof(server.options) - 1, 0,
                         (struct sockaddr *)(void *)&from, &len);

    (void)events;
    (void)arg;
    assert_true(n >= 0);
    server.options[n] = '\0';
    if (!strncmp(server.options, "OPTIONS ", 8))
        on_options(&from);
    else if (!strcmp(server.options, "\r\n\r\n"))
        server.n_crlf++;
    else
        fail_msg("got %s", server.options);
}

static void on_bytes(int events, void *arg)
{
    static unsigned n_bytes;
    char buf[100];
    ssize_t n = recv(server.connection, buf, sizeof(buf), MSG_DONTWAIT);

    (void)events;
    (void)arg;
    for (ssize_t i = 0; i < n; i++) {
        assert_int_equal(buf[i], n_bytes % 2 ? '\n' : '\r');
        n_bytes++;
        server.n_crlf += n_bytes % 4 == 0;
    }
    if (n <= 0)
        loop_unwatch(server.connection);
}

static void on_connection(int events, void *arg)
{
    (void)events;
    (void)arg;
    assert_int_equal(server.connection, -1); /* one is enough */
    server.connection = accept4(server.tcp, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    assert_int_equal(loop_watch(server.connection, LOOP_READ, on_bytes, NULL), 0);
}

static void server_start(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);

    memset(&server, 0, sizeof(server));
    server.connection = -1;
    server.code = 200;
    server.udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    server.tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(server.tcp, (struct sockaddr *)(void *)&addr, len), 0);
    assert_int_equal(listen(server.tcp, 4), 0);
    assert_int_equal(getsockname(server.tcp, (struct sockaddr *)(void *)&addr, &len), 0);
    assert_int_equal(bind(server.udp, (struct sockaddr *)(void *)&addr, len), 0);
    assert_int_equal(sa_set_sa(&server.addr, (struct sockaddr *)(void *)&addr), 0);
    assert_int_equal(loop_watch(server.udp, LOOP_READ, on_datagram, NULL), 0);
    assert_int_equal(loop_watch(server.tcp, LOOP_READ, on_connection, NULL), 0);
}

static void server_stop(void)
{
    const int fds[] = {server.udp, server.tcp, server.connection};

    for (size_t i = 0; i < 3; i++) {
        if (fds[i] < 0)
            continue;
        loop_unwatch(fds[i]);
        (void)close(fds[i]);
    }
}

/* ---- the case around ---- */

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

static int setup(void **state)
{
    const struct transport_config config = {.bind = "127.0.0.1:0",
                                            .software = "test",
                                            .on_request = on_request,
                                            .on_traffic = on_traffic};

    (void)state;
    n_mapped = n_dead = 0;
    mapped[0] = '\0';
    settings = (struct sip_settings){.stun_ip = "127.0.0.1", .stun_port = 3478}; /* off */
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("resolver", 4, &worker), 0);
    server_start();
    stun_server_start(&stun);
    dns = dns_server_new(zone);
    assert_int_equal(resolver_new(worker, dns_server_address(dns), &resolver), 0);
    assert_int_equal(transport_new(&config, &transport), 0);
    assert_int_equal(transport_open(transport, &server.addr, SIP_TRANSPORT_UDP, NULL), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    nat = nat_free(nat);
    transport_free(transport);
    resolver_free(resolver);
    dns_server_free(dns);
    stun_server_stop(&stun);
    server_stop();
    worker_free(worker);
    loop_done();
    return 0;
}

static void on_public_address(const struct sa *addr, void *arg)
{
    assert_ptr_equal(arg, &n_mapped);
    n_mapped++;
    (void)snprintf(mapped, sizeof(mapped), "none");
    if (addr)
        (void)re_snprintf(mapped, sizeof(mapped), "%J", addr);
}

static void on_dead(int err, void *arg)
{
    (void)arg;
    n_dead++;
    dead_err = err;
}

static void start(unsigned keepalive_s, bool is_options)
{
    const struct nat_config config = {
        .transport = transport,
        .resolver = resolver,
        .settings = &settings,
        .aor = "sip:101@pbx.test",
        .user_agent = "Test/1",
        .server = &server.addr,
        .keepalive_s = keepalive_s,
        .is_options = is_options,
        .on_public_address = on_public_address,
        .on_dead = on_dead,
        .arg = &n_mapped,
    };

    assert_int_equal(nat_new(&config, &nat), 0);
}

static void advance_ms(unsigned ms)
{
    uint64_t until_ms = clock_monotonic_ms() + ms;

    for (uint64_t now_ms; (now_ms = clock_monotonic_ms()) < until_ms;) {
        hand_clock_advance_ms(until_ms - now_ms > 250 ? 250 : until_ms - now_ms);
        loop_for_ms(1);
    }
    loop_for_ms(3);
}

/* Time flies until *n grows. Returns how long that took, to a quarter of a second. */
static unsigned wait_more_ms(const unsigned *n)
{
    uint64_t start_ms = clock_monotonic_ms();

    for (unsigned before = *n; *n == before && clock_monotonic_ms() < start_ms + 100000;) {
        hand_clock_advance_ms(250);
        loop_for_ms(2);
    }
    return (unsigned)(clock_monotonic_ms() - start_ms);
}

/* Sent again and again, each time a little before the time is over. */
static void assert_interval(const unsigned *n)
{
    unsigned shortest_ms = UINT32_MAX, longest_ms = 0;

    for (unsigned i = 0; i < 8; i++) {
        unsigned ms = wait_more_ms(n);

        shortest_ms = ms < shortest_ms ? ms : shortest_ms;
        longest_ms = ms > longest_ms ? ms : longest_ms;
    }
    assert_in_range(shortest_ms, KEEPALIVE_S * 800 - 1000, KEEPALIVE_S * 1000);
    assert_in_range(longest_ms, shortest_ms + 1, KEEPALIVE_S * 1000 + 1500);
}

static const struct agent_status *status_now(void)
{
    static struct agent_status status;

    memset(&status, 0, sizeof(status));
    nat_status(nat, &settings, &status);
    return &status;
}

static bool is_told(void *arg)
{
    (void)arg;
    return n_mapped > 0;
}

static bool is_a_problem(void *arg)
{
    (void)arg;
    return strncmp(status_now()->stun, "STUN server ", 12) == 0;
}

static void use_stun(const char *host)
{
    (void)snprintf(settings.stun_ip, sizeof(settings.stun_ip), "%s", host);
    settings.stun_port = stun.port;
}

/* ---- keep-alive ---- */

static void test_crlf_by_udp(void **state)
{
    (void)state;
    start(KEEPALIVE_S, false);
    assert_interval(&server.n_crlf);
    assert_int_equal(server.n_options, 0);
    assert_int_equal(n_dead, 0);
    nat = nat_free(nat);
    server.n_crlf = 0;
    advance_ms(3 * KEEPALIVE_S * 1000);
    assert_int_equal(server.n_crlf, 0);
}

static void test_crlf_by_tcp(void **state)
{
    (void)state;
    settings.transport = SIP_TRANSPORT_TCP;
    start(KEEPALIVE_S, true); /* OPTIONS is for UDP only */
    assert_interval(&server.n_crlf);
    assert_true(server.connection >= 0);
}

static void test_no_keepalive(void **state)
{
    (void)state;
    start(0, false);
    advance_ms(60000);
    nat = nat_free(nat);
    start(0, true);
    advance_ms(60000);
    assert_int_equal(server.n_crlf + server.n_options, 0);
    assert_null(nat_free(NULL));
}

static void test_options_answered(void **state)
{
    static const int codes[] = {200, 405, 503, 401};

    (void)state;
    start(KEEPALIVE_S, true);
    assert_interval(&server.n_options);
    for (size_t i = 0; i < 4; i++) { /* any answer will do */
        server.code = codes[i];
        assert_in_range(wait_more_ms(&server.n_options), 1, KEEPALIVE_S * 1000 + 1500);
    }
    loop_for_ms(5);
    assert_int_equal(server.n_crlf, 0);
    assert_int_equal(n_dead, 0);
    assert_int_equal(strncmp(server.options, "OPTIONS sip:101@pbx.test SIP/2.0\r\n", 34), 0);
    assert_non_null(strstr(server.options, "\r\nTo: <sip:101@pbx.test>\r\n"));
    assert_non_null(strstr(server.options, "\r\nUser-Agent: Test/1\r\n"));
    assert_non_null(strstr(server.options, "\r\nMax-Forwards: "));
}

static void test_options_unanswered(void **state)
{
    unsigned asked;

    (void)state;
    start(KEEPALIVE_S, true);
    (void)wait_more_ms(&server.n_options);
    server.code = 0;
    (void)wait_more_ms(&server.n_options);
    asked = server.n_options;
    advance_ms(TIMER_F_MS - 2000);
    assert_int_equal(n_dead, 0);
    advance_ms(3000);
    assert_int_equal(n_dead, 1);
    assert_int_equal(dead_err, ETIMEDOUT);
    advance_ms(100000); /* no more, until somebody else has decided what to do */
    assert_int_equal(server.n_options, asked);
    assert_int_equal(n_dead, 1);
}

static void test_a_provisional_answer_is_none(void **state)
{
    (void)state;
    server.code = 100;
    start(KEEPALIVE_S, true);
    (void)wait_more_ms(&server.n_options);
    advance_ms(TIMER_F_MS + 1000);
    assert_int_equal(n_dead, 1);
}

static void test_freed_while_options_is_under_way(void **state)
{
    (void)state;
    server.code = 0;
    start(KEEPALIVE_S, true);
    (void)wait_more_ms(&server.n_options);
    nat = nat_free(nat);
    advance_ms(2 * TIMER_F_MS);
    assert_int_equal(n_dead, 0);
}

/* ---- STUN ---- */

static void test_status_without_stun(void **state)
{
    (void)state;
    assert_string_equal(status_now()->stun, "off"); /* no nat at all */
    start(KEEPALIVE_S, false);
    assert_string_equal(status_now()->stun, "off");
    assert_string_equal(status_now()->public_address, "");
    advance_ms(60000);
    assert_int_equal(stun.n, 0);
    assert_int_equal(n_mapped, 0);
}

static void test_status_with_stun(void **state)
{
    (void)state;
    use_stun("stun.test");
    assert_string_equal(status_now()->stun, "not asked yet");
    start(0, false);
    assert_string_equal(status_now()->stun, "not asked yet");
    assert_string_equal(status_now()->public_address, "");
    assert_true(loop_until(is_told, NULL));
    assert_string_equal(mapped, "198.51.100.7:40000");
    assert_string_equal(status_now()->stun, "ok");
    assert_string_equal(status_now()->public_address, "198.51.100.7:40000");
    nat = nat_free(nat);
    assert_string_equal(status_now()->stun, "not asked yet");
    assert_string_equal(status_now()->public_address, "");
}

static void test_stun_comes_and_goes(void **state)
{
    char want[100];

    (void)state;
    use_stun("stun.test");
    stun.say = STUN_SAY_NOTHING;
    start(0, false);
    loop_for_ms(20);
    advance_ms(STUN_ANSWER_MS + 500);
    (void)snprintf(want, sizeof(want), "STUN server stun.test:%u does not answer", stun.port);
    assert_string_equal(status_now()->stun, want);
    assert_string_equal(mapped, "none");
    stun.say = STUN_SAY_XOR_MAPPED;
    advance_ms(70000);
    assert_string_equal(status_now()->stun, "ok");
    assert_string_equal(mapped, "198.51.100.7:40000");
    stun.mapped = "0.0.0.0";
    advance_ms(STUN_INTERVAL_S * 1000 + 500);
    (void)snprintf(want, sizeof(want),
                   "STUN server stun.test:%u says something that cannot be true", stun.port);
    assert_string_equal(status_now()->stun, want);
    assert_string_equal(status_now()->public_address, "");
    assert_string_equal(mapped, "none");
    assert_int_equal(n_mapped, 3);
    stun.say = STUN_SAY_ERROR;
    stun.error = 420;
    advance_ms(STUN_INTERVAL_S * 1000 + 500);
    (void)snprintf(want, sizeof(want),
                   "STUN server stun.test:%u answered 420: it does not tell our address",
                   stun.port);
    assert_string_equal(status_now()->stun, want);
}

static void test_stun_host_without_address(void **state)
{
    static const struct dns_record later[] = {
        {.name = "nowhere.test", .type = DNS_A, .value = "127.0.0.1"}, {.name = NULL}};
    char want[100];

    (void)state;
    use_stun("nowhere.test");
    start(0, false);
    assert_true(loop_until(is_a_problem, NULL));
    (void)snprintf(want, sizeof(want), "STUN server nowhere.test:%u has no address", stun.port);
    assert_string_equal(status_now()->stun, want);
    assert_int_equal(stun.n, 0);
    dns_server_use(dns, later, DNS_NO_SUCH_NAME); /* it is asked for again */
    advance_ms(STUN_INTERVAL_S * 1000 + 500);
    assert_true(loop_until(is_told, NULL));
    assert_string_equal(status_now()->stun, "ok");
}

static void test_stun_of_another_family(void **state)
{
    char want[100];

    (void)state;
    use_stun("six.test");
    start(0, false);
    assert_true(loop_until(is_a_problem, NULL));
    (void)snprintf(want, sizeof(want), "STUN server six.test:%u cannot be asked", stun.port);
    assert_string_equal(status_now()->stun, want);
}

static void test_no_stun_by_tcp(void **state)
{
    (void)state;
    use_stun("stun.test");
    settings.transport = SIP_TRANSPORT_TCP; /* our address there is no matter of STUN */
    start(0, false);
    advance_ms(1000);
    assert_string_equal(status_now()->stun, "off");
    assert_int_equal(stun.n, 0);
}

static void test_freed_at_any_moment(void **state)
{
    (void)state;
    use_stun("stun.test");
    for (unsigned ms = 0; ms < 8; ms++) {
        n_mapped = 0;
        start(KEEPALIVE_S, true);
        if (ms)
            loop_for_ms(ms);
        nat = nat_free(nat);
        n_mapped = 0;
        advance_ms(1000);
        assert_int_equal(n_mapped, 0);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_crlf_by_udp),
        CASE(test_crlf_by_tcp),
        CASE(test_no_keepalive),
        CASE(test_options_answered),
        CASE(test_options_unanswered),
        CASE(test_a_provisional_answer_is_none),
        CASE(test_freed_while_options_is_under_way),
        CASE(test_status_without_stun),
        CASE(test_status_with_stun),
        CASE(test_stun_comes_and_goes),
        CASE(test_stun_host_without_address),
        CASE(test_stun_of_another_family),
        CASE(test_no_stun_by_tcp),
        CASE(test_freed_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
