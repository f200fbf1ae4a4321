/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/dscp.h"

static int mark_of(int family, int level, int name)
{
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int tos = -1;
    socklen_t len = sizeof(tos);

    assert_true(fd >= 0);
    dscp_mark(fd, DSCP_CS3);
    assert_int_equal(getsockopt(fd, level, name, &tos, &len), 0);
    (void)close(fd);
    return tos;
}

static void test_sockets_are_marked(void **state)
{
    (void)state;
    assert_int_equal(mark_of(AF_INET, IPPROTO_IP, IP_TOS), 0x60);
    assert_int_equal(mark_of(AF_INET6, IPPROTO_IPV6, IPV6_TCLASS), 0x60);
}

static void test_what_is_no_socket_is_left_alone(void **state)
{
    (void)state;
    dscp_mark(-1, DSCP_CS3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sockets_are_marked),
        cmocka_unit_test(test_what_is_no_socket_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
