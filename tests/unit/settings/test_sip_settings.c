/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "settings/sip_settings.h"

static const struct sip_settings stored = {
    .proxy = "sip:pbx.example.com:5060",
    .realm = "example.com",
    .user = "101",
    .password = "123ab6",
    .transport = SIP_TRANSPORT_TLS,
    .user_id = "auth101",
    .stun_ip = "stun.example.com",
    .stun_port = 3478,
    .registration_interval_s = 60,
    .outbound = "sip:edge.example.com",
};

static bool set(struct sip_settings *settings, const char *name, const char *text,
                struct field_error *ret_error)
{
    const struct member *member = member_find(&sip_settings_members, name);

    assert_non_null(member);
    return member_set_text(member, settings, text, ret_error);
}

static void test_every_default_is_a_good_value(void **state)
{
    const struct member_table *table = &sip_settings_members;
    struct sip_settings copy = {.stun_port = 0};
    struct field_error error;

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const struct member *member = &table->members[i];

        if (strcmp(member->name, "password") == 0)
            continue;
        if (member->type == MEMBER_UINT16)
            assert_true(member_set_number(member, &copy,
                                          member_number(member, &sip_settings_default), &error));
        else
            assert_true(
                member_set_text(member, &copy, member_text(member, &sip_settings_default), &error));
    }
    assert_memory_equal(&copy, &sip_settings_default, sizeof(copy));
}

static void test_text_lengths(void **state)
{
    static const struct {
        const char *name;
        size_t min;
    } texts[] = {{"user", 1}, {"password", 6}, {"user_id", 0}};
    static const char *const reasons[] = {
        "must have 1 to 31 characters",
        "must have 6 to 31 characters",
        "must have 0 to 31 characters",
    };
    struct sip_settings settings;
    struct field_error error;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t len = 0; len <= 40; len++) {
            char text[64] = "";
            bool is_good = len >= texts[i].min && len <= SIP_SETTINGS_MAX_TEXT;

            memset(text, 'x', len);
            settings = stored;
            assert_int_equal(set(&settings, texts[i].name, text, &error), is_good);
            if (is_good)
                continue;
            assert_string_equal(error.field, texts[i].name);
            assert_string_equal(error.reason, reasons[i]);
            assert_memory_equal(&settings, &stored, sizeof(stored));
        }
    }
}

static void test_text_set(void **state)
{
    static const char set_of_page[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        " ~`!@#$%^&;*()_-+={[}]|\"<,>.?/";
    struct sip_settings settings = stored;
    struct field_error error;

    (void)state;
    for (int c = 1; c < 256; c++) {
        char text[] = "aaa?aaa";

        text[3] = (char)c;
        assert_int_equal(set(&settings, "user", text, &error), strchr(set_of_page, c) != NULL);
    }
    assert_false(set(&settings, "user", "a:b", &error));
    assert_string_equal(error.reason, "may only hold letters, digits, space and"
                                      " ~`!@#$%^&;*()_-+={[}]|\"<,>.?/");
    assert_string_equal(error.error, "Wrong JSON body: value `user` is not valid");
}

static void test_numbers(void **state)
{
    const struct member *port = member_find(&sip_settings_members, "stun.port");
    const struct member *interval = member_find(&sip_settings_members, "registration_interval");
    static const long long bad_ports[] = {0, -1, 65536, 65536 + 3478, INT64_MAX, INT64_MIN};
    static const long long bad_intervals[] = {29, 901, 0, -30, 65536 + 30, INT64_MAX};
    struct sip_settings settings = stored;
    struct field_error error;

    (void)state;
    for (long long n = 1; n <= 65535; n++)
        assert_true(member_set_number(port, &settings, n, &error) && settings.stun_port == n);
    for (long long n = 30; n <= 900; n++)
        assert_true(member_set_number(interval, &settings, n, &error) &&
                    settings.registration_interval_s == n);
    for (size_t i = 0; i < 6; i++) {
        assert_false(member_set_number(port, &settings, bad_ports[i], &error));
        assert_string_equal(error.reason, "must be from 1 to 65535");
        assert_false(member_set_number(interval, &settings, bad_intervals[i], &error));
        assert_string_equal(error.reason, "must be from 30 to 900");
    }
    assert_int_equal(settings.stun_port, 65535);
    assert_int_equal(settings.registration_interval_s, 900);
}

static void test_transport(void **state)
{
    static const char *const bad[] = {"", "UDP", "udp ", "sctp", "ws", "tl", "tlss"};
    struct sip_settings settings = stored;
    struct field_error error;

    (void)state;
    for (enum sip_transport t = SIP_TRANSPORT_UDP; t <= SIP_TRANSPORT_TLS; t++) {
        assert_true(set(&settings, "transport", sip_transport_name(t), &error));
        assert_int_equal(settings.transport, t);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(set(&settings, "transport", bad[i], &error));
        assert_string_equal(error.reason, "must be udp, tcp or tls");
    }
    assert_int_equal(settings.transport, SIP_TRANSPORT_TLS);
}

static void test_longest_address(void **state)
{
    char text[SIP_SETTINGS_MAX_URI + 2] = "sip:";
    struct sip_settings settings = stored;
    struct field_error error;

    (void)state;
    memset(text + 4, 'a', 253);
    for (size_t i = 63; i < 253; i += 64)
        text[4 + i] = '.';
    memcpy(text + 257, ":65535", 7);
    assert_true(set(&settings, "proxy", text, &error));
    assert_string_equal(settings.proxy, text);
    assert_true(set(&settings, "outbound", text, &error));
    assert_true(set(&settings, "realm", text + 4, &error));
    text[257] = '\0';
    assert_true(set(&settings, "stun.ip", text + 4, &error));
    text[257] = 'a';
    text[258] = '\0';
    assert_false(set(&settings, "stun.ip", text + 4, &error));
    assert_string_equal(error.field, "stun.ip");
}

/* A shorter password must not leave the end of the one before behind. */
static void test_setting_a_text_clears_the_rest(void **state)
{
    static const char zero[SIP_SETTINGS_MAX_TEXT] = {0};
    struct sip_settings settings = {.password = "a-long-password-of-31-character"};
    struct field_error error;

    (void)state;
    assert_true(set(&settings, "password", "123456", &error));
    assert_memory_equal(settings.password + 6, zero, sizeof(settings.password) - 6);
}

struct keep_case {
    const char *name;
    const char *text;
    bool may_keep;
};

static const struct keep_case keep_cases[] = {
    {"user", "101", true},
    {"user", "102", false},
    {"user", "101 ", false},
    {"user_id", "auth102", false},
    {"user_id", "AUTH101", false},
    {"user_id", "", false},
    {"proxy", "sip:pbx.example.com", true},
    {"proxy", "pbx.example.com:5061", true},
    {"proxy", "SIP:PBX.Example.COM", true},
    {"proxy", "sip:pbx.example.org", false},
    {"proxy", "sip:pbx.example.com.evil.org", false},
    {"proxy", "sip:10.0.0.1", false},
    {"realm", "EXAMPLE.com:5070", true},
    {"realm", "example.org", false},
    {"outbound", "edge.example.com:5062", true},
    {"outbound", "evil.example.com", false},
    {"outbound", "", false},
    {"transport", "tls", true},
    {"transport", "tcp", false},
    {"transport", "udp", false},
    {"stun.ip", "10.0.0.9", true},
};

static void test_when_the_password_may_stay(void **state)
{
    struct sip_settings changed, other;
    struct field_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(keep_cases) / sizeof(keep_cases[0]); i++) {
        const struct keep_case *c = &keep_cases[i];

        changed = stored;
        assert_true(set(&changed, c->name, c->text, &error));
        if (sip_settings_may_keep_password(&stored, &changed) != c->may_keep)
            fail_msg("%s -> %s", c->name, c->text);
    }
    changed = stored;
    changed.stun_port = 1;
    changed.registration_interval_s = 900;
    assert_true(sip_settings_may_keep_password(&stored, &changed));

    /* To TLS is fine, between udp and tcp too; without a stored one never. */
    other = stored;
    other.transport = SIP_TRANSPORT_UDP;
    assert_true(sip_settings_may_keep_password(&other, &stored));
    changed.transport = SIP_TRANSPORT_TCP;
    assert_true(sip_settings_may_keep_password(&other, &changed));
    other = stored;
    other.password[0] = '\0';
    assert_false(sip_settings_may_keep_password(&other, &stored));
    /* A new outbound proxy where there was none gets to see the digest too. */
    other = stored;
    other.outbound[0] = '\0';
    assert_false(sip_settings_may_keep_password(&other, &stored));
    assert_true(sip_settings_may_keep_password(&other, &other));
}

static void test_stun_is_off_at_127_0_0_1_and_without_udp(void **state)
{
    struct sip_settings settings = stored;

    (void)state;
    assert_false(sip_settings_has_stun(&settings));
    settings.transport = SIP_TRANSPORT_TCP;
    assert_false(sip_settings_has_stun(&settings));
    settings.transport = SIP_TRANSPORT_UDP;
    assert_true(sip_settings_has_stun(&settings));
    memcpy(settings.stun_ip, "127.0.0.1", 10);
    assert_false(sip_settings_has_stun(&settings));
    assert_false(sip_settings_has_stun(&sip_settings_default));
}

static void test_wipe(void **state)
{
    static const struct sip_settings zero;
    struct sip_settings settings = stored;

    (void)state;
    sip_settings_wipe(&settings);
    assert_memory_equal(&settings, &zero, sizeof(zero));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_default_is_a_good_value),
        cmocka_unit_test(test_text_lengths),
        cmocka_unit_test(test_text_set),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_transport),
        cmocka_unit_test(test_longest_address),
        cmocka_unit_test(test_setting_a_text_clears_the_rest),
        cmocka_unit_test(test_when_the_password_may_stay),
        cmocka_unit_test(test_stun_is_off_at_127_0_0_1_and_without_udp),
        cmocka_unit_test(test_wipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
