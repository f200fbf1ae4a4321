/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>

#include "media/rtp_socket.h"

static struct sa loopback(const char *address, uint16_t port)
{
    struct sa sa;

    assert_int_equal(sa_set_str(&sa, address, port), 0);
    return sa;
}

static void look_at(int fd, uint16_t port, int level, int option)
{
    struct sa addr = {.len = sizeof(addr.u)};
    int tos = 0;
    socklen_t len = sizeof(tos);

    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(getsockopt(fd, level, option, &tos, &len), 0);
    assert_int_equal(tos, 0xb8); /* DSCP EF */
    assert_int_equal(getsockname(fd, &addr.u.sa, &addr.len), 0);
    assert_int_equal(sa_port(&addr), port);
}

static void test_a_pair(void **state)
{
    struct sa v4 = loopback("127.0.0.1", 0), v6 = loopback("::1", 0);
    struct rtp_socket socket;
    bool differs = false;
    uint16_t first = 0;

    (void)state;
    for (int i = 0; i < 20; i++) {
        assert_int_equal(rtp_socket_open(&socket, i % 2 ? &v6 : &v4, 20000, 29999), 0);
        assert_in_range(socket.port, 20000, 29998);
        assert_int_equal(socket.port % 2, 0);
        look_at(socket.rtp_fd, socket.port, i % 2 ? IPPROTO_IPV6 : IPPROTO_IP,
                i % 2 ? IPV6_TCLASS : IP_TOS);
        look_at(socket.rtcp_fd, (uint16_t)(socket.port + 1), i % 2 ? IPPROTO_IPV6 : IPPROTO_IP,
                i % 2 ? IPV6_TCLASS : IP_TOS);
        differs = differs || (i && socket.port != first);
        first = socket.port;
        rtp_socket_close(&socket);
    }
    assert_true(differs);
}

static void test_ranges(void **state)
{
    struct sa any = loopback("127.0.0.1", 0), even, odd;
    struct rtp_socket pairs[2], more;
    uint16_t port;

    (void)state;
    assert_int_equal(rtp_socket_open(&more, &any, 21001, 21002), EINVAL);
    assert_int_equal(rtp_socket_open(&more, &any, 0, 21002), EINVAL);
    assert_int_equal(rtp_socket_open(&more, &any, 21002, 21001), EINVAL);
    /* four ports somewhere that nobody uses */
    for (port = 22000; port < 32000; port = (uint16_t)(port + 4)) {
        if (rtp_socket_open(&pairs[0], &any, port, (uint16_t)(port + 3)))
            continue;
        if (!rtp_socket_open(&pairs[1], &any, port, (uint16_t)(port + 3)))
            break;
        rtp_socket_close(&pairs[0]);
    }
    assert_true(port < 32000);
    assert_int_equal(rtp_socket_open(&more, &any, port, (uint16_t)(port + 3)), EADDRINUSE);
    even = loopback("127.0.0.1", port);
    odd = loopback("127.0.0.1", (uint16_t)(port + 1));
    assert_int_equal(rtp_socket_open(&more, &even, 1, 2), EADDRINUSE);
    rtp_socket_close(&pairs[0]);
    rtp_socket_close(&pairs[1]);
    assert_int_equal(rtp_socket_open(&more, &even, 1, 2), 0);
    assert_int_equal(more.port, port);
    rtp_socket_close(&more);
    assert_int_equal(more.rtp_fd, -1);
    assert_int_equal(rtp_socket_open(&more, &odd, 1, 2), EINVAL);
}

static void test_datagrams(void **state)
{
    struct sa any = loopback("127.0.0.1", 0), to, from;
    struct rtp_socket a, b;
    char data[8];
    size_t len = 0;

    (void)state;
    assert_int_equal(rtp_socket_open(&a, &any, 16384, 32767), 0);
    assert_int_equal(rtp_socket_open(&b, &any, 16384, 32767), 0);
    to = loopback("127.0.0.1", b.port);
    assert_int_equal(rtp_socket_receive(b.rtp_fd, data, sizeof(data), &len, &from), EAGAIN);
    assert_int_equal(rtp_socket_send(a.rtp_fd, "12345678", 8, &to), 0);
    assert_int_equal(rtp_socket_send(a.rtp_fd, "123456789", 9, &to), 0);
    assert_int_equal(rtp_socket_receive(b.rtp_fd, data, sizeof(data), &len, &from), 0);
    assert_int_equal(len, 8);
    assert_memory_equal(data, "12345678", 8);
    assert_int_equal(sa_port(&from), a.port);
    assert_int_equal(rtp_socket_receive(b.rtp_fd, data, sizeof(data), &len, &from), EMSGSIZE);
    assert_int_equal(rtp_socket_receive(b.rtp_fd, data, sizeof(data), &len, &from), EAGAIN);
    to = loopback("::1", b.port);
    assert_int_equal(rtp_socket_send(a.rtp_fd, "1", 1, &to), EAFNOSUPPORT);
    rtp_socket_close(&a);
    rtp_socket_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pair),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_datagrams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
