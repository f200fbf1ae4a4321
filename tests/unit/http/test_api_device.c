/* SPDX-License-Identifier: MIT */
/* api_device.c and api_network.c. */
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

static unsigned ask(route_fn *handle, const char *name, const char *value, const char *body)
{
    fake_request_init(&request, 0, body);
    request.query[0] = name;
    request.query[1] = value;
    handle(&api, &request);
    hand_clock_advance_ms(10); /* a change has its turn */
    timer_run_due();
    return request.status;
}

static struct device_settings *device(void)
{
    return &fake_panel_settings(api.panel)->device;
}

static void check_shown(route_fn *handle, const char *text)
{
    assert_int_equal(ask(handle, NULL, NULL, ""), 200);
    if (!strstr(request.answer, text))
        assert_string_equal(request.answer, text);
}

static void test_time_and_zone(void **state)
{
    (void)state;
    assert_int_equal(ask(api_timezone_post, NULL, NULL, "{\"current_timezone\":\"UTC+03:00\"}"),
                     200);
    check_shown(api_timezone_get,
                "{\"timezone\":\"UTC+03:00\",\"current_timezone\":\"UTC+03:00\"}");
    assert_int_equal(ask(api_timezone_post, NULL, NULL, "{\"timezone\":\"UTC-03:30\"}"), 200);
    check_shown(api_device_time_get, "\"device_timezone\":\"UTC-03:30\"");
    check_shown(api_device_time_get, "\"timezone\":\"UTC-03:30\"");
    assert_int_equal(ask(api_timezone_post, NULL, NULL, "{\"timezone\":\"Mars\"}"), 400);
    assert_int_equal(ask(api_timezone_post, NULL, NULL, "{}"), 400);
    assert_int_equal(ask(api_timezone_post, NULL, NULL, "["), 400);
    assert_string_equal(device()->timezone, "UTC-03:30");
}

static void test_language(void **state)
{
    (void)state;
    assert_int_equal(ask(api_language_post, "language", "Deutsch", ""), 200);
    check_shown(api_language_get,
                "{\"current_language\":\"Deutsch\",\"all_supported_languages\":[\"English\"");
    assert_int_equal(ask(api_language_post, "language", "deutsch", ""), 400);
    assert_int_equal(ask(api_language_post, "lang", "Deutsch", ""), 400);
}

static void test_mode(void **state)
{
    static const char *const bad[] = {"", "x", "-1", "10000", "1x", " 1", "99999999999999999999"};

    (void)state;
    assert_int_equal(ask(api_mode_wall_post, "noUnit", "true", ""), 200);
    check_shown(api_mode_get, "{\"current_panel_mode\":\"Wall\",\"building\":1,\"unit\":1,"
                              "\"device\":1,\"noUnit\":true}");
    assert_int_equal(ask(api_mode_unit_post, "unit", "9999", ""), 200);
    check_shown(api_mode_get, "{\"current_panel_mode\":\"Unit\",\"building\":1,\"unit\":9999,"
                              "\"device\":1,\"noUnit\":false}");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ask(api_mode_wall_post, "device", bad[i], ""), 400);
    assert_int_equal(ask(api_mode_wall_post, "noUnit", "1", ""), 400);
    assert_int_equal(device()->mode, DEVICE_MODE_UNIT);
}

static void test_network(void **state)
{
    static const char body[] = "{\"ip_address\":\"192.0.2.7\",\"mask\":\"255.255.255.0\","
                               "\"gateway\":\"192.0.2.1\",\"dns\":\"192.0.2.53\"}";

    (void)state;
    memcpy(api.dns, "192.0.2.99", sizeof("192.0.2.99"));
    check_shown(api_network_get, "\"dns\":\"192.0.2.99\"");
    assert_int_equal(ask(api_network_static_post, NULL, NULL, body), 200);
    check_shown(api_network_get,
                "{\"dhcp\":false,\"ip_address\":\"192.0.2.7\",\"mask\":\"255.255.255.0\","
                "\"gateway\":\"192.0.2.1\",\"dns\":\"192.0.2.53\"}");
    assert_int_equal(ask(api_network_dhcp_post, NULL, NULL, ""), 200);
    assert_int_equal(ask(api_network_static_post, NULL, NULL, "{\"ip_address\":\"192.0.2.7\"}"),
                     400);
    check_shown(api_network_get, "{\"dhcp\":true,");
    check_shown(api_network_mac_get, "{\"mac_address\":\"02:00:00:00:00:01\"}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_time_and_zone),
        TEST(test_language),
        TEST(test_mode),
        TEST(test_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
