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

static struct route route;

static unsigned ask(route_fn *handle, const char *path, const char *body)
{
    fake_request_init(&request, 0, body);
    route.path = path;
    request.match.route = &route;
    handle(&api, &request);
    hand_clock_advance_ms(10); /* a change has its turn */
    timer_run_due();
    return request.status;
}

static void check_round(const char *path, const char *body, const char *shown)
{
    assert_int_equal(ask(api_settings_post, path, body), 200);
    assert_int_equal(ask(api_settings_get, path, ""), 200);
    assert_string_equal(request.answer, shown);
}

static void test_groups(void **state)
{
    (void)state;
    check_round("/api/v1/device/call/talk/timeout", "{\"talk_timeout\":90}",
                "{\"talk_timeout\":90}");
    check_round("/api/v1/device/settings/payload", "{\"payload_codec_h264\":99}",
                "{\"payload_codec_h264\":99}");
    check_round("/api/v1/device/settings/rtsp", "{\"username\":\"u\",\"password\":\"canary\"}",
                "{\"username\":\"u\",\"password\":\"WebPass\",\"is_audio_enabled\":false}");
    assert_string_equal(fake_panel_settings(api.panel)->device.rtsp_password, "canary");
    assert_int_equal(
        ask(api_settings_post, "/api/v1/device/settings/payload", "{\"payload_codec_h264\":1}"),
        400);
    assert_non_null(strstr(request.answer, "\"field\":\"payload_codec_h264\""));
    fake_panel_fail_with(api.panel, ENOSPC);
    assert_int_equal(
        ask(api_settings_post, "/api/v1/device/settings/payload", "{\"payload_codec_h264\":100}"),
        507);
    assert_int_equal(fake_panel_settings(api.panel)->device.payload_h264, 99);
}

static unsigned n_switched;

static void count(void *arg)
{
    assert_ptr_equal(arg, &api);
    n_switched++;
}

/* Only once it is stored, and only where there is HTTPS. */
static void test_https_is_switched(void **state)
{
    static const char path[] = "/api/v1/web/ssl", off[] = "{\"is_enabled\":false}";

    (void)state;
    n_switched = 0;
    assert_int_equal(ask(api_web_ssl_post, path, off), 200);
    assert_false(fake_panel_settings(api.panel)->device.is_https_on);
    api.switch_https = count;
    api.switch_arg = &api;
    assert_int_equal(ask(api_web_ssl_post, path, "{}"), 400);
    assert_int_equal(n_switched, 0);
    assert_int_equal(ask(api_web_ssl_post, path, off), 200);
    assert_int_equal(n_switched, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_groups),
        TEST(test_https_is_switched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
