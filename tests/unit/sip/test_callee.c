/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sip/callee.h"
#include "sip/identity.h"

static struct identity identity;

static int setup(void **state)
{
    struct sip_settings settings = {.proxy = "sip:10.0.0.1:5070", .realm = "pbx.test:5080"};

    (void)state;
    (void)snprintf(settings.user, sizeof(settings.user), "101");
    identity_make(&settings, &identity);
    return 0;
}

static void test_good(void **state)
{
    static const struct good {
        const char *text;
        const char *uri;
        const char *host; /* NULL: by the server */
        unsigned port;
        enum sip_transport transport;
    } good[] = {
        {"101", "sip:101@pbx.test", NULL, 0, 0},
        {"0 30/12-34 (5)", "sip:030/12345@pbx.test", NULL, 0, 0},
        {"*21#", "sip:*21%23@pbx.test", NULL, 0, 0},
        {"+49301234", "sip:+49301234@pbx.test", NULL, 0, 0},
        {"ren\xc3\xa9", "sip:ren%C3%A9@pbx.test", NULL, 0, 0},
        {"sip:101@pbx.test", "sip:101@pbx.test", NULL, 0, 0},
        {"SIP:101@PBX.test:5080", "sip:101@PBX.test:5080", NULL, 0, 0},
        {"sip:101@10.0.0.1", "sip:101@10.0.0.1", NULL, 0, 0},
        {"sip:101@10.0.0.1:5070", "sip:101@10.0.0.1:5070", NULL, 0, 0},
        {"sip:101@10.0.0.1:5071", "sip:101@10.0.0.1:5071", "10.0.0.1", 5071, 0},
        {"sip:192.168.1.2", "sip:192.168.1.2", "192.168.1.2", 0, 0},
        {"sip:192.168.1.2:5062", "sip:192.168.1.2:5062", "192.168.1.2", 5062, 0},
        {"sip:a%20b@other.test", "sip:a%20b@other.test", "other.test", 0, 0},
        {"sip:a@other.test;transport=tcp", "sip:a@other.test;transport=tcp", "other.test", 0,
         SIP_TRANSPORT_TCP},
        {"sip:a@other.test;transport=udp", "sip:a@other.test", "other.test", 0, 0},
        {"sip:a@[2001:db8::1]", "sip:a@[2001:db8::1]", "2001:db8::1", 0, 0},
        {"sip:[2001:db8::1]:5062", "sip:[2001:db8::1]:5062", "2001:db8::1", 5062, 0},
    };
    struct callee callee;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(callee_parse(good[i].text, &identity, &callee), 0);
        assert_string_equal(callee.uri, good[i].uri);
        assert_int_equal(callee.is_direct, good[i].host != NULL);
        if (!good[i].host)
            continue;
        assert_string_equal(callee.host, good[i].host);
        assert_int_equal(callee.port, good[i].port);
        assert_int_equal(callee.transport, good[i].transport);
    }
}

static void test_bad(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "a@b",
        "<101>",
        "\"101\"",
        "10\n1",
        "sip:",
        "sip:@10.0.0.2",
        "sip:101@",
        "sip:101@host",
        "sip:1@2@3.test",
        "sip:1@10.0.0.2:0",
        "sip:1@10.0.0.2:65536",
        "sip:1@10.0.0.2:x",
        "sip:1@[::1",
        "sip:1@[::1]x",
        "sip:1@[x]",
        "sip:1@[::1]:",
        "sip:1@a.test;transport=tls",
        "sip:1@a.test;lr",
        "sip:1 2@a.test",
        "sip:<1>@a.test",
        "sip:1@a.test>",
        "sips:1@a.test",
    };
    struct callee callee = {.uri = "kept"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (callee_parse(bad[i], &identity, &callee) != EINVAL)
            fail_msg("%s is taken", bad[i]);
    }
    assert_string_equal(callee.uri, "kept");
}

static void test_limits(void **state)
{
    struct callee callee;
    char text[400];

    (void)state;
    (void)snprintf(text, sizeof(text), "%0*d", CALLEE_MAX_USER, 1);
    assert_int_equal(callee_parse(text, &identity, &callee), 0);
    (void)snprintf(text, sizeof(text), "%0*d", CALLEE_MAX_USER + 1, 1);
    assert_int_equal(callee_parse(text, &identity, &callee), EINVAL);
    (void)snprintf(text, sizeof(text), "sip:%0*d@a.test", CALLEE_MAX_USER + 1, 1);
    assert_int_equal(callee_parse(text, &identity, &callee), EINVAL);
    /* all escaped, and a long host: too long for a URI of ours */
    (void)snprintf(text, sizeof(text), "sip:");
    for (int i = 0; i < CALLEE_MAX_USER; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "#");
    for (int i = 0; i < 2; i++)
        (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%060d", i ? "." : "@",
                       1);
    (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), ".test");
    assert_int_equal(callee_parse(text, &identity, &callee), EINVAL);
}

static void test_without_an_account(void **state)
{
    struct callee callee;

    (void)state;
    assert_int_equal(callee_parse("101", NULL, &callee), ENOTCONN);
    assert_int_equal(callee_parse("1@1", NULL, &callee), EINVAL);
    assert_int_equal(callee_parse("sip:101@pbx.test", NULL, &callee), 0);
    assert_true(callee.is_direct);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good, setup),
        cmocka_unit_test_setup(test_bad, setup),
        cmocka_unit_test_setup(test_limits, setup),
        cmocka_unit_test_setup(test_without_an_account, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
