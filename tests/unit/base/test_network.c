/* SPDX-License-Identifier: MIT */
/* What changes links does so in a network namespace of its own; where none can be made (no root,
 * no user namespaces) those cases are skipped. */
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "base/network.h"

static int home_fd; /* the namespace that we came from; -1: still there */
static struct network *network;
static unsigned n_told;
static bool was_back; /* what the last call said */

static void on_changed(bool link_is_back, void *arg)
{
    assert_ptr_equal(arg, &n_told);
    n_told++;
    was_back = link_is_back;
}

static bool is_told(void *arg)
{
    return n_told >= *(unsigned *)arg;
}

/* Told, and then no more. */
static void assert_told(unsigned n, bool link_is_back)
{
    assert_true(loop_until(is_told, &n));
    loop_for_ms(3 * NETWORK_SETTLE_MS);
    assert_int_equal(n_told, n);
    assert_int_equal(was_back, link_is_back);
}

static void assert_not_told(unsigned n)
{
    loop_for_ms(3 * NETWORK_SETTLE_MS);
    assert_int_equal(n_told, n);
}

/* ---- one interface: lo of the namespace ---- */

static void lo_ioctl(unsigned long request, struct ifreq *ifreq)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)snprintf(ifreq->ifr_name, sizeof(ifreq->ifr_name), "lo");
    assert_int_equal(ioctl(fd, request, ifreq), 0);
    (void)close(fd);
}

static void set_up(bool is_up)
{
    struct ifreq ifreq = {0};

    ifreq.ifr_flags = (short)(is_up ? IFF_UP : 0);
    lo_ioctl(SIOCSIFFLAGS, &ifreq);
}

static struct sockaddr_in address(const char *text)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};

    assert_int_equal(inet_pton(AF_INET, text, &addr.sin_addr), 1);
    return addr;
}

static bool is_up(const char *text, char name[IF_NAMESIZE])
{
    struct sockaddr_in addr = address(text);

    memset(name, '#', IF_NAMESIZE);
    return network_is_up((struct sockaddr *)(void *)&addr, name);
}

static int setup(void **state)
{
    (void)state;
    n_told = 0;
    home_fd = -1;
    assert_int_equal(loop_init(), 0);
    return 0;
}

static int setup_apart(void **state)
{
    int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

    assert_int_equal(setup(state), 0);
    if (fd < 0)
        return 0;
    if (unshare(CLONE_NEWNET)) {
        (void)close(fd);
        return 0; /* the case is skipped */
    }
    home_fd = fd;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    network = network_free(network);
    loop_done();
    if (home_fd >= 0) {
        assert_int_equal(setns(home_fd, CLONE_NEWNET), 0);
        (void)close(home_fd);
    }
    return 0;
}

static void start(void)
{
    if (home_fd < 0)
        skip();
    assert_int_equal(network_new(on_changed, &n_told, &network), 0);
    assert_not_told(0); /* what is there already is no news */
}

/* ---- cases ---- */

static void test_nothing_is_told_at_start(void **state)
{
    (void)state;
    assert_int_equal(network_new(on_changed, &n_told, &network), 0);
    loop_for_ms(3 * NETWORK_SETTLE_MS);
    assert_int_equal(n_told, 0);
    assert_null(network_free(NULL));
}

static void test_is_up(void **state)
{
    struct sockaddr_storage unix_addr = {.ss_family = AF_UNIX};
    char name[IF_NAMESIZE];

    (void)state;
    assert_true(is_up("127.0.0.1", name));
    assert_string_equal(name, "lo");
    assert_false(is_up("192.0.2.77", name)); /* TEST-NET-1: nobody has it */
    assert_string_equal(name, "");
    assert_false(network_is_up((struct sockaddr *)&unix_addr, name));
    assert_string_equal(name, "");
}

static void test_a_link_up_and_down(void **state)
{
    char name[IF_NAMESIZE];

    (void)state;
    start();
    assert_false(is_up("127.0.0.1", name));
    set_up(true);
    assert_told(1, true);
    assert_true(is_up("127.0.0.1", name));
    assert_string_equal(name, "lo");
    set_up(false);
    assert_told(2, false);
    assert_false(is_up("127.0.0.1", name));
    set_up(true);
    assert_told(3, true);
}

static void test_many_changes_are_one(void **state)
{
    (void)state;
    start();
    for (int i = 0; i < 5; i++) {
        set_up(true);
        set_up(false);
    }
    set_up(true);
    assert_told(1, true);
}

static void test_a_link_that_was_up_before(void **state)
{
    (void)state;
    if (home_fd < 0)
        skip();
    set_up(true);
    start();
    set_up(false);
    assert_told(1, false);
}

static void test_a_new_address(void **state)
{
    struct ifreq ifreq = {0};
    struct sockaddr_in addr = address("127.0.0.9");
    char name[IF_NAMESIZE];

    (void)state;
    if (home_fd < 0)
        skip();
    set_up(true);
    start();
    memcpy(&ifreq.ifr_addr, &addr, sizeof(addr));
    lo_ioctl(SIOCSIFADDR, &ifreq);
    assert_told(1, false); /* but no link has come back */
    assert_true(is_up("127.0.0.9", name));
    assert_false(is_up("127.0.0.1", name));
    assert_string_equal(name, "");
}

static void test_what_is_no_change(void **state)
{
    struct ifreq ifreq = {0};

    (void)state;
    if (home_fd < 0)
        skip();
    set_up(true);
    start();
    ifreq.ifr_mtu = 1400;
    lo_ioctl(SIOCSIFMTU, &ifreq);
    assert_not_told(0);
}

static void test_freed_before_it_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        start();
        set_up(true);
        loop_for_ms(5); /* has been heard of */
        network = network_free(network);
        if (n_told == 0)
            break;
        n_told = 0; /* the machine stood still so long that it was told first: again */
        set_up(false);
    }
    assert_not_told(0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define APART(name) cmocka_unit_test_setup_teardown(name, setup_apart, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_nothing_is_told_at_start),   CASE(test_is_up),
        APART(test_a_link_up_and_down),        APART(test_many_changes_are_one),
        APART(test_a_link_that_was_up_before), APART(test_a_new_address),
        APART(test_what_is_no_change),         APART(test_freed_before_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
