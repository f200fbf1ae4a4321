/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "settings/host.h"

enum { BARE = HOST_FORM_BARE, PORT = HOST_FORM_PORT, PROXY = HOST_FORM_SCHEME | HOST_FORM_PORT };

struct good_case {
    const char *text;
    unsigned form;
    const char *name;
    unsigned port;
    bool is_address;
};

static const struct good_case good[] = {
    {"10.0.0.1", BARE, "10.0.0.1", 0, true},
    {"0.0.0.0", BARE, "0.0.0.0", 0, true},
    {"255.255.255.255", BARE, "255.255.255.255", 0, true},
    {"a.b", BARE, "a.b", 0, false},
    {"1.2.3.4a", BARE, "1.2.3.4a", 0, false},
    {"1-2.x", BARE, "1-2.x", 0, false},
    {"_sip._udp.x_", BARE, "_sip._udp.x_", 0, false},
    {"sip.example.com", BARE, "sip.example.com", 0, false},
    {"PBX.Example.Com:1", PORT, "PBX.Example.Com", 1, false},
    {"10.0.0.1:65535", PORT, "10.0.0.1", 65535, true},
    {"10.0.0.1:05060", PORT, "10.0.0.1", 5060, true},
    {"sip:pbx.example.com", PROXY, "pbx.example.com", 0, false},
    {"SiP:10.0.0.250:5060", PROXY, "10.0.0.250", 5060, true},
    {"pbx.example.com:5080", PROXY, "pbx.example.com", 5080, false},
};

struct bad_case {
    const char *text;
    unsigned form;
    const char *words; /* in the reason */
};

static const struct bad_case bad[] = {
    {"", BARE, "IPv4 address or a DNS name"},
    {"sip:", PROXY, "IPv4 address or a DNS name"},
    {":5060", PORT, "IPv4 address or a DNS name"},
    {"localhost", BARE, "two labels"},
    {"sips:pbx.example.com", PROXY, "two labels"},
    {"http://pbx.example.com", PROXY, "two labels"},
    {"sip:sip:pbx.example.com", PROXY, "two labels"},
    {"a..b", BARE, "empty labels"},
    {".a.b", BARE, "empty labels"},
    {"a.b.", BARE, "empty labels"},
    {"-a.b", BARE, "'-' at an end"},
    {"a-.b", BARE, "'-' at an end"},
    {"a.-", BARE, "'-' at an end"},
    {"a b.c", BARE, "letters, digits"},
    {"a.b ", BARE, "letters, digits"},
    {"a.b\n", BARE, "letters, digits"},
    {"a+b.c", BARE, "letters, digits"},
    {"u@a.b", BARE, "letters, digits"},
    {"a.b;lr", BARE, "letters, digits"},
    {"a.b/c", BARE, "letters, digits"},
    {"\xc3\xa4.de", BARE, "letters, digits"},
    {"a.1", BARE, "all digits"},
    {"1.2.3", BARE, "four parts"},
    {"1.2.3.4.5", BARE, "four parts"},
    {"1.2.3.4.", BARE, "four parts"},
    {"1.2.3.256", BARE, "four parts"},
    {"1.2.3.04", BARE, "four parts"},
    {"00.2.3.4", BARE, "four parts"},
    {"1.2..4", BARE, "four parts"},
    {"1234", BARE, "four parts"},
    {"...", BARE, "four parts"},
    {"1.2.3.4294967297", BARE, "four parts"},
    {"a.b:5060", BARE, "without a port"},
    {"a.b:", PORT, "1 to 65535"},
    {"a.b:0", PORT, "1 to 65535"},
    {"a.b:65536", PORT, "1 to 65535"},
    {"a.b:99999", PORT, "1 to 65535"},
    {"a.b:000080", PORT, "1 to 65535"},
    {"a.b:4294967297", PORT, "1 to 65535"},
    {"a.b:+80", PORT, "1 to 65535"},
    {"a.b:-1", PORT, "1 to 65535"},
    {"a.b: 80", PORT, "1 to 65535"},
    {"a.b:80x", PORT, "1 to 65535"},
    {"a.b:80:81", PORT, "1 to 65535"},
    {"sip:a.b", PORT, "without 'sip:'"},
    {"SIP:a.b", BARE, "without 'sip:'"},
    {"[::1]", BARE, "IPv6"},
    {"sip:[::1]:5060", PROXY, "IPv6"},
};

static void test_good_hosts_are_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct host host;
        const char *wrong = host_parse(good[i].text, good[i].form, &host);

        if (wrong)
            fail_msg("%s: %s", good[i].text, wrong);
        assert_string_equal(host.name, good[i].name);
        assert_int_equal(host.port, good[i].port);
        assert_int_equal(host.is_address, good[i].is_address);
        assert_null(host_parse(good[i].text, good[i].form, NULL));
    }
}

static void test_bad_hosts_are_refused_with_a_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct host host = {.name = "as before", .port = 7};
        const char *wrong = host_parse(bad[i].text, bad[i].form, &host);

        if (!wrong || !strstr(wrong, bad[i].words))
            fail_msg("\"%s\": %s", bad[i].text, wrong ? wrong : "taken");
        assert_int_equal(strncmp(wrong, "must ", 5), 0);
        assert_string_equal(host.name, "as before");
        assert_int_equal(host.port, 7);
    }
}

/* labels of 63 and a last one that makes the whole len long */
static void make_name(char *buf, size_t len)
{
    memset(buf, 'a', len);
    buf[len] = '\0';
    for (size_t i = 63; i < len; i += 64)
        buf[i] = '.';
}

static void test_lengths(void **state)
{
    char text[2 * HOST_MAX_LEN];
    struct host host;

    (void)state;
    make_name(text, HOST_MAX_LEN);
    assert_null(host_parse(text, BARE, &host));
    assert_int_equal(strlen(host.name), HOST_MAX_LEN);
    memcpy(text + HOST_MAX_LEN, ":65535", sizeof(":65535"));
    assert_null(host_parse(text, PORT, &host));
    assert_int_equal(host.port, 65535);

    make_name(text, HOST_MAX_LEN + 1);
    assert_non_null(strstr(host_parse(text, BARE, &host), "253"));
    make_name(text, sizeof(text) - 1);
    assert_non_null(strstr(host_parse(text, BARE, &host), "253"));

    memset(text, 'a', 64);
    memcpy(text + 64, ".com", 5);
    assert_non_null(strstr(host_parse(text, BARE, &host), "63"));
    assert_null(host_parse(text + 1, BARE, &host));
}

/* All bytes that a label may not hold, in the middle of one. */
static void test_every_byte(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        char text[] = "a?a.com";
        bool is_good =
            strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", c);

        text[1] = (char)c;
        assert_int_equal(!host_parse(text, BARE, NULL), is_good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_hosts_are_taken_apart),
        cmocka_unit_test(test_bad_hosts_are_refused_with_a_reason),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
