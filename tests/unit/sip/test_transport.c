/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_list.h>
#include <re_mbuf.h>
#include <re_mem.h>
#include <re_msg.h>
#include <re_sa.h>
#include <re_uri.h>
#include <re_sip.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "sip/tls_peer.h"
#include "sip/tls_trust.h"
#include "sip/transport.h"

static struct transport *transport;
static struct tls_trust *trust;
static struct sa peer; /* 127.0.0.1 */
static void *held;     /* the socket of the last request; a reference */

static void on_request(struct sip *sip, const struct sip_msg *msg, void *arg)
{
    (void)sip;
    (void)arg;
    mem_deref(held);
    held = mem_ref(msg->sock); /* as the library's transactions do, for 32 s */
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

static bool is_held(void *arg)
{
    (void)arg;
    return held != NULL;
}

static void test_a_request_that_is_still_answered_does_not_block_the_port(void **state)
{
    static const char text[] = "OPTIONS sip:a@b SIP/2.0\r\n"
                               "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
                               "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n"
                               "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    unsigned at;

    (void)state;
    for (int i = 0; i < 2; i++) {
        held = mem_deref(held);
        assert_int_equal(transport_open(transport, &peer, SIP_TRANSPORT_UDP, NULL), 0);
        at = port();
        addr.sin_port = htons((uint16_t)at);
        assert_int_equal(
            sendto(fd, text, sizeof(text) - 1, 0, (struct sockaddr *)(void *)&addr, sizeof(addr)),
            sizeof(text) - 1);
        assert_true(loop_until(is_held, NULL)); /* the second time: by the socket used again */
        transport_close_connections(transport);
        assert_int_equal(port(), at);
        assert_int_equal(count(SOCK_DGRAM, 0, at), 1);
        assert_int_equal(count(SOCK_STREAM, 1, at), 1);
    }
    held = mem_deref(held);
    (void)close(fd);
    assert_int_equal(count(SOCK_DGRAM, 0, at), 1);
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

/* At an address of loopback that nobody else uses: at 127.0.0.1 somebody may have the port of TCP
 * that is free of UDP, or get the one that is let go. */
static void test_a_busy_port(void **state)
{
    const uint32_t own = 0x7f800000u | ((uint32_t)getpid() & 0x7fffffu);
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(own)};
    socklen_t len = sizeof(addr);
    static const int types[] = {SOCK_DGRAM, SOCK_STREAM};
    char host[INET_ADDRSTRLEN], text[40];

    (void)state;
    for (int i = 0; i < 2; i++) {
        int fd = socket(AF_INET, types[i] | SOCK_CLOEXEC, 0);

        addr.sin_port = 0;
        assert_int_equal(bind(fd, (struct sockaddr *)(void *)&addr, len), 0);
        assert_true(types[i] == SOCK_DGRAM || !listen(fd, 1));
        assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&addr, &len), 0);
        assert_non_null(inet_ntop(AF_INET, &addr.sin_addr, host, sizeof(host)));
        (void)snprintf(text, sizeof(text), "%s:%u", host, ntohs(addr.sin_port));
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

/* ---- who pings, and never reads the pongs ---- */

enum { PINGS_AT_ONCE = 256, MAX_PINGS = 400000 };

/* Of TCP, with a receive buffer as small as can be. */
static int small_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), size = 1;

    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
    return fd;
}

/* The other end of fd, which is in this process, too: the kernel is to hold little for it. */
static void shrink_other_end(int fd)
{
    struct sockaddr_in ours = {0}, theirs = {0};
    socklen_t len = sizeof(ours);
    int size = 1, n = 0;

    assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&ours, &len), 0);
    for (int i = 0; i < LOOP_MAX_FDS; i++) {
        len = sizeof(theirs);
        if (!getpeername(i, (struct sockaddr *)(void *)&theirs, &len) &&
            theirs.sin_family == AF_INET && theirs.sin_port == ours.sin_port)
            n += !setsockopt(i, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    }
    assert_int_equal(n, 1);
}

/* Ping until we are cut off. Returns how many pings that took; MAX_PINGS: it never came. */
static unsigned ping_without_end(int fd)
{
    char pings[PINGS_AT_ONCE * 4];
    size_t sent = 0;

    for (size_t i = 0; i < sizeof(pings); i++)
        pings[i] = i % 2 ? '\n' : '\r';
    while (sent / 4 < MAX_PINGS) {
        ssize_t n = send(fd, pings, sizeof(pings) - sent % 4, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n > 0)
            sent += (size_t)n;
        else if (errno != EAGAIN && errno != EINPROGRESS)
            return (unsigned)(sent / 4);
        loop_for_ms(1);
    }
    return MAX_PINGS;
}

/* Of what waits each pong takes about 0.7 KB of ours. Without a bound of ours it is the library's:
 * 260,000 of them. */
static void assert_little_waits(int fd, unsigned max_waiting)
{
    unsigned n;

    loop_for_ms(5);
    shrink_other_end(fd);
    n = ping_without_end(fd);
    if (n < max_waiting || n > 20000 + max_waiting) /* the kernel holds some, too */
        fail_msg("cut off after %u pings", n);
    (void)close(fd);
}

static void connect_to_us(int fd)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    assert_int_equal(transport_open(transport, NULL, SIP_TRANSPORT_UDP, NULL), 0);
    addr.sin_port = htons((uint16_t)port());
    assert_true(!connect(fd, (struct sockaddr *)(void *)&addr, sizeof(addr)) ||
                errno == EINPROGRESS);
}

static void test_a_stranger_who_never_reads(void **state)
{
    int fd = small_socket();

    (void)state;
    connect_to_us(fd);
    assert_little_waits(fd, TRANSPORT_MAX_WAITING_STRANGER / 2);
}

/* A connection of ours; *ret_listener: what it came in at. */
static int be_connected(int *ret_listener)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int listener = small_socket(), fd = -1;

    assert_int_equal(bind(listener, (struct sockaddr *)(void *)&addr, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)(void *)&addr, &len), 0);
    assert_int_equal(sa_set_str(&peer, "127.0.0.1", ntohs(addr.sin_port)), 0);
    assert_int_equal(transport_open(transport, &peer, SIP_TRANSPORT_TCP, NULL), 0);
    assert_int_equal(transport_send_crlf(transport, &peer, SIP_TRANSPORT_TCP), 0);
    for (int i = 0; i < 200 && fd < 0; i++) {
        loop_for_ms(1);
        fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    }
    assert_true(fd >= 0);
    *ret_listener = listener;
    return fd;
}

static void test_a_server_that_never_reads(void **state)
{
    int listener, fd = be_connected(&listener);

    (void)state;
    assert_little_waits(fd, TRANSPORT_MAX_WAITING / 2);
    (void)close(listener);
}

/* ---- connections that are given up ---- */

/* A request by TCP has come, and is not answered yet. Returns the other end. */
static int be_asked(void)
{
    static const char text[] = "OPTIONS sip:a@b SIP/2.0\r\n"
                               "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK1\r\n"
                               "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n"
                               "CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    held = NULL;
    connect_to_us(fd);
    assert_int_equal(send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL), sizeof(text) - 1);
    assert_true(loop_until(is_held, NULL));
    return fd;
}

static bool is_closed(void *arg)
{
    char byte;

    return recv(*(const int *)arg, &byte, 1, MSG_DONTWAIT) == 0;
}

static bool is_only_held_here(void *arg)
{
    (void)arg;
    return mem_nrefs(held) == 1;
}

static void test_a_connection_stays_until_its_request_is_answered(void **state)
{
    int fd = be_asked();

    (void)state;
    transport_close_connections(transport);
    transport_close_connections(transport);
    assert_int_equal(mem_nrefs(held), 2); /* the second is the one it gives back as it closes */
    loop_for_ms(20);
    assert_false(is_closed(&fd));
    held = mem_deref(held);
    assert_true(loop_until(is_closed, &fd));
    (void)close(fd);
}

static void test_a_connection_that_was_given_up_closes_at_the_other_end(void **state)
{
    int fd = be_asked();

    (void)state;
    transport_close_connections(transport);
    assert_false(is_only_held_here(NULL));
    (void)close(fd);
    assert_true(loop_until(is_only_held_here, NULL));
    held = mem_deref(held);
}

static void test_connections_that_were_given_up_end_with_the_stack(void **state)
{
    int fd = be_asked();

    (void)state;
    transport_close_connections(transport);
    transport = transport_free(transport);
    assert_int_equal(mem_nrefs(held), 1);
    held = mem_deref(held);
    assert_true(is_closed(&fd));
    (void)close(fd);
}

/* ---- pings in pieces: see test_pong.c ---- */

/* One line end after the other; the second is answered, unless this process stands still between
 * the two. */
static void assert_answers_pieces(int fd)
{
    char buf[16];
    ssize_t n = -1;
    int on = 1;

    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
    loop_for_ms(20);
    while (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0)
        continue; /* our ping */
    for (int i = 0; i < 50 && n < 0; i++) {
        assert_int_equal(send(fd, "\r\n", 2, MSG_NOSIGNAL), 2);
        loop_for_ms(20);
        n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
    }
    assert_int_equal(n, 2);
    assert_memory_equal(buf, "\r\n", 2);
    (void)close(fd);
}

static void test_pings_in_pieces_are_answered(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), listener;

    (void)state;
    connect_to_us(fd);
    assert_answers_pieces(fd);
    fd = be_connected(&listener);
    assert_answers_pieces(fd);
    (void)close(listener);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_udp_and_tcp_share_a_port),
        CASE(test_tls_adds_nothing_that_listens),
        CASE(test_a_free_port_is_kept),
        CASE(test_a_request_that_is_still_answered_does_not_block_the_port),
        CASE(test_the_address_that_leads_to_the_server),
        CASE(test_a_busy_port),
        CASE(test_another_family),
        CASE(test_bad_addresses),
        CASE(test_a_stranger_who_never_reads),
        CASE(test_a_server_that_never_reads),
        CASE(test_a_connection_stays_until_its_request_is_answered),
        CASE(test_a_connection_that_was_given_up_closes_at_the_other_end),
        CASE(test_connections_that_were_given_up_end_with_the_stack),
        CASE(test_pings_in_pieces_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
