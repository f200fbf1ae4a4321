/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "cli/assign.h"

static const char before[] =
    "{\"user\":\"101\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},\"interval\":30,\"on\":true}";

static void check_assigned(const char *text, const char *value, const char *after)
{
    json_t *settings = json_loads(before, 0, NULL);
    json_t *want = json_loads(after, 0, NULL);

    assert_non_null(settings);
    assert_non_null(want);
    if (assign(settings, text, value))
        fail_msg("refused: %s", text);
    if (!json_equal(settings, want))
        fail_msg("%s: %s", text, json_dumps(settings, JSON_COMPACT));
    json_decref(settings);
    json_decref(want);
}

static void test_each_kind(void **state)
{
    (void)state;
    check_assigned("user=102", NULL,
                   "{\"user\":\"102\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},"
                   "\"interval\":30,\"on\":true}");
    check_assigned("user=a=b ", NULL,
                   "{\"user\":\"a=b \",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},"
                   "\"interval\":30,\"on\":true}");
    check_assigned("user=", "typed",
                   "{\"user\":\"typed\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},"
                   "\"interval\":30,\"on\":true}");
    check_assigned("stun.port=-5", NULL,
                   "{\"user\":\"101\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":-5},"
                   "\"interval\":30,\"on\":true}");
    check_assigned("stun.ip=", NULL,
                   "{\"user\":\"101\",\"stun\":{\"ip\":\"\",\"port\":3478},"
                   "\"interval\":30,\"on\":true}");
    check_assigned("interval=soon", NULL, /* for the API to refuse, in its words */
                   "{\"user\":\"101\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},"
                   "\"interval\":\"soon\",\"on\":true}");
    check_assigned("interval=99999999999999999999", NULL,
                   "{\"user\":\"101\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},"
                   "\"interval\":\"99999999999999999999\",\"on\":true}");
    check_assigned("on=false", NULL,
                   "{\"user\":\"101\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},"
                   "\"interval\":30,\"on\":false}");
    check_assigned("outbound=sip:192.0.2.1", NULL,
                   "{\"user\":\"101\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},"
                   "\"interval\":30,\"on\":true,\"outbound\":\"sip:192.0.2.1\"}");
}

static void test_no_such_member(void **state)
{
    static const char *const bad[] = {
        "",
        "=",
        "=x",
        "user",
        "usr=1",
        "stun=1",
        "stun.",
        "stun.=1",
        "stun.no=1",
        "user.x=1",
        ".user=1",
        "stun.ip.x=1",
        "..=1",
        "User=1",
        "x.outbound=1",
        "stun.outbound=1",
        "user=\xff",
        "a_name_that_is_longer_than_any_member_of_the_settings_could_ever_be=1",
    };
    json_t *settings = json_loads(before, 0, NULL);
    json_t *want = json_loads(before, 0, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (assign(settings, bad[i], NULL) != EINVAL)
            fail_msg("taken: %s", bad[i]);
        assert_true(json_equal(settings, want));
    }
    json_decref(settings);
    json_decref(want);
}

static void test_empty_is_asked_for(void **state)
{
    (void)state;
    assert_true(assign_is_empty("password=", "password"));
    assert_false(assign_is_empty("password=x", "password"));
    assert_false(assign_is_empty("password", "password"));
    assert_false(assign_is_empty("passwords=", "password"));
    assert_false(assign_is_empty("pass=", "password"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind),
        cmocka_unit_test(test_no_such_member),
        cmocka_unit_test(test_empty_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
