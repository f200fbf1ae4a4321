/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/host_network.h"

static void test_routes(void **state)
{
    /* 192.0.2.1 as this machine's bytes. */
    unsigned via = inet_addr("192.0.2.1");
    char table[400], interface[16], gateway[HOST_NETWORK_ADDRESS_SIZE];

    (void)state;
    (void)snprintf(table, sizeof(table),
                   "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
                   "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\n"
                   "eth7\t00000000\t%08X\t0003\t0\t0\t100\t00000000\n",
                   via);
    assert_true(host_network_route(table, interface, gateway));
    assert_string_equal(interface, "eth7");
    assert_string_equal(gateway, "192.0.2.1");
    assert_false(host_network_route("", interface, gateway));
    assert_false(host_network_route("Iface\n", interface, gateway));
    assert_string_equal(gateway, "");
    assert_false(
        host_network_route("x\nabcdefghijklmnopqrstuvwxyz 0 0 0\n\n\n", interface, gateway));
}

static void check_dns(const char *text, const char *address)
{
    char path[] = "/tmp/portero-resolv-XXXXXX", got[HOST_NETWORK_ADDRESS_SIZE];
    int fd = mkostemp(path, O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
    host_network_dns(path, got);
    (void)unlink(path);
    assert_string_equal(got, address);
}

static void test_dns(void **state)
{
    char got[HOST_NETWORK_ADDRESS_SIZE];

    (void)state;
    check_dns("# of a test\nsearch example.com\nnameserver 2001:db8::53\nnameserver 192.0.2.53\n"
              "nameserver 192.0.2.54\n",
              "192.0.2.53");
    check_dns("", "");
    check_dns("nameserver 1.2.3\nnameserver 11111111111111111111\n", "");
    host_network_dns("/nowhere/resolv.conf", got);
    assert_string_equal(got, "");
}

/* There is always the loopback at least. */
static void test_this_machine(void **state)
{
    struct host_network network;
    struct in_addr address;

    (void)state;
    host_network_read(&network);
    assert_int_equal(inet_pton(AF_INET, network.ip_address, &address), 1);
    assert_int_equal(inet_pton(AF_INET, network.mask, &address), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_dns),
        cmocka_unit_test(test_this_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
