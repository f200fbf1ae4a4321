/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_sa.h>

#include "base/loop.h"
#include "sip/tls_peer.h"
#include "sip/tls_trust.h"
#include "sip/transport.h"

static struct transport *transport;
static struct tls_trust *trust;
static struct sa peer; /* 127.0.0.1 */

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

static int make(const char *bind)
{
    const struct transport_config config = {
        .bind = bind, .software = "test", .on_request = on_request, .on_traffic = on_traffic};

    return transport_new(&config, &transport);
}

static int setup(void **state)
{
    (void)state;
    assert_int_equal(loop_init(), 0);
    assert_int_equal(tls_trust_new(NULL, &trust), 0);
    assert_int_equal(sa_set_str(&peer, "127.0.0.1", 5060), 0);
    return make("127.0.0.1:0");
}

static int teardown(void **state)
{
    (void)state;
    transport = transport_free(transport);
    trust = tls_trust_free(trust);
    loop_done();
    return 0;
}

static unsigned port(void)
{
    struct sa local;

    transport_local(transport, &local);
    return sa_isset(&local, SA_ADDR) ? sa_port(&local) : 0;
}

/* Sockets of this process: of a type, that listen or not, at a port (0: any). */
static unsigned count(int type, int is_listening, unsigned at_port)
{
    unsigned n = 0;

    for (int fd = 0; fd < LOOP_MAX_FDS; fd++) {
        struct sockaddr_in addr = {0};
        socklen_t len = sizeof(addr), int_len = sizeof(int);
        int its_type = 0, its_listening = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &its_type, &int_len) || its_type != type ||
            getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &its_listening, &int_len) ||
            its_listening != is_listening ||
            getsockname(fd, (struct sockaddr *)(void *)&addr, &len) || addr.sin_family != AF_INET)
            continue;
        n += !at_port || ntohs(addr.sin_port) == at_port;
    }
    return n;
}

static struct tls_peer *make_tls(void)
{
    struct host host = {.name = "pbx.test"};
    struct tls_peer *tls = NULL;

    assert_int_equal(tls_peer_new(&host, &host, trust, true, &tls), 0);
    return tls;
}

static void test_udp_and_tcp_share_a_port(void **state)
{
    (void)state;
    assert_int_equal(port(), 0);
    assert_int_equal(count(SOCK_DGRAM, 0, 0), 0);
    assert_int_equal(transport_open(transport, NULL, SIP_TRANSPORT_UDP, NULL), 0);
    assert_true(port() > 0);
    assert_int_equal(count(SOCK_DGRAM, 0, port()), 1);
    assert_int_equal(count(SOCK_STREAM, 1, port()), 1);
    assert_int_equal(count(SOCK_DGRAM, 0, 0), 1);
    assert_int_equal(count(SOCK_STREAM, 1, 0), 1);
    transport = transport_free(transport);
    assert_int_equal(count(SOCK_DGRAM, 0, 0), 0);
    assert_int_equal(count(SOCK_STREAM, 1, 0), 0);
}

static void test_tls_adds_nothing_that_listens(void **state)
{
    struct tls_peer *tls = make_tls();

    (void)state;
    assert_int_equal(transport_open(transport, &peer, SIP_TRANSPORT_TLS, tls_peer_context(tls)), 0);
    assert_int_equal(count(SOCK_STREAM, 1, 0), 1);
    assert_int_equal(count(SOCK_STREAM, 1, port()), 1);
    transport_close_connections(transport);
    assert_int_equal(count(SOCK_STREAM, 1, 0), 1);
    tls_peer_free(tls);
    /* and TCP listens again after TLS was there */
    assert_int_equal(transport_open(transport, &peer, SIP_TRANSPORT_TCP, NULL), 0);
    assert_int_equal(count(SOCK_STREAM, 1, port()), 1);
}

static void test_a_free_port_is_kept(void **state)
{
    struct tls_peer *first = make_tls(), *second = make_tls();
    unsigned at;

    (void)state;
    assert_int_equal(transport_open(transport, NULL, SIP_TRANSPORT_UDP, NULL), 0);
    at = port();
    assert_int_equal(transport_open(transport, &peer, SIP_TRANSPORT_UDP, NULL), 0);
    assert_int_equal(port(), at);
    assert_int_equal(transport_open(transport, &peer, SIP_TRANSPORT_TLS, tls_peer_context(first)),
                     0);
    assert_int_equal(port(), at);
    assert_int_equal(transport_open(transport, &peer, SIP_TRANSPORT_TLS, tls_peer_context(second)),
                     0);
    assert_int_equal(port(), at);
    transport_close_connections(transport);
    tls_peer_free(first);
    tls_peer_free(second);
    assert_int_equal(port(), at);
    assert_int_equal(count(SOCK_DGRAM, 0, at), 1);
    assert_int_equal(count(SOCK_STREAM, 1, at), 1);
}

static void test_the_address_that_leads_to_the_server(void **state)
{
    struct sa local;

    (void)state;
    transport = transport_free(transport);
    assert_int_equal(make("0.0.0.0:0"), 0);
    assert_int_equal(transport_open(transport, &peer, SIP_TRANSPORT_UDP, NULL), 0);
    transport_local(transport, &local);
    peer.u.in.sin_port = local.u.in.sin_port;
    assert_true(sa_cmp(&local, &peer, SA_ALL)); /* 127.0.0.1 leads to 127.0.0.1 */
}

static void test_a_busy_port(void **state)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    static const int types[] = {SOCK_DGRAM, SOCK_STREAM};
    char text[40];

    (void)state;
    for (int i = 0; i < 2; i++) {
        int fd = socket(AF_INET, types[i] | SOCK_CLOEXEC, 0);

        addr.sin_port = 0;
        assert_int_equal(bind(fd, (struct sockaddr *)(void *)&addr, len), 0);
        assert_true(types[i] == SOCK_DGRAM || !listen(fd, 1));
        assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&addr, &len), 0);
        (void)snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(addr.sin_port));
        transport = transport_free(transport);
        assert_int_equal(make(text), 0);
        assert_int_equal(transport_open(transport, NULL, SIP_TRANSPORT_UDP, NULL), EADDRINUSE);
        assert_int_equal(port(), 0);
        assert_int_equal(count(types[1 - i], types[1 - i] == SOCK_STREAM, 0), 0);
        (void)close(fd);
        assert_int_equal(transport_open(transport, NULL, SIP_TRANSPORT_UDP, NULL), 0);
        assert_int_equal(port(), ntohs(addr.sin_port));
    }
}

static void test_another_family(void **state)
{
    struct sa six;

    (void)state;
    assert_int_equal(sa_set_str(&six, "::1", 5060), 0);
    assert_int_equal(transport_open(transport, &six, SIP_TRANSPORT_UDP, NULL), EAFNOSUPPORT);
    assert_int_equal(port(), 0);
}

static void test_bad_addresses(void **state)
{
    static const char *const bad[] = {"", "name.test", "name.test:5060", "1.2.3:5060"};

    (void)state;
    transport = transport_free(transport);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(make(bad[i]), EINVAL);
    assert_null(transport_free(NULL));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_udp_and_tcp_share_a_port),
        CASE(test_tls_adds_nothing_that_listens),
        CASE(test_a_free_port_is_kept),
        CASE(test_the_address_that_leads_to_the_server),
        CASE(test_a_busy_port),
        CASE(test_another_family),
        CASE(test_bad_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
