/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <re_types.h>
#include <re_sa.h>

#include "base/clock.h"
#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "sip/knock.h"

enum { PAUSE_MIN_MS = KNOCK_PAUSE_MS * 8 / 10, PAUSE_MAX_MS = KNOCK_PAUSE_MS * 12 / 10 };

static int server_fd; /* bound; listens or not */
static struct sa server;
static struct knock *knock;
static unsigned n_answered;
static unsigned n_connects;
static uint64_t connected_ms; /* when, last */

int __real_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);

int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
    n_connects++;
    connected_ms = clock_monotonic_ms();
    return __real_connect(fd, addr, len);
}

/* Sockets of this process by TCP, besides the server's. */
static unsigned n_sockets(void)
{
    unsigned n = 0;

    for (int fd = 0; fd < 64; fd++) {
        int type = 0;
        socklen_t len = sizeof(type);

        n += fd != server_fd && !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) &&
             type == SOCK_STREAM;
    }
    return n;
}

static unsigned n_sockets_before;

static int setup(void **state)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);

    (void)state;
    n_answered = n_connects = 0;
    assert_int_equal(loop_init(), 0);
    server_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(server_fd, (struct sockaddr *)(void *)&addr, len), 0);
    assert_int_equal(getsockname(server_fd, (struct sockaddr *)(void *)&addr, &len), 0);
    assert_int_equal(sa_set_sa(&server, (struct sockaddr *)(void *)&addr), 0);
    n_sockets_before = n_sockets();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    knock = knock_stop(knock);
    assert_int_equal(n_sockets(), n_sockets_before);
    (void)close(server_fd);
    loop_done();
    return 0;
}

static void on_answered(void *arg)
{
    assert_ptr_equal(arg, &n_answered);
    assert_int_equal(n_sockets(), n_sockets_before); /* closed at once */
    n_answered++;
    knock = knock_stop(knock);
}

static void start(void)
{
    struct sa copy = server;

    assert_int_equal(knock_start(&copy, on_answered, &n_answered, &knock), 0);
    sa_init(&copy, AF_UNSPEC);
}

static void advance_ms(unsigned ms)
{
    for (unsigned step; ms; ms -= step) {
        step = ms < 50 ? ms : 50;
        hand_clock_advance_ms(step);
        loop_for_ms(2);
    }
}

static void test_refused_then_listening(void **state)
{
    (void)state;
    start();
    loop_for_ms(5);
    assert_int_equal(n_connects, 0); /* a pause comes first */
    advance_ms(4 * KNOCK_PAUSE_MS);
    assert_in_range(n_connects, 3, 5);
    assert_int_equal(n_answered, 0);
    assert_int_equal(listen(server_fd, 4), 0);
    advance_ms(PAUSE_MAX_MS + 50);
    assert_int_equal(n_answered, 1);
    n_connects = 0;
    advance_ms(3 * KNOCK_PAUSE_MS);
    assert_int_equal(n_connects, 0); /* no more */
    assert_int_equal(n_answered, 1);
}

/* The pauses differ, so that not all panels knock at the same moment. */
static void test_the_pauses(void **state)
{
    uint64_t shortest_ms = UINT32_MAX, longest_ms = 0;

    (void)state;
    start();
    connected_ms = clock_monotonic_ms();
    for (unsigned i = 1; i <= 30; i++) {
        uint64_t before_ms = connected_ms, ms;

        while (n_connects < i)
            advance_ms(50);
        ms = connected_ms - before_ms;
        shortest_ms = ms < shortest_ms ? ms : shortest_ms;
        longest_ms = ms > longest_ms ? ms : longest_ms;
    }
    assert_in_range(shortest_ms, PAUSE_MIN_MS, PAUSE_MAX_MS);
    assert_in_range(longest_ms, shortest_ms + 100, PAUSE_MAX_MS + 1000); /* a slow machine */
}

/* A listener whose queue is full takes no notice of further connections: a black hole. */
static void fill_queue(int fds[8])
{
    assert_int_equal(listen(server_fd, 0), 0);
    for (int i = 0; i < 8; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)__real_connect(fds[i], &server.u.sa, server.len);
    }
    loop_for_ms(5);
    n_sockets_before += 8;
}

static void empty_queue(int fds[8])
{
    for (int i = 0; i < 8; i++)
        (void)close(fds[i]);
    n_sockets_before -= 8;
}

static void test_a_black_hole(void **state)
{
    int fds[8];

    (void)state;
    fill_queue(fds);
    start();
    while (!n_connects)
        advance_ms(50);
    assert_int_equal(n_sockets(), n_sockets_before + 1);
    advance_ms(KNOCK_LIMIT_MS - 200);
    assert_int_equal(n_sockets(), n_sockets_before + 1);
    advance_ms(300);
    assert_int_equal(n_sockets(), n_sockets_before); /* given up */
    assert_int_equal(n_answered, 0);
    assert_int_equal(n_connects, 1);
    advance_ms(PAUSE_MAX_MS);
    assert_int_equal(n_connects, 2); /* and again */
    empty_queue(fds);
}

static void test_stop_at_any_moment(void **state)
{
    int fds[8];

    (void)state;
    assert_null(knock_stop(NULL));
    start();
    knock = knock_stop(knock); /* before the first try */
    advance_ms(2 * KNOCK_PAUSE_MS);
    assert_int_equal(n_connects, 0);

    start();
    advance_ms(2 * KNOCK_PAUSE_MS); /* between two tries */
    assert_true(n_connects > 0);
    knock = knock_stop(knock);

    fill_queue(fds);
    n_connects = 0;
    start();
    while (!n_connects)
        advance_ms(50);
    assert_int_equal(n_sockets(), n_sockets_before + 1);
    knock = knock_stop(knock); /* during one */
    assert_int_equal(n_sockets(), n_sockets_before);
    empty_queue(fds);
    advance_ms(2 * KNOCK_PAUSE_MS);
    assert_int_equal(n_connects, 1);
    assert_int_equal(n_answered, 0);
}

/* What cannot even be tried: an address of a family that no socket can be had for. */
static void test_no_socket(void **state)
{
    (void)state;
    sa_init(&server, AF_UNSPEC);
    start();
    advance_ms(3 * KNOCK_PAUSE_MS);
    assert_int_equal(n_answered, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_refused_then_listening), CASE(test_the_pauses), CASE(test_a_black_hole),
        CASE(test_stop_at_any_moment),     CASE(test_no_socket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
