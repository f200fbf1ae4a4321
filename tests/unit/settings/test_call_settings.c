/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings/call_settings.h"
#include "settings/member_json.h"
#include "settings/network_list.h"

static int read_body(const struct member_table *table, const char *body,
                     struct call_settings *calls, struct field_error *error)
{
    return member_json_read(table, body, strlen(body), calls, error);
}

static void check_bad(const struct member_table *table, const char *body, const char *field)
{
    struct call_settings calls = call_settings_default;
    struct field_error error;

    print_message("# %s\n", body);
    assert_int_equal(read_body(table, body, &calls, &error), EINVAL);
    assert_string_equal(error.field, field);
}

static void test_what_clients_send(void **state)
{
    struct call_settings calls = call_settings_default;
    struct field_error error;
    char text[600];

    (void)state;
    assert_int_equal(read_body(&call_settings_dial,
                               "{\"dial_timeout\":45,\"forwarding_timeout\":25}", &calls, &error),
                     0);
    assert_int_equal(read_body(&call_settings_dial, "{\"dial_timeout\":50}", &calls, &error), 0);
    assert_true(member_json_write(&call_settings_dial, &calls, text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"dial_timeout\":50,\"forwarding_timeout\":25}");

    assert_int_equal(
        read_body(&call_settings_concierge,
                  "{\"number_enable\":true,\"number_url\":\"sip:9999@10.1.1.250:5060\"}", &calls,
                  &error),
        0);
    assert_true(member_json_write(&call_settings_concierge, &calls, text, sizeof(text)) > 0);
    assert_string_equal(text,
                        "{\"number_enable\":true,\"number_url\":\"sip:9999@10.1.1.250:5060\"}");

    /* One switch does not touch the others. */
    assert_int_equal(read_body(&call_settings_drop, "{\"is_enabled\":true}", &calls, &error), 0);
    assert_true(calls.is_ended_by_button);
    assert_false(calls.is_auto_answer || calls.is_ended_by_opening);
}

static void test_limits(void **state)
{
    (void)state;
    check_bad(&call_settings_dial, "{\"dial_timeout\":4}", "dial_timeout");
    check_bad(&call_settings_dial, "{\"dial_timeout\":601}", "dial_timeout");
    check_bad(&call_settings_dial, "{\"forwarding_timeout\":25}", "dial_timeout");
    check_bad(&call_settings_dial, "{\"dial_timeout\":30,\"forwarding_timeout\":0}",
              "forwarding_timeout");
    check_bad(&call_settings_talk, "{\"talk_timeout\":9}", "talk_timeout");
    check_bad(&call_settings_talk, "{\"talk_timeout\":3601}", "talk_timeout");
    check_bad(&call_settings_volume, "{\"volume_level\":7}", "volume_level");
    check_bad(&call_settings_volume, "{\"volume_level\":-1}", "volume_level");
    check_bad(&call_settings_gain, "{\"mic_gain_level\":\"3\"}", "mic_gain_level");
    check_bad(&call_settings_auto_answer, "{\"is_enabled\":1}", "is_enabled");
    check_bad(&call_settings_auto_answer, "{}", "is_enabled");
    check_bad(&call_settings_concierge, "{\"number_enable\":true,\"number_url\":\"x\"}",
              "number_url");
    check_bad(&call_settings_callers, "{\"accept_from\":\"10.0.0.0/33\",\"answer_callers\":\"\"}",
              "accept_from");
    check_bad(&call_settings_callers, "{\"accept_from\":\"::/129\",\"answer_callers\":\"\"}",
              "accept_from");
    check_bad(&call_settings_callers, "{\"accept_from\":\"10.0.0.0/\",\"answer_callers\":\"\"}",
              "accept_from");
    check_bad(&call_settings_callers, "{\"accept_from\":\"a.b\",\"answer_callers\":\"\"}",
              "accept_from");
    check_bad(&call_settings_callers, "{\"accept_from\":\"\",\"answer_callers\":\"101 x\"}",
              "answer_callers");
}

static void test_lists(void **state)
{
    struct call_settings calls = call_settings_default;
    struct field_error error;
    static const char body[] = "{\"accept_from\":\"192.0.2.0/24, 2001:db8::/32,10.0.0.1\","
                               "\"answer_callers\":\"101, sip:102@pbx.example.com, sip:10.0.0.9\"}";

    (void)state;
    assert_int_equal(read_body(&call_settings_callers, body, &calls, &error), 0);
    assert_true(call_settings_answers(&calls, "sip:101@anywhere.example.com", NULL));
    assert_true(call_settings_answers(&calls, "sip:102@PBX.example.com", NULL));
    assert_true(call_settings_answers(&calls, "sip:102@pbx.example.com:5070", NULL));
    assert_true(call_settings_answers(&calls, "sip:10.0.0.9", NULL));
    assert_true(call_settings_answers(&calls, "sip:anybody@10.0.0.9:5060", NULL));
    assert_false(call_settings_answers(&calls, "sip:102@pbx.example.org", NULL));
    assert_false(call_settings_answers(&calls, "sip:10@pbx.example.com", NULL));
    assert_false(call_settings_answers(&calls, "sip:1011@pbx.example.com", NULL));
    assert_false(call_settings_answers(&calls, "", NULL));
    assert_false(call_settings_answers(&call_settings_default, "sip:101@a.b", NULL));
}

/* From is what the caller has written. */
static void test_callers_that_come_by_no_server(void **state)
{
    struct call_settings calls = call_settings_default;

    (void)state;
    (void)snprintf(calls.answer_callers, sizeof(calls.answer_callers),
                   "101, sip:102@pbx.example.com, sip:10.0.0.9, sip:104@10.0.0.8");
    assert_false(call_settings_answers(&calls, "sip:101@a.b", "192.0.2.7"));
    assert_false(call_settings_answers(&calls, "sip:101@10.0.0.9", "192.0.2.7"));
    assert_false(call_settings_answers(&calls, "sip:102@pbx.example.com", "192.0.2.7"));
    assert_false(call_settings_answers(&calls, "sip:10.0.0.9", "192.0.2.7"));
    assert_false(call_settings_answers(&calls, "sip:104@10.0.0.8", "192.0.2.7"));
    assert_false(call_settings_answers(&calls, "sip:104@10.0.0.8", "10.0.0.80"));
    assert_false(call_settings_answers(&calls, "sip:101@a.b", ""));
    assert_true(call_settings_answers(&calls, "sip:999@a.b", "10.0.0.9"));
    assert_true(call_settings_answers(&calls, "sip:104@a.b", "10.0.0.8"));
    assert_false(call_settings_answers(&calls, "sip:105@10.0.0.8", "10.0.0.8"));
}

static void test_networks(void **state)
{
    static const char *const bad[] = {
        "10.0.0.1,", ",10.0.0.1", "10.0.0.1,,10.0.0.2", "10.0.0.1 10.0.0.2", ",", "10.0.0.1/8/8",
    };
    struct call_settings calls = call_settings_default;
    struct field_error error;
    char list[CALL_SETTINGS_MAX_LIST + 1] = "", body[CALL_SETTINGS_MAX_LIST + 60];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(body, sizeof(body), "{\"accept_from\":\"%s\",\"answer_callers\":\"\"}",
                       bad[i]);
        check_bad(&call_settings_callers, body, "accept_from");
    }
    for (unsigned n = 1; n <= NETWORK_LIST_MAX + 1; n++) {
        size_t len = strlen(list);

        (void)snprintf(list + len, sizeof(list) - len, "%s10.0.0.%u", n > 1 ? " , " : " ", n);
        (void)snprintf(body, sizeof(body), "{\"accept_from\":\"%s \",\"answer_callers\":\"\"}",
                       list);
        if (n <= NETWORK_LIST_MAX)
            assert_int_equal(read_body(&call_settings_callers, body, &calls, &error), 0);
        else
            check_bad(&call_settings_callers, body, "accept_from");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_clients_send),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_callers_that_come_by_no_server),
        cmocka_unit_test(test_networks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
