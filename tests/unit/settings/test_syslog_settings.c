/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings/database.h"
#include "settings/member_json.h"
#include "settings/member_rows.h"
#include "settings/syslog_settings.h"

static struct syslog_settings settings;
static struct field_error error;

static int setup(void **state)
{
    (void)state;
    settings = syslog_settings_default;
    return 0;
}

static int read_body(const struct member_table *table, const char *body)
{
    return member_json_read(table, body, strlen(body), &settings, &error);
}

static void check_shown(const struct member_table *table, const char *want)
{
    char text[600];

    assert_true(member_json_write(table, &settings, text, sizeof(text)) > 0);
    assert_string_equal(text, want);
}

static void test_what_clients_send(void **state)
{
    (void)state;
    check_shown(&syslog_settings_server,
                "{\"enabled\":false,\"server\":{\"server\":\"\",\"port\":514,\"severity\":6},"
                "\"tag\":\"\"}");
    /* Members in the order of one client. */
    assert_int_equal(read_body(&syslog_settings_server,
                               "{\"enabled\":true,\"server\":{\"port\":45460,\"server\":"
                               "\"192.0.2.77\",\"severity\":5},\"tag\":\"\"}"),
                     0);
    check_shown(&syslog_settings_server,
                "{\"enabled\":true,\"server\":{\"server\":\"192.0.2.77\",\"port\":45460,"
                "\"severity\":5},\"tag\":\"\"}");
    assert_true(syslog_settings_check(&settings, &error));
    check_shown(&syslog_settings_transport, "{\"transport\":\"http\"}");
    assert_int_equal(read_body(&syslog_settings_transport, "{\"transport\":\"udp\"}"), 0);
    assert_int_equal(settings.transport, SYSLOG_UDP);
    /* The vendor's body knows no transport, and leaves it. */
    assert_int_equal(read_body(&syslog_settings_server,
                               "{\"enabled\":false,\"server\":{\"port\":1,\"server\":\"\"}}"),
                     0);
    assert_int_equal(settings.transport, SYSLOG_UDP);
    assert_int_equal(settings.severity, 5);
    assert_true(syslog_settings_check(&settings, &error));
    settings.is_enabled = true;
    assert_false(syslog_settings_check(&settings, &error));
    assert_string_equal(error.field, "server.server");
}

static void test_servers(void **state)
{
    static const char *const good[] = {"log", "log.example.org", "10.0.0.250", "2001:db8::7",
                                       "a_b-c.d"};
    static const char *const bad[] = {"http://log", "log:514", "log/x",   "-log",     "a..b",
                                      ".a",         "a b",     "1::2::3", "l\\u00f6g"};
    char body[200];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"enabled\":true,\"server\":{\"server\":\"%s\",\"port\":1}}", good[i]);
        print_message("# %s\n", body);
        assert_int_equal(read_body(&syslog_settings_server, body), 0);
        assert_string_equal(settings.server, good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"enabled\":true,\"server\":{\"server\":\"%s\",\"port\":1}}", bad[i]);
        print_message("# %s\n", body);
        assert_int_equal(read_body(&syslog_settings_server, body), EINVAL);
        assert_string_equal(error.field, "server.server");
    }
}

static void check_bad(const char *body, const char *field)
{
    print_message("# %s\n", body);
    assert_int_equal(read_body(&syslog_settings_server, body), EINVAL);
    assert_string_equal(error.field, field);
}

static void test_limits(void **state)
{
    char body[600], name[260];

    (void)state;
    check_bad("{}", "enabled");
    check_bad("{\"enabled\":1}", "enabled");
    check_bad("{\"enabled\":true}", "server");
    check_bad("{\"enabled\":true,\"server\":\"h\"}", "server");
    check_bad("{\"enabled\":true,\"server\":{\"server\":\"h\"}}", "server.port");
    check_bad("{\"enabled\":true,\"server\":{\"server\":\"h\",\"port\":0}}", "server.port");
    check_bad("{\"enabled\":true,\"server\":{\"server\":\"h\",\"port\":65536}}", "server.port");
    check_bad("{\"enabled\":true,\"server\":{\"server\":\"h\",\"port\":1,\"severity\":8}}",
              "server.severity");
    check_bad("{\"enabled\":true,\"server\":{\"server\":\"h\",\"port\":1},\"tag\":\"a b\"}", "tag");
    memset(name, 't', sizeof(name));
    name[SYSLOG_MAX_TAG + 1] = '\0';
    (void)snprintf(body, sizeof(body),
                   "{\"enabled\":true,\"server\":{\"server\":\"h\",\"port\":1},\"tag\":\"%s\"}",
                   name);
    check_bad(body, "tag");
    (void)snprintf(body, sizeof(body),
                   "{\"enabled\":true,\"server\":{\"server\":\"h\",\"port\":1},\"tag\":\"%s\"}",
                   name + 1);
    assert_int_equal(read_body(&syslog_settings_server, body), 0);
    memset(name, 'h', sizeof(name));
    name[HOST_MAX_LEN + 1] = '\0';
    (void)snprintf(body, sizeof(body),
                   "{\"enabled\":true,\"server\":{\"server\":\"%s\",\"port\":1}}", name);
    check_bad(body, "server.server");
    (void)snprintf(body, sizeof(body),
                   "{\"enabled\":true,\"server\":{\"server\":\"%s\",\"port\":1}}", name + 1);
    assert_int_equal(read_body(&syslog_settings_server, body), 0);
}

/* As they are stored: each name is read back into its place. */
static void test_rows(void **state)
{
    (void)state;
    assert_true(
        member_rows_read(&syslog_settings_members, "syslog.", "syslog.enabled", "on", &settings));
    assert_true(member_rows_read(&syslog_settings_members, "syslog.", "syslog.transport", "tcp",
                                 &settings));
    assert_true(
        member_rows_read(&syslog_settings_members, "syslog.", "syslog.port", "99", &settings));
    assert_true(settings.is_enabled && settings.transport == SYSLOG_TCP && settings.port == 99);
    assert_false(member_rows_read(&syslog_settings_members, "syslog.", "syslog.transport", "sctp",
                                  &settings));
    assert_false(
        member_rows_read(&syslog_settings_members, "syslog.", "syslog.severity", "8", &settings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_clients_send, setup),
        cmocka_unit_test_setup(test_servers, setup),
        cmocka_unit_test_setup(test_limits, setup),
        cmocka_unit_test_setup(test_rows, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
