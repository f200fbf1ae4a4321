/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings/network_list.h"

static bool has(const char *networks, const char *text)
{
    struct network_list list;
    uint8_t address[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    assert_int_equal(network_list_parse(networks, &list), 0);
    assert_int_equal(inet_pton(family, text, address), 1);
    return network_list_has(&list, family, address);
}

static void test_who_is_in(void **state)
{
    (void)state;
    assert_false(has("", "192.0.2.1"));
    assert_false(has("  ", "192.0.2.1"));
    assert_true(has("192.0.2.0/24", "192.0.2.255"));
    assert_false(has("192.0.2.0/24", "192.0.3.0"));
    assert_true(has(" 10.0.0.1 ,192.0.2.128/25 ", "192.0.2.129"));
    assert_false(has("10.0.0.1, 192.0.2.128/25", "192.0.2.127"));
    assert_false(has("10.0.0.1/32", "10.0.0.2"));
    assert_true(has("10.0.0.1/0", "203.0.113.9"));
    assert_false(has("0.0.0.0/0", "2001:db8::1"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("2001:db8::1/128", "2001:db8::1"));
    assert_false(has("::/0", "192.0.2.1"));
}

static void test_bad_ones(void **state)
{
    static const char *const bad[] = {
        "x",
        "192.0.2.0/33",
        "192.0.2.0/",
        "192.0.2.0/-1",
        "192.0.2.0/ 8",
        "192.0.2.0/4294967297",
        "192.0.2/24",
        "2001:db8::/129",
        "10.0.0.1,",
        ",10.0.0.1",
        "10.0.0.1,,10.0.0.2",
        "10.0.0.1 10.0.0.2",
        "10.0.0.1/8/8",
        "10.0.0.1;10.0.0.2",
        "10.0.0.1,\t10.0.0.2",
        ",",
        "2001:0db8:0000:0000:0000:0000:0000:0001:0000:0000/128",
    };
    struct network_list list = {.n = 7};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (network_list_parse(bad[i], &list) != EINVAL)
            fail_msg("%s is taken", bad[i]);
    }
    assert_int_equal(list.n, 7);
}

static void test_how_many(void **state)
{
    char text[NETWORK_LIST_MAX * 12 + 20] = "10.0.0.0";
    struct network_list list;

    (void)state;
    for (int i = 1; i < NETWORK_LIST_MAX; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), ",10.0.0.%d", i);
    assert_int_equal(network_list_parse(text, &list), 0);
    assert_int_equal(list.n, NETWORK_LIST_MAX);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), ",10.0.1.1");
    assert_int_equal(network_list_parse(text, &list), E2BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_is_in),
        cmocka_unit_test(test_bad_ones),
        cmocka_unit_test(test_how_many),
    };

    return cmocka_run_group_tests_name("network_list", tests, NULL, NULL);
}
