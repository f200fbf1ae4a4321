/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings/device_settings.h"
#include "settings/member_json.h"

static int read_body(const struct member_table *table, const char *body,
                     struct device_settings *device, struct field_error *error)
{
    return device_settings_read(table, body, strlen(body), device, error);
}

static void check_good(const struct member_table *table, const char *body, const char *shown)
{
    struct device_settings device = device_settings_default;
    struct field_error error = {.field = ""};
    char text[1000];

    print_message("# %s\n", body);
    assert_int_equal(read_body(table, body, &device, &error), 0);
    assert_true(member_json_write(table, &device, text, sizeof(text)) > 0);
    assert_string_equal(text, shown);
}

static void check_bad(const struct member_table *table, const char *body, const char *field)
{
    struct device_settings device = device_settings_default;
    struct field_error error;

    print_message("# %s\n", body);
    assert_int_equal(read_body(table, body, &device, &error), EINVAL);
    assert_string_equal(error.field, field);
}

/* The bodies of field clients, and what they read back. */
static void test_what_clients_send(void **state)
{
    (void)state;
    check_good(&device_settings_timezone[0], "{\"timezone\":\"UTC+03:00\"}",
               "{\"timezone\":\"UTC+03:00\"}");
    check_good(&device_settings_timezone[1], "{\"current_timezone\":\"UTC\\u00b100:00\"}",
               "{\"current_timezone\":\"UTC\u00b100:00\"}");
    check_good(&device_settings_ntp,
               "{\"custom_server\":\"ntp.example.com\",\"enabled\":true,\"use_default\":false}",
               "{\"enabled\":true,\"use_default\":false,\"custom_server\":\"ntp.example.com\"}");
    check_good(&device_settings_video, "{\"fps\":25,\"video_resolution\":\"1280x720\"}",
               "{\"fps\":25,\"video_resolution\":\"1280x720\"}");
    check_good(&device_settings_payload, "{\"payload_codec_h264\":102}",
               "{\"payload_codec_h264\":102}");
    check_good(&device_settings_rtsp,
               "{\"username\":\"admin\",\"password\":\"s3cret\",\"is_audio_enabled\":false}",
               "{\"username\":\"admin\",\"password\":\"WebPass\",\"is_audio_enabled\":false}");
    check_good(&device_settings_static,
               "{\"ip_address\":\"192.0.2.7\",\"mask\":\"255.255.255.0\",\"gateway\":\"192.0.2.1\","
               "\"dns\":\"192.0.2.53, 192.0.2.54\"}",
               "{\"ip_address\":\"192.0.2.7\",\"mask\":\"255.255.255.0\",\"gateway\":\"192.0.2.1\","
               "\"dns\":\"192.0.2.53, 192.0.2.54\"}");
    check_good(&device_settings_wiegand,
               "{\"identifier_representation\":\"hex\",\"type\":\"wiegand_58\"}",
               "{\"identifier_representation\":\"hex\",\"type\":\"wiegand_58\"}");
    check_good(
        &device_settings_server,
        "{\"is_enabled\":true,\"protocol\":\"mqtt\",\"settings\":{\"url\":\"m.example:1883\","
        "\"password\":\"p\",\"is_heartbeat_enabled\":true,\"is_logging_enabled\":false}}",
        "{\"is_enabled\":true,\"protocol\":\"mqtt\",\"settings\":{\"url\":\"m.example:1883\","
        "\"password\":\"WebPass\",\"is_heartbeat_enabled\":true,"
        "\"is_logging_enabled\":false,\"is_encrypted\":false}}");
    check_good(&device_settings_link, "{\"link_enable\":false}",
               "{\"link_enable\":false,\"realtime_logging\":false,\"heartbeat\":false}");
    check_good(&device_settings_https, "{\"is_enabled\":false}", "{\"is_enabled\":false}");
}

static void test_limits(void **state)
{
    char body[500], text[300];

    (void)state;
    check_bad(&device_settings_timezone[0], "{\"timezone\":\"Europe/Madrid\"}", "timezone");
    check_bad(&device_settings_timezone[0], "{\"current_timezone\":\"UTC\"}", "timezone");
    check_bad(&device_settings_video, "{\"fps\":0,\"video_resolution\":\"1280x720\"}", "fps");
    check_bad(&device_settings_video, "{\"fps\":61,\"video_resolution\":\"1280x720\"}", "fps");
    check_bad(&device_settings_video, "{\"video_resolution\":\"1x1\"}", "video_resolution");
    check_bad(&device_settings_payload, "{\"payload_codec_h264\":95}", "payload_codec_h264");
    check_bad(&device_settings_payload, "{\"payload_codec_h264\":128}", "payload_codec_h264");
    check_bad(&device_settings_rtsp, "{\"username\":\"\",\"password\":\"x\"}", "username");
    check_bad(&device_settings_rtsp, "{\"username\":\"a\"}", "password");
    check_bad(&device_settings_rtsp, "{\"username\":\"a\",\"password\":\"\\u00e9\"}", "password");
    check_bad(&device_settings_static,
              "{\"ip_address\":\"192.0.2.256\",\"mask\":\"255.0.0.0\",\"gateway\":\"192.0.2.1\"}",
              "ip_address");
    check_bad(&device_settings_static,
              "{\"ip_address\":\"192.0.2.7\",\"mask\":\"255.0.0.0\",\"gateway\":\"192.0.2.1\","
              "\"dns\":\"192.0.2.53,1234567890123456\"}",
              "dns");
    check_bad(&device_settings_wiegand, "{\"identifier_representation\":\"a b\",\"type\":\"x\"}",
              "identifier_representation");
    check_bad(&device_settings_server, "{\"is_enabled\":true,\"protocol\":\"ftp\"}", "protocol");
    check_bad(&device_settings_place, "{\"unit\":10000}", "unit");
    for (int extra = 0; extra < 2; extra++) {
        struct device_settings device = device_settings_default;
        struct field_error error;

        memset(text, 'a', sizeof(text));
        text[DEVICE_SETTINGS_MAX_HOST + extra] = '\0';
        (void)snprintf(body, sizeof(body), "{\"enabled\":true,\"custom_server\":\"%s\"}", text);
        assert_int_equal(read_body(&device_settings_ntp, body, &device, &error),
                         extra ? EINVAL : 0);
        text[DEVICE_SETTINGS_MAX_PASSWORD + extra] = '\0';
        (void)snprintf(body, sizeof(body), "{\"username\":\"u\",\"password\":\"%s\"}", text);
        assert_int_equal(read_body(&device_settings_rtsp, body, &device, &error),
                         extra ? EINVAL : 0);
    }
}

/* Sent back as it is shown, a password stays; it is not sent to another server. */
static void test_secrets(void **state)
{
    struct device_settings device = device_settings_default;
    struct field_error error;

    (void)state;
    assert_false(device_settings_has_secret(&device));
    assert_int_equal(read_body(&device_settings_rtsp,
                               "{\"username\":\"a\",\"password\":\"WebPass\"}", &device, &error),
                     0); /* as it was read while there was none */
    assert_string_equal(device.rtsp_password, "");
    assert_false(device_settings_has_secret(&device));
    check_bad(&device_settings_link,
              "{\"link_enable\":true,\"link_url\":\"a:80\",\"link_password\":\"WebPass\"}",
              "link_password");
    assert_int_equal(read_body(&device_settings_rtsp,
                               "{\"username\":\"admin\",\"password\":\"s3cret\"}", &device, &error),
                     0);
    assert_true(device_settings_has_secret(&device));
    assert_int_equal(read_body(&device_settings_rtsp,
                               "{\"username\":\"other\",\"password\":\"WebPass\"}", &device,
                               &error),
                     0);
    assert_string_equal(device.rtsp_password, "s3cret");
    assert_int_equal(
        read_body(&device_settings_link,
                  "{\"link_enable\":true,\"link_url\":\"a:80\",\"link_password\":\"pw-1\"}",
                  &device, &error),
        0);
    assert_int_equal(
        read_body(&device_settings_video, "{\"video_resolution\":\"640x480\"}", &device, &error),
        0);
    assert_string_equal(device.rtsp_password, "s3cret");
    assert_string_equal(device.link_password, "pw-1");
    assert_int_equal(read_body(&device_settings_link, "{\"link_enable\":false}", &device, &error),
                     0);
    assert_string_equal(device.link_password, "pw-1");

    struct device_settings copy = device;

    assert_int_equal(
        read_body(&device_settings_link,
                  "{\"link_enable\":true,\"link_url\":\"b:80\",\"link_password\":\"WebPass\"}",
                  &copy, &error),
        EINVAL);
    assert_string_equal(error.field, "link_password");
    copy = device;
    assert_int_equal(read_body(&device_settings_link,
                               "{\"link_enable\":true,\"link_url\":\"b:80\"}", &copy, &error),
                     EINVAL);
    copy = device;
    assert_int_equal(
        read_body(&device_settings_link,
                  "{\"link_enable\":true,\"link_url\":\"b:80\",\"link_password\":\"pw-1\"}", &copy,
                  &error),
        0);
    assert_string_equal(copy.link_url, "b:80");
}

static void test_resolution(void **state)
{
    struct device_settings device = device_settings_default;
    struct field_error error;
    struct device_resolution pixels = device_settings_resolution(&device);

    (void)state;
    assert_int_equal(pixels.width, 1280);
    assert_int_equal(pixels.height, 720);
    assert_int_equal(
        read_body(&device_settings_video, "{\"video_resolution\":\"1920x1080\"}", &device, &error),
        0);
    assert_int_equal(device_settings_resolution(&device).height, 1080);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_clients_send),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_resolution),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
