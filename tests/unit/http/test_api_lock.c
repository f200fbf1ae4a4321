/* SPDX-License-Identifier: MIT */
/* The handlers of api_lock.c and api_lock_settings.c, one by one; who may call them and by which
 * paths is seen in tests/e2e/25-door.py. */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/hand_clock.h"
#include "base/timer.h"
#include "fake_locks.h"
#include "fake_panel.h"
#include "fake_request.h"
#include "http/api.h"

static struct api api;
static struct request request;

static int setup(void **state)
{
    (void)state;
    hand_clock_stand();
    memset(&fake_locks, 0, sizeof(fake_locks));
    api.panel = fake_panel_new("first-Password");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api.panel = panel_free(api.panel);
    return 0;
}

/* Returns the status. */
static unsigned ask(route_fn *handle, unsigned number, const char *body)
{
    fake_request_init(&request, number, body);
    handle(&api, &request);
    hand_clock_advance_ms(10); /* a change has its turn */
    timer_run_due();
    return request.status;
}

static struct lock_settings *locks(void)
{
    return &fake_panel_settings(api.panel)->locks;
}

static void assert_told(const char *what)
{
    assert_string_equal(fake_locks.told, what);
    fake_locks.told[0] = '\0';
}

static void test_open(void **state)
{
    (void)state;
    for (unsigned n = 0; n <= 2; n++) {
        assert_int_equal(ask(api_lock_open, n, ""), 200);
        assert_string_equal(request.answer, "{}");
    }
    assert_told("open 0 by 192.0.2.7;open 1 by 192.0.2.7;open 2 by 192.0.2.7;");
}

static void test_locks_that_cannot_be_opened(void **state)
{
    (void)state;
    assert_int_equal(ask(api_lock_open, 77, ""), 400);
    assert_string_equal(request.answer, "{\"error\":\"Wrong lock number\"}");
    fake_locks.is_absent[2] = true;
    assert_int_equal(ask(api_lock_open, 2, ""), 404);
    assert_string_equal(request.answer, "{\"error\":\"This panel has no such lock\"}");
    fake_locks.is_failing[1] = true;
    assert_int_equal(ask(api_lock_open, 1, ""), 500);
    assert_string_equal(request.answer,
                        "{\"error\":\"The lock does not open: its relay has failed\"}");
}

static void test_emergency(void **state)
{
    (void)state;
    assert_int_equal(ask(api_lock_open_emergency, 0,
                         "{\"locks\":[{\"lock_number\":1,\"unlock_time\":10000},"
                         "{\"lock_number\":0,\"unlock_time\":604800,\"x\":1}]}"),
                     200);
    assert_told("emergency 1 10000 by 192.0.2.7;emergency 0 604800 by 192.0.2.7;");
    assert_int_equal(ask(api_lock_close_emergency, 0, "{\"locks\":[1,2,0]}"), 200);
    assert_told("close 1;close 2;close 0;");
}

/* One that is not there, or fails, does not keep the others shut. */
static void test_emergency_opens_what_it_can(void **state)
{
    static const char body[] = "{\"locks\":[{\"lock_number\":1,\"unlock_time\":5},"
                               "{\"lock_number\":2,\"unlock_time\":5}]}";

    (void)state;
    fake_locks.is_absent[1] = true;
    assert_int_equal(ask(api_lock_open_emergency, 0, body), 404);
    assert_told("emergency 1 5 by 192.0.2.7;emergency 2 5 by 192.0.2.7;");
    fake_locks.is_absent[1] = false;
    fake_locks.is_failing[1] = true;
    assert_int_equal(ask(api_lock_open_emergency, 0, body), 500);
    assert_told("emergency 1 5 by 192.0.2.7;emergency 2 5 by 192.0.2.7;");
}

static void test_bad_emergencies_do_nothing(void **state)
{
#define GOOD "{\"lock_number\":1,\"unlock_time\":5}"
#define FOUR GOOD "," GOOD "," GOOD "," GOOD
    static const struct {
        route_fn *handle;
        const char *body, *answer;
    } cases[] = {
        {api_lock_open_emergency, "", "{\"error\":\"Wrong JSON body\"}"},
        {api_lock_open_emergency, "[]", "{\"error\":\"Wrong JSON body\"}"},
        {api_lock_open_emergency, "{}", "no value for `locks`"},
        {api_lock_open_emergency, "{\"locks\":1}", "`locks` was of the wrong type"},
        {api_lock_open_emergency, "{\"locks\":[]}", "must have 1 to 16 entries"},
        {api_lock_open_emergency, "{\"locks\":[" FOUR "," FOUR "," FOUR "," FOUR "," GOOD "]}",
         "must have 1 to 16 entries"},
        {api_lock_open_emergency, "{\"locks\":[" GOOD ",1]}", "must be a list of objects"},
        {api_lock_open_emergency, "{\"locks\":[" GOOD ",{\"lock_number\":2}]}",
         "no value for `unlock_time`"},
        {api_lock_open_emergency, "{\"locks\":[" GOOD ",{\"unlock_time\":2}]}",
         "no value for `lock_number`"},
        {api_lock_open_emergency, "{\"locks\":[{\"lock_number\":3,\"unlock_time\":5}]}",
         "must be from 0 to 2"},
        {api_lock_open_emergency, "{\"locks\":[{\"lock_number\":-1,\"unlock_time\":5}]}",
         "must be from 0 to 2"},
        {api_lock_open_emergency, "{\"locks\":[{\"lock_number\":1,\"unlock_time\":0}]}",
         "must be from 1 to 604800"},
        {api_lock_open_emergency, "{\"locks\":[{\"lock_number\":1,\"unlock_time\":604801}]}",
         "must be from 1 to 604800"},
        {api_lock_open_emergency, "{\"locks\":[{\"lock_number\":1,\"unlock_time\":\"5\"}]}",
         "`unlock_time` was of the wrong type"},
        {api_lock_close_emergency, "{}", "no value for `locks`"},
        {api_lock_close_emergency, "{\"locks\":[1,3]}", "must be lock numbers"},
        {api_lock_close_emergency, "{\"locks\":[1,-1]}", "must be lock numbers"},
        {api_lock_close_emergency, "{\"locks\":[1,true]}", "must be a list of lock numbers"},
        {api_lock_close_emergency, "{\"locks\":[]}", "must have 1 to 16 entries"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("# %s\n", cases[i].body);
        assert_int_equal(ask(cases[i].handle, 0, cases[i].body), 400);
        assert_non_null(strstr(request.answer, cases[i].answer));
        assert_told("");
    }
    assert_int_equal(
        ask(api_lock_open_emergency, 0, "{\"locks\":[" FOUR "," FOUR "," FOUR "," FOUR "]}"), 200);
}

static void test_states(void **state)
{
    (void)state;
    fake_locks.states[1] =
        (struct panel_lock_state){.is_there = true, .is_open = true, .left_ms = 2001};
    fake_locks.states[2] = (struct panel_lock_state){.is_there = true, .problem = "does not close"};
    assert_int_equal(ask(api_locks_get, 0, ""), 200);
    assert_string_equal(
        request.answer,
        "{\"locks\":[{\"lock_number\":1,\"installed\":true,\"open\":true,\"left_s\":3,\"problem\":"
        "\"\"},{\"lock_number\":2,\"installed\":true,\"open\":false,\"left_s\":0,\"problem\":"
        "\"does not close\"}]}");
}

static void test_times(void **state)
{
    (void)state;
    assert_int_equal(ask(api_lock_timeout_post, 1, "{\"lock_timeout\":5}"), 200);
    assert_int_equal(ask(api_lock_timeout_post, 2, "{\"lock_timeout\":600}"), 200);
    assert_int_equal(ask(api_lock_delay_post, 2, "{\"lock_delay\":9}"), 200);
    assert_int_equal(locks()->timeout_s[0], 5);
    assert_int_equal(locks()->timeout_s[1], 600);
    assert_int_equal(locks()->delay_s[0], 0);
    assert_int_equal(locks()->delay_s[1], 9);
    assert_int_equal(ask(api_lock_timeout_get, 1, ""), 200);
    assert_string_equal(request.answer, "{\"lock_timeout\":5}");
    assert_int_equal(ask(api_lock_delay_get, 2, ""), 200);
    assert_string_equal(request.answer, "{\"lock_delay\":9}");
    assert_int_equal(ask(api_lock_timeout_post, 1, "{\"lock_timeout\":601}"), 400);
    assert_int_equal(locks()->timeout_s[0], 5);
}

static void test_wrong_numbers(void **state)
{
    static route_fn *const by_lock[] = {api_lock_timeout_get, api_lock_timeout_post,
                                        api_lock_delay_get, api_lock_delay_post};
    static route_fn *const by_code[] = {api_lock_dtmf_get, api_lock_dtmf_post};
    static const char body[] = "{\"lock_timeout\":5,\"lock_delay\":5,\"dtmf_code\":\"5\"}";

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(ask(by_lock[i], 0, body), 400);
        assert_int_equal(ask(by_lock[i], 3, body), 400);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ask(by_code[i], 3, body), 400);
        assert_string_equal(request.answer, "{\"error\":\"Wrong lock number\"}");
        assert_int_equal(ask(by_code[i], 999999999, body), 400);
    }
    assert_memory_equal(locks(), &lock_settings_default, sizeof(*locks()));
}

static void test_codes(void **state)
{
    (void)state;
    assert_int_equal(ask(api_lock_dtmf_get, 0, ""), 200);
    assert_string_equal(request.answer, "{\"dtmf_code\":\"*\"}");
    assert_int_equal(ask(api_lock_dtmf_post, 1, "{\"dtmf_code\":\"5\"}"), 200);
    assert_int_equal(ask(api_lock_dtmf_post, 1, "{\"dtmf_code\":\"A5*#\"}"), 200);
    assert_int_equal(ask(api_lock_dtmf_post, 0, "{\"dtmf_code\":\"\"}"), 200);
    assert_int_equal(ask(api_lock_dtmf_get, 1, ""), 200);
    assert_string_equal(request.answer, "{\"dtmf_code\":\"A5*#\"}");
    assert_string_equal(locks()->dtmf_code[0], "");
}

static void test_codes_that_clash_are_refused(void **state)
{
    (void)state;
    assert_int_equal(ask(api_lock_dtmf_post, 1, "{\"dtmf_code\":\"1*\"}"), 400);
    assert_string_equal(request.answer,
                        "{\"error\":\"Wrong JSON body: value `dtmf_code` is not valid\","
                        "\"field\":\"dtmf_code\",\"reason\":\"must not be the ending of code 0"
                        " (both locks), nor end with it: both would open\"}");
    assert_int_equal(ask(api_lock_dtmf_post, 1, "{\"dtmf_code\":\"0\"}"), 400);
    assert_non_null(strstr(request.answer, "the ending of code 2, nor"));
    assert_memory_equal(locks(), &lock_settings_default, sizeof(*locks()));
    assert_int_equal(ask(api_lock_dtmf_post, 1, "{\"dtmf_code\":\"#\"}"), 200); /* its own */
}

static void test_types(void **state)
{
    (void)state;
    assert_int_equal(ask(api_lock_type_post, 0,
                         "{\"locks\":[{\"lock_number\":2,\"type\":\"electromagnetic\"}]}"),
                     200);
    assert_int_equal(ask(api_lock_type_get, 0, ""), 200);
    assert_string_equal(request.answer,
                        "{\"locks\":[{\"lock_number\":1,\"type\":\"electromechanical\"},"
                        "{\"lock_number\":2,\"type\":\"electromagnetic\"}]}");
}

static void test_bad_types(void **state)
{
    static const char *const cases[][2] = {
        {"{}", "no value for `locks`"},
        {"{\"locks\":{}}", "must be a list"},
        {"{\"locks\":[1]}", "must be a list of objects"},
        {"{\"locks\":[{\"type\":\"electromagnetic\"}]}", "no value for `lock_number`"},
        {"{\"locks\":[{\"lock_number\":1}]}", "no value for `type`"},
        {"{\"locks\":[{\"lock_number\":0,\"type\":\"electromagnetic\"}]}", "must be from 1 to 2"},
        {"{\"locks\":[{\"lock_number\":3,\"type\":\"electromagnetic\"}]}", "must be from 1 to 2"},
        {"{\"locks\":[{\"lock_number\":1,\"type\":\"electromagnetic\"},"
         "{\"lock_number\":2,\"type\":\"magic\"}]}",
         "must be electromagnetic or electromechanical"},
        {"{\"locks\":[{\"lock_number\":1,\"type\":1}]}", "must be a text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("# %s\n", cases[i][0]);
        assert_int_equal(ask(api_lock_type_post, 0, cases[i][0]), 400);
        assert_non_null(strstr(request.answer, cases[i][1]));
    }
    assert_memory_equal(locks(), &lock_settings_default, sizeof(*locks()));
}

static void test_full_disk_keeps_the_old_ones(void **state)
{
    (void)state;
    fake_panel_fail_with(api.panel, ENOSPC);
    assert_int_equal(ask(api_lock_timeout_post, 1, "{\"lock_timeout\":5}"), 507);
    assert_int_equal(ask(api_lock_timeout_get, 1, ""), 200);
    assert_string_equal(request.answer, "{\"lock_timeout\":3}");
    assert_int_equal(ask(api_lock_open, 1, ""), 200); /* and the door opens */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_open),
        TEST(test_locks_that_cannot_be_opened),
        TEST(test_emergency),
        TEST(test_emergency_opens_what_it_can),
        TEST(test_bad_emergencies_do_nothing),
        TEST(test_states),
        TEST(test_times),
        TEST(test_wrong_numbers),
        TEST(test_codes),
        TEST(test_codes_that_clash_are_refused),
        TEST(test_types),
        TEST(test_bad_types),
        TEST(test_full_disk_keeps_the_old_ones),
    };

    return cmocka_run_group_tests_name("api_lock", tests, NULL, NULL);
}
