/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sip/digest.h"
#include "sip/identity.h"

static const struct sip_settings base_settings = {
    .proxy = "sip:pbx.example.com",
    .realm = "pbx.example.com",
    .user = "101",
    .password = "secret1",
    .stun_ip = "127.0.0.1",
    .stun_port = 3478,
    .registration_interval_s = 30,
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

static void set(char *member, size_t size, const char *value)
{
    assert_true(strlen(value) < size);
    memset(member, 0, size);
    memcpy(member, value, strlen(value));
}

#define SET(settings, member, value) set((settings)->member, sizeof((settings)->member), value)

static void test_cases_of_the_data_file(void **state)
{
    const char *dir = getenv("PORTERO_TEST_DATA");
    char path[PATH_MAX];
    json_t *file, *one;
    size_t i;

    (void)state;
    assert_non_null(dir);
    (void)snprintf(path, sizeof(path), "%s/sip-identity.json", dir);
    file = json_load_file(path, 0, NULL);
    assert_true(json_array_size(json_object_get(file, "cases")) >= 8);
    json_array_foreach(json_object_get(file, "cases"), i, one)
    {
        struct sip_settings settings = base_settings;
        struct identity id;
        char quoted[80];

        SET(&settings, user, text_of(one, "user"));
        SET(&settings, user_id, text_of(one, "user_id"));
        SET(&settings, realm, text_of(one, "realm"));
        identity_make(&settings, &id);
        assert_string_equal(id.request_uri, text_of(one, "request_uri"));
        assert_string_equal(id.aor, text_of(one, "aor"));
        assert_true(digest_quote(id.auth_username, quoted, sizeof(quoted)) > 0);
        assert_string_equal(quoted, text_of(one, "digest_username"));
        assert_string_equal(id.route, "");
        /* From and To hold what the Contact holds, but for separators. */
        assert_true(strlen(id.contact_user) >= strlen(id.user));
    }
    json_decref(file);
}

static void test_contact_user_has_no_separators(void **state)
{
    static const char set_of_users[] = "abcXYZ019 ~`!@#$%^&;*()_-+={[}]|\"<,>.?/";
    struct sip_settings settings = base_settings;
    struct identity id;

    (void)state;
    for (const char *c = set_of_users; *c; c++) {
        char user[] = {'a', *c, 'b', '\0'};
        char kept[8], escaped[8];

        SET(&settings, user, user);
        identity_make(&settings, &id);
        assert_null(strpbrk(id.contact_user, " ,;?&=+$/@:<>\"\\[]{}|^`#"));
        (void)snprintf(kept, sizeof(kept), "a%cb", *c);
        (void)snprintf(escaped, sizeof(escaped), "a%%%02Xb", (unsigned char)*c);
        assert_true(!strcmp(id.contact_user, kept) || !strcmp(id.contact_user, escaped));
        assert_true(!strcmp(id.user, kept) || !strcmp(id.user, escaped));
    }
}

static void test_longest_user_and_hosts(void **state)
{
    struct sip_settings settings = base_settings;
    char host[HOST_MAX_LEN + 8];
    struct identity id;

    (void)state;
    memset(settings.user, '@', SIP_SETTINGS_MAX_TEXT);
    for (int i = 0; i < HOST_MAX_LEN; i++)
        host[i] = i % 50 == 49 ? '.' : 'a';
    memcpy(host + HOST_MAX_LEN, ":65535", sizeof(":65535"));
    SET(&settings, realm, host);
    memcpy(settings.outbound, "sip:", 4);
    memcpy(settings.outbound + 4, host, strlen(host));
    settings.transport = SIP_TRANSPORT_TLS;
    identity_make(&settings, &id);
    assert_int_equal(strlen(id.user), 3 * SIP_SETTINGS_MAX_TEXT);
    assert_int_equal(strlen(id.realm.name), HOST_MAX_LEN);
    assert_int_equal(strlen(id.request_uri), 4 + HOST_MAX_LEN + 6);
    assert_int_equal(strlen(id.aor), 4 + 3 * SIP_SETTINGS_MAX_TEXT + 1 + HOST_MAX_LEN);
    assert_int_equal(strlen(id.route), 4 + HOST_MAX_LEN + 6 + strlen(";lr;transport=tls"));
}

static void test_next_hop_and_route(void **state)
{
    static const struct {
        const char *proxy, *outbound;
        enum sip_transport transport;
        const char *name;
        unsigned port;
        const char *route;
    } cases[] = {
        {"sip:a.b", "", SIP_TRANSPORT_UDP, "a.b", 0, ""},
        {"SIP:a.b:5070", "", SIP_TRANSPORT_TCP, "a.b", 5070, ""},
        {"10.0.0.1:1", "", SIP_TRANSPORT_TLS, "10.0.0.1", 1, ""},
        {"sip:a.b", "edge.b", SIP_TRANSPORT_UDP, "edge.b", 0, "sip:edge.b;lr"},
        {"sip:a.b", "sip:edge.b:5090", SIP_TRANSPORT_TCP, "edge.b", 5090,
         "sip:edge.b:5090;transport=tcp;lr"},
        {"sip:a.b", "Sip:10.0.0.1", SIP_TRANSPORT_TLS, "10.0.0.1", 0,
         "sip:10.0.0.1;transport=tls;lr"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sip_settings settings = base_settings;
        struct identity id;

        SET(&settings, proxy, cases[i].proxy);
        SET(&settings, outbound, cases[i].outbound);
        settings.transport = cases[i].transport;
        identity_make(&settings, &id);
        assert_string_equal(id.next_hop.name, cases[i].name);
        assert_int_equal(id.next_hop.port, cases[i].port);
        assert_string_equal(id.route, cases[i].route);
        assert_string_equal(id.aor, "sip:101@pbx.example.com");
    }
}

static void test_same_account(void **state)
{
    static const struct {
        const char *proxy, *realm, *user, *password, *user_id, *outbound;
        enum sip_transport transport;
        bool is_same_account, is_same_aor;
    } cases[] = {
        {NULL, NULL, NULL, NULL, NULL, NULL, SIP_TRANSPORT_UDP, true, true},
        {NULL, NULL, NULL, "another1", NULL, NULL, SIP_TRANSPORT_UDP, true, true},
        {NULL, NULL, NULL, NULL, "id", NULL, SIP_TRANSPORT_UDP, true, true},
        {"SIP:PBX.example.com", NULL, NULL, NULL, NULL, NULL, SIP_TRANSPORT_UDP, true, true},
        {NULL, "PBX.example.com", NULL, NULL, NULL, NULL, SIP_TRANSPORT_UDP, true, true},
        {"sip:pbx2.example.com", NULL, NULL, NULL, NULL, NULL, SIP_TRANSPORT_UDP, false, true},
        {"sip:pbx.example.com:5070", NULL, NULL, NULL, NULL, NULL, SIP_TRANSPORT_UDP, false, true},
        {NULL, "pbx.example.com:5070", NULL, NULL, NULL, NULL, SIP_TRANSPORT_UDP, false, true},
        {NULL, NULL, NULL, NULL, NULL, "edge.example.com", SIP_TRANSPORT_UDP, false, true},
        {NULL, NULL, NULL, NULL, NULL, NULL, SIP_TRANSPORT_TCP, false, true},
        {NULL, "other.example.com", NULL, NULL, NULL, NULL, SIP_TRANSPORT_UDP, false, false},
        {NULL, NULL, "102", NULL, NULL, NULL, SIP_TRANSPORT_UDP, false, false},
        {NULL, NULL, "10", NULL, NULL, NULL, SIP_TRANSPORT_UDP, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sip_settings other = base_settings;

        SET(&other, proxy, cases[i].proxy ? cases[i].proxy : base_settings.proxy);
        SET(&other, realm, cases[i].realm ? cases[i].realm : base_settings.realm);
        SET(&other, user, cases[i].user ? cases[i].user : base_settings.user);
        SET(&other, password, cases[i].password ? cases[i].password : base_settings.password);
        SET(&other, user_id, cases[i].user_id ? cases[i].user_id : "");
        SET(&other, outbound, cases[i].outbound ? cases[i].outbound : "");
        other.transport = cases[i].transport;
        assert_int_equal(identity_is_same_account(&base_settings, &other),
                         cases[i].is_same_account);
        assert_int_equal(identity_is_same_account(&other, &base_settings),
                         cases[i].is_same_account);
        assert_int_equal(identity_is_same_aor(&base_settings, &other), cases[i].is_same_aor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_of_the_data_file),
        cmocka_unit_test(test_contact_user_has_no_separators),
        cmocka_unit_test(test_longest_user_and_hosts),
        cmocka_unit_test(test_next_hop_and_route),
        cmocka_unit_test(test_same_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
