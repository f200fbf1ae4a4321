/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <re_types.h>
#include <re_sa.h>

#include "settings/network_list.h"
#include "sip/callers.h"

static bool has(const char *networks, const char *address)
{
    struct callers *callers;
    struct sa addr;
    bool is_in;

    assert_int_equal(callers_new(networks, &callers), 0);
    assert_int_equal(sa_set_str(&addr, address, 5060), 0);
    is_in = callers_has(callers, &addr);
    callers_free(callers);
    return is_in;
}

static void test_networks(void **state)
{
    (void)state;
    assert_false(has("", "192.0.2.1"));
    assert_true(has("192.0.2.0/24", "192.0.2.255"));
    assert_false(has("192.0.2.0/24", "192.0.3.0"));
    assert_true(has(" 10.0.0.1 ,192.0.2.128/25 ", "192.0.2.129"));
    assert_false(has("10.0.0.1, 192.0.2.128/25", "192.0.2.127"));
    assert_true(has("10.0.0.1", "10.0.0.1"));
    assert_false(has("10.0.0.1/32", "10.0.0.2"));
    assert_true(has("0.0.0.0/0", "203.0.113.9"));
    assert_false(has("0.0.0.0/0", "2001:db8::1"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("::/0", "2001:db8::1"));
    assert_true(has("192.0.2.0/24", "::ffff:192.0.2.1"));
    assert_false(has("::/0", "::ffff:192.0.2.1"));
}

static void test_bad(void **state)
{
    static const char *const bad[] = {
        "x",
        "192.0.2.0/33",
        "192.0.2.0/",
        "192.0.2.0/-1",
        "192.0.2.0/ 8",
        "192.0.2/24",
        "2001:db8::/129",
        "10.0.0.1,",
        ",10.0.0.1",
        "10.0.0.1,,10.0.0.2",
        "10.0.0.1 10.0.0.2",
        "10.0.0.1/8/8",
        "10.0.0.1;10.0.0.2",
        ",",
        "2001:0db8:0000:0000:0000:0000:0000:0001:0000:0000/128",
    };
    struct callers *callers = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (callers_new(bad[i], &callers) != EINVAL)
            fail_msg("%s is taken", bad[i]);
    }
    assert_null(callers);
}

static void test_limit(void **state)
{
    char text[NETWORK_LIST_MAX * 12 + 20] = "10.0.0.0";
    struct callers *callers;
    struct sa addr;

    (void)state;
    for (int i = 1; i < NETWORK_LIST_MAX; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), ",10.0.0.%d", i);
    assert_int_equal(callers_new(text, &callers), 0);
    assert_int_equal(sa_set_str(&addr, "10.0.0.63", 1), 0);
    assert_true(callers_has(callers, &addr));
    callers_free(callers);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), ",10.0.1.1");
    assert_int_equal(callers_new(text, &callers), EINVAL);
    assert_false(callers_has(NULL, &addr));
    sa_init(&addr, AF_UNSPEC);
    assert_null(callers_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
