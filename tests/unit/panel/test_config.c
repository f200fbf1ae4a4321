/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

static char file[] = "/tmp/portero-config-XXXXXX";
static struct config config;
static char message[CONFIG_MAX_MESSAGE];

static void write_file(const char *text)
{
    FILE *f = fopen(file, "we");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static int setup(void **state)
{
    int fd = mkostemp(file, O_CLOEXEC);

    (void)state;
    if (fd < 0)
        return 1;
    (void)close(fd);
    (void)unsetenv("XDG_STATE_HOME");
    (void)unsetenv("STATE_DIRECTORY");
    return setenv("HOME", "/srv/door", 1);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(file);
}

/* The options of one command line, separated by '|'; "FILE" stands for the file's path. */
static int read_config(const char *line)
{
    static char text[20000];
    char *argv[100];
    int argc = 0;

    (void)snprintf(text, sizeof(text), "%s", line);
    for (char *at = text; *line && at; argc++) {
        argv[argc] = at;
        at = strchr(at, '|');
        if (at)
            *at++ = '\0';
        if (!strcmp(argv[argc], "FILE"))
            argv[argc] = file;
    }
    memset(&config, 0x5a, sizeof(config));
    message[0] = '\0';
    return config_read(argc, argv, &config, message);
}

/* With this file and nothing else. */
static int read_text(const char *text)
{
    write_file(text);
    return read_config("--config|FILE");
}

static void test_defaults(void **state)
{
    (void)state;
    assert_int_equal(read_config(""), 0);
    assert_string_equal(config.state, "/srv/door/.local/state/portero");
    assert_string_equal(config.http, "127.0.0.1:8080");
    assert_string_equal(config.sip, "");
    assert_string_equal(config.sip_ca, "");
    assert_string_equal(config.nameserver, "");
    assert_string_equal(config.https, "");
    assert_string_equal(config.factory_password, "");
    assert_string_equal(config.device_name, "Portero");
    assert_string_equal(config.device_model, "portero");
    assert_string_equal(config.mac_address, "");
    assert_string_equal(config.serial, "");
    assert_int_equal(config.token_life_s, 0);
    assert_int_equal(config.http_max_connections, 0);
    assert_int_equal(config.keepalive_s, 25);
    assert_false(config.keepalive_options);
    assert_int_equal(config.http_max_per_address, 0);
    assert_int_equal(config.log_level, LOG_LEVEL_INFO);
    assert_false(config.simulate);
    assert_string_equal(config.relay1, "none");
    assert_string_equal(config.relay2, "none");
    assert_string_equal(config.audio_in, "alsa");
    assert_string_equal(config.audio_out, "alsa");
    assert_int_equal(config.rtp_min_port, 16384);
    assert_int_equal(config.rtp_max_port, 32767);
    assert_false(config.exit_on_reboot);
}

static void test_where_the_state_is(void **state)
{
    char path[300];

    (void)state;
    assert_int_equal(setenv("XDG_STATE_HOME", "/xdg", 1), 0);
    assert_int_equal(read_config(""), 0);
    assert_string_equal(config.state, "/xdg/portero");
    assert_int_equal(setenv("STATE_DIRECTORY", "/var/lib/door", 1), 0);
    assert_int_equal(read_config(""), 0);
    assert_string_equal(config.state, "/var/lib/door");
    assert_int_equal(read_config("--state|/given"), 0);
    assert_string_equal(config.state, "/given");
    assert_int_equal(setenv("STATE_DIRECTORY", "", 1), 0); /* as if not set */
    assert_int_equal(setenv("XDG_STATE_HOME", "", 1), 0);
    assert_int_equal(read_config(""), 0);
    assert_string_equal(config.state, "/srv/door/.local/state/portero");
    assert_int_equal(unsetenv("HOME"), 0);
    assert_int_equal(read_config(""), 0);
    assert_string_equal(config.state, "/var/lib/portero");
    memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(setenv("STATE_DIRECTORY", path, 1), 0);
    assert_int_equal(read_config(""), 0);
    assert_string_equal(config.state, ""); /* never a piece of it */
    assert_int_equal(setenv("HOME", "/srv/door", 1), 0);
    assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
}

static void test_every_option(void **state)
{
    (void)state;
    assert_int_equal(read_config("--state|/s|--http|[::1]:80|--sip|10.0.0.1:5070|--sip-ca|FILE|"
                                 "--factory-password|123456|--log-level|debug|--simulate|"
                                 "--exit-on-reboot"),
                     0);
    assert_string_equal(config.state, "/s");
    assert_string_equal(config.http, "[::1]:80");
    assert_string_equal(config.sip, "10.0.0.1:5070");
    assert_string_equal(config.sip_ca, file);
    assert_string_equal(config.factory_password, "123456");
    assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
    assert_true(config.simulate);
    assert_true(config.exit_on_reboot);
    assert_int_equal(read_config("--state=/s|--log-level=error"), 0);
    assert_string_equal(config.state, "/s");
    assert_int_equal(config.log_level, LOG_LEVEL_ERROR);
}

static void test_every_key(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("# a comment\n; another\n\n"
                  "state = /s\nhttp=[::1]:80\nsip = 10.0.0.1:5070\n"
                  "nameserver = 10.0.0.53:53\nhttps = [::]:443\nfactory_password = 123456\n"
                  "device_name = Gate 1\ndevice_model = m\n"
                  "mac_address = 02:00:00:00:00:01\n"
                  "serial = 7a3c2c4e-0000-4000-8000-00000000000F\n"
                  "token_life_s = 60\nhttp_max_connections = 700\n"
                  "keepalive_s = 0\nkeepalive_options = yes\n"
                  "relay1 = gpio:/dev/gpiochip0:17:low\nrelay2 = sim\n"
                  "http_max_per_address = 4\nlog_level = warn\nsimulate = yes\n"
                  "exit_on_reboot = yes\n"),
        0);
    assert_string_equal(config.state, "/s");
    assert_string_equal(config.http, "[::1]:80");
    assert_string_equal(config.sip, "10.0.0.1:5070");
    assert_string_equal(config.nameserver, "10.0.0.53:53");
    assert_string_equal(config.https, "[::]:443");
    assert_string_equal(config.factory_password, "123456");
    assert_string_equal(config.device_name, "Gate 1");
    assert_string_equal(config.device_model, "m");
    assert_string_equal(config.mac_address, "02:00:00:00:00:01");
    assert_string_equal(config.serial, "7a3c2c4e-0000-4000-8000-00000000000F");
    assert_int_equal(config.token_life_s, 60);
    assert_string_equal(config.relay1, "gpio:/dev/gpiochip0:17:low");
    assert_string_equal(config.relay2, "sim");
    assert_int_equal(config.http_max_connections, 700);
    assert_int_equal(config.http_max_per_address, 4);
    assert_int_equal(config.keepalive_s, 0);
    assert_true(config.keepalive_options);
    assert_int_equal(config.log_level, LOG_LEVEL_WARN);
    assert_true(config.simulate);
    assert_true(config.exit_on_reboot);
}

static void test_options_come_on_top_of_the_file(void **state)
{
    (void)state;
    write_file("state = /of-file\nhttp = 1.1.1.1:1\nsimulate = no\n");
    assert_int_equal(read_config("--state|/of-option|--config|FILE|--simulate"), 0);
    assert_string_equal(config.state, "/of-option");
    assert_string_equal(config.http, "1.1.1.1:1");
    assert_true(config.simulate);
    assert_int_equal(read_config("--config|FILE|--http|2.2.2.2:2"), 0);
    assert_string_equal(config.state, "/of-file");
    assert_string_equal(config.http, "2.2.2.2:2");
    assert_false(config.simulate);
}

static void test_the_last_of_a_repeated_option_counts(void **state)
{
    (void)state;
    assert_int_equal(read_config("--http|1.1.1.1:1|--simulate|--http|2.2.2.2:2|--simulate"), 0);
    assert_string_equal(config.http, "2.2.2.2:2");
    write_file("http = 3.3.3.3:3\n");
    assert_int_equal(read_config("--config|/nonexistent/file|--config|FILE"), 0);
    assert_string_equal(config.http, "3.3.3.3:3");
}

static void test_bad_options(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } cases[] = {
        {"--log-level|loud", "--log-level must be error, warn, info or debug"},
        {"--http|", "--http must have 1 to 255 characters"},
        {"--state|", "--state must have 1 to 255 characters"},
        {"--http", "--http needs a value (see portero --help)"},
        {"--simulate|--sip", "--sip needs a value (see portero --help)"},
        {"--nonsense", "--nonsense is not an option of portero run (see portero --help)"},
        {"--nonsense=1", "--nonsense=1 is not an option of portero run (see portero --help)"},
        {"--nameserver|1.1.1.1:53",
         "--nameserver is not an option of portero run (see portero --help)"},
        {"--simulate=yes", "--simulate=yes is not an option of portero run (see portero --help)"},
        {"-x", "-x is not an option of portero run (see portero --help)"},
        {"--simulate|-xyz", "-xyz is not an option of portero run (see portero --help)"},
        {"extra", "extra is not an option of portero run"},
        {"--simulate|extra|--simulate", "extra is not an option of portero run"},
        {"--factory-password|123456789012345678901234567890123",
         "--factory-password must have 1 to 32 printable ASCII characters"},
        {"--factory-password|a\tb",
         "--factory-password must have 1 to 32 printable ASCII characters"},
        {"--http|127.0.0.1", "http: 127.0.0.1 is not ADDR:PORT with an IP address"},
        {"--http|:80", "http: :80 is not ADDR:PORT with an IP address"},
        {"--http|localhost:80", "http: localhost:80 is not ADDR:PORT with an IP address"},
        {"--http|127.0.0.1:65536", "http: 127.0.0.1:65536 is not ADDR:PORT with an IP address"},
        {"--http|127.0.0.1:", "http: 127.0.0.1: is not ADDR:PORT with an IP address"},
        {"--http|127.0.0.1:-1", "http: 127.0.0.1:-1 is not ADDR:PORT with an IP address"},
        {"--http|::1:80", "http: ::1:80 is not ADDR:PORT with an IP address"},
        {"--http|[::1:80", "http: [::1:80 is not ADDR:PORT with an IP address"},
        {"--sip|pbx.test:5060", "sip: pbx.test:5060 is not ADDR:PORT with an IP address"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_config(cases[i].line), EINVAL);
        assert_string_equal(message, cases[i].message);
    }
}

static void test_bad_relays(void **state)
{
    (void)state;
    assert_int_equal(read_text("relay1 = sim\nrelay2 = gpio:17\n"), EINVAL);
    assert_string_equal(message,
                        "relay2: gpio:17 is not none, sim or gpio:/dev/gpiochipN:LINE[:low]");
    assert_int_equal(read_text("relay1 = on\n"), EINVAL);
    assert_string_equal(message, "relay1: on is not none, sim or gpio:/dev/gpiochipN:LINE[:low]");
    assert_int_equal(read_text("relay1 = none\nrelay2 = gpio:/dev/gpiochip1:0\n"), 0);
}

static void test_sound(void **state)
{
    static const char *const bad_ports[] = {
        "1023-2000", "2000-65536", "2000",       "2000-", "2000-2000",     "2001-2002",
        "3000-2000", "2000-3000x", "-2000-3000", "a-b",   "2000-3000-4000"};
    char line[100];

    (void)state;
    assert_int_equal(read_text("audio_in = alsa:hw:1,0\naudio_out = sim:/tmp/x.wav\n"
                               "rtp_ports = 1024-1025\n"),
                     0);
    assert_string_equal(config.audio_in, "alsa:hw:1,0");
    assert_string_equal(config.audio_out, "sim:/tmp/x.wav");
    assert_int_equal(config.rtp_min_port, 1024);
    assert_int_equal(config.rtp_max_port, 1025);
    assert_int_equal(read_text("audio_in = sim:tone=500\nsimulate = yes\n"), 0);
    assert_string_equal(config.audio_in, "sim:tone=500");
    assert_string_equal(config.audio_out, "sim");
    assert_int_equal(read_text("audio_in = sin\n"), EINVAL);
    assert_string_equal(message, "audio_in: sin is not alsa[:NAME], sim, sim:tone=HZ[,DBOV], "
                                 "sim:FILE.wav or none");
    assert_int_equal(read_text("audio_out = sim:tone=440\n"), EINVAL);
    assert_string_equal(message,
                        "audio_out: sim:tone=440 is not alsa[:NAME], sim, sim:FILE.wav or none");
    for (size_t i = 0; i < sizeof(bad_ports) / sizeof(bad_ports[0]); i++) {
        (void)snprintf(line, sizeof(line), "rtp_ports = %s\n", bad_ports[i]);
        assert_int_equal(read_text(line), EINVAL);
        assert_non_null(strstr(message, "is not MIN-MAX, two ports from 1024 to 65535"));
    }
}

static void test_bad_lines_of_the_file(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *problem;
    } cases[] = {
        {"state =\n", 1, "state must have 1 to 255 characters"},
        {"\nlog_level = loud\n", 2, "log_level must be error, warn, info or debug"},
        {"simulate = true\n", 1, "simulate must be yes or no"},
        {"simulate = YES\n", 1, "simulate must be yes or no"},
        {"exit_on_reboot = 1\n", 1, "exit_on_reboot must be yes or no"},
        {"token_life_s = 59\n", 1, "token_life_s is not a number in range"},
        {"token_life_s = 2592001\n", 1, "token_life_s is not a number in range"},
        {"token_life_s = -60\n", 1, "token_life_s is not a number in range"},
        {"token_life_s = 99999999999999999999999\n", 1, "token_life_s is not a number in range"},
        {"token_life_s = 60s\n", 1, "token_life_s is not a number in range"},
        {"token_life_s =\n", 1, "token_life_s is not a number in range"},
        {"keepalive_s = 601\n", 1, "keepalive_s is not a number in range"},
        {"keepalive_options = on\n", 1, "keepalive_options must be yes or no"},
        {"http_max_connections = 7\n", 1, "http_max_connections is not a number in range"},
        {"http_max_connections = 701\n", 1, "http_max_connections is not a number in range"},
        {"http_max_per_address = 3\n", 1, "http_max_per_address is not a number in range"},
        {"http_max_per_address = 701\n", 1, "http_max_per_address is not a number in range"},
        {"http = 1.1.1.1:1\n\n# x\ncolour = red\n", 4, "colour is not a key that portero knows"},
        {"State = /s\n", 1, "State is not a key that portero knows"},
        {"sip-ca = /s\n", 1, "sip-ca is not a key that portero knows"},
        {"[door]\nstate = /s\n", 2, "door/state is not a key that portero knows"},
        {"http = a:1\njust words\n", 2, "this line is not of the form key = value"},
        {"simulate = true\nhttp = a:1\n", 1, "simulate must be yes or no"},
        {"simulate = true\ncolour = red\n", 1, "simulate must be yes or no"},
        {"just words\nsimulate = true\n", 1, "this line is not of the form key = value"},
        {"[broken\n", 1, "this line is not of the form key = value"},
    };
    char wanted[500];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(read_text(cases[i].text), EINVAL);
        (void)snprintf(wanted, sizeof(wanted), "%s:%u: %s", file, cases[i].line, cases[i].problem);
        assert_string_equal(message, wanted);
    }
}

static void test_a_serial_is_a_uuid(void **state)
{
    static const char *const bad[] = {"1",
                                      "7a3c2c4e-0000-4000-8000-00000000000", /* too short */
                                      "7a3c2c4e-0000-4000-8000-0000000000011",
                                      "7a3c2c4e000004000080000000000000000001",
                                      "7a3c2c4g-0000-4000-8000-000000000001",
                                      "{7a3c2c4e-0000-4000-8000-00000000001}"};
    char text[100];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(text, sizeof(text), "serial = %s\n", bad[i]);
        assert_int_equal(read_text(text), EINVAL);
        assert_string_equal(message, "serial must be a UUID, 8-4-4-4-12 hex digits");
    }
}

static void test_a_file_that_cannot_be_read(void **state)
{
    (void)state;
    assert_int_equal(read_config("--config|/nonexistent/file"), ENOENT);
    assert_string_equal(message, "/nonexistent/file cannot be read: No such file or directory");
    assert_int_equal(read_config("--sip-ca|/nonexistent/ca.pem"), ENOENT);
    assert_string_equal(message, "/nonexistent/ca.pem cannot be read: No such file or directory");
    assert_int_equal(read_config("--config|/tmp"), ENOENT);
    assert_string_equal(message, "/tmp cannot be read: Is a directory");
}

static void test_long_values(void **state)
{
    char text[CONFIG_MAX_VALUE + 100], value[CONFIG_MAX_VALUE + 2];

    (void)state;
    memset(value, 'x', sizeof(value));
    value[0] = '/';
    /* inih takes lines of 198 characters */
    for (int len = 190; len <= 191; len++) {
        int wanted = len > 190 ? EINVAL : 0;

        (void)snprintf(text, sizeof(text), "state = %.*s\nhttp = 1.1.1.1:1\n", len, value);
        assert_int_equal(read_text(text), wanted);
        assert_true(wanted || (int)strlen(config.state) == len);
    }
    assert_non_null(strstr(message, ":1: this line is too long"));
    for (int len = CONFIG_MAX_VALUE; len <= CONFIG_MAX_VALUE + 1; len++) {
        int wanted = len > CONFIG_MAX_VALUE ? EINVAL : 0;

        (void)snprintf(text, sizeof(text), "--state|%.*s", len, value);
        assert_int_equal(read_config(text), wanted);
        assert_true(wanted || (int)strlen(config.state) == len);
    }
}

/* A line that begins with a blank is a line like any other: it must not silently become part
 * of the one before. */
static void test_indented_lines(void **state)
{
    (void)state;
    assert_int_equal(read_text("  state = /s\n  http = 1.1.1.1:1\n\tlog_level = warn\n"), 0);
    assert_string_equal(config.state, "/s");
    assert_string_equal(config.http, "1.1.1.1:1");
    assert_int_equal(config.log_level, LOG_LEVEL_WARN);
}

static void test_too_many_options(void **state)
{
    char line[5000] = "--simulate";

    (void)state;
    for (size_t i = 1; i < 62; i++)
        memcpy(line + i * 11 - 1, "|--simulate", 12);
    assert_int_equal(read_config(line), 0);
    memcpy(line + strlen(line), "|--simulate", 12);
    assert_int_equal(read_config(line), EINVAL);
    assert_string_equal(message, "too many options");
}

static void test_help_names_every_option(void **state)
{
    static const char *const options[] = {"--config ",
                                          "--state ",
                                          "--http ",
                                          "--sip ",
                                          "--sip-ca ",
                                          "--simulate ",
                                          "--factory-password ",
                                          "--exit-on-reboot ",
                                          "--log-level "};

    (void)state;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        assert_non_null(strstr(config_help, options[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_where_the_state_is),
        cmocka_unit_test(test_every_option),
        cmocka_unit_test(test_every_key),
        cmocka_unit_test(test_options_come_on_top_of_the_file),
        cmocka_unit_test(test_the_last_of_a_repeated_option_counts),
        cmocka_unit_test(test_bad_options),
        cmocka_unit_test(test_bad_relays),
        cmocka_unit_test(test_sound),
        cmocka_unit_test(test_bad_lines_of_the_file),
        cmocka_unit_test(test_a_serial_is_a_uuid),
        cmocka_unit_test(test_a_file_that_cannot_be_read),
        cmocka_unit_test(test_long_values),
        cmocka_unit_test(test_indented_lines),
        cmocka_unit_test(test_too_many_options),
        cmocka_unit_test(test_help_names_every_option),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
