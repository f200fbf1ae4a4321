/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/hand_clock.h"
#include "base/timer.h"
#include "fake_panel.h"
#include "fake_request.h"
#include "http/api.h"

static struct api api;
static struct request request;

static int setup(void **state)
{
    (void)state;
    hand_clock_stand();
    memset(&api, 0, sizeof(api));
    api.panel = fake_panel_new("first-Password");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api.panel = panel_free(api.panel);
    return 0;
}

static unsigned ask(route_fn *handle, const char *body)
{
    fake_request_init(&request, 0, body);
    handle(&api, &request);
    return request.status;
}

static void test_reboot(void **state)
{
    (void)state;
    assert_int_equal(ask(api_reboot_get, ""), 200);
    assert_int_equal(fake_panel_rebooted(api.panel), 1);
}

/* One that could not be stored does not start the panel again. */
static void test_factory_settings(void **state)
{
    (void)state;
    fake_panel_fail_with(api.panel, ENOSPC);
    assert_int_equal(ask(api_reset_post, ""), 507);
    assert_int_equal(fake_panel_rebooted(api.panel), 0);
    fake_panel_fail_with(api.panel, 0);
    assert_int_equal(ask(api_reset_post, ""), 200);
    assert_int_equal(fake_panel_rebooted(api.panel), 1);
}

/* Without a log there is nothing to empty. */
static void test_clear(void **state)
{
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"clear_fields\":[]}",
                                      "{\"clear_fields\":\"logs\"}",
                                      "{\"clear_fields\":[1]}",
                                      "{\"clear_fields\":[\"logs\",\"users\"]}",
                                      "{\"data_types\":[\"settings\"]}"};

    (void)state;
    assert_int_equal(ask(api_data_clear_post, "{\"clear_fields\":[\"logs\"]}"), 200);
    assert_int_equal(ask(api_data_clear_post, "{\"data_types\":[\"logs\"]}"), 200);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ask(api_data_clear_post, bad[i]), 400);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_reboot),
        TEST(test_factory_settings),
        TEST(test_clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
