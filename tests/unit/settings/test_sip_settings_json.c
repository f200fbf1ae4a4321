/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/sip_settings_json.h"

enum { MAX_BODY = 64 * 1024 };

static const struct sip_settings stored = {
    .proxy = "sip:old.example.com",
    .realm = "old.example.com",
    .user = "100",
    .password = "old-secret",
    .transport = SIP_TRANSPORT_TCP,
    .user_id = "old-id",
    .stun_ip = "127.0.0.1",
    .stun_port = 1,
    .registration_interval_s = 900,
    .outbound = "old-edge.example.com",
};

static int post(struct sip_settings *settings, const char *body, struct field_error *ret_error)
{
    memset(ret_error, 0, sizeof(*ret_error));
    return sip_settings_from_json(body, strlen(body), settings, ret_error);
}

static json_t *get(const struct sip_settings *settings)
{
    char buf[SIP_SETTINGS_JSON_MAX_LEN];
    size_t len = sip_settings_to_json(settings, buf);
    json_t *json = json_loadb(buf, len, JSON_REJECT_DUPLICATES, NULL);

    assert_int_equal(len, strlen(buf));
    assert_null(strchr(buf, '\n'));
    assert_non_null(json);
    return json;
}

static json_t *load_cases(void)
{
    const char *dir = getenv("PORTERO_TEST_DATA");
    char path[PATH_MAX];
    json_error_t error;
    json_t *cases;

    assert_non_null(dir);
    (void)snprintf(path, sizeof(path), "%s/sip-settings.json", dir);
    cases = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!cases)
        fail_msg("%s: %s", path, error.text);
    return cases;
}

/* The object that holds a dotted name, and the name's last part. */
static json_t *parent_of(json_t *root, const char *field, const char **ret_name)
{
    const char *dot = strchr(field, '.');
    char object[32];

    *ret_name = dot ? dot + 1 : field;
    if (!dot)
        return root;
    (void)snprintf(object, sizeof(object), "%.*s", (int)(dot - field), field);
    return json_object_get(root, object);
}

static json_t *member_of_json(json_t *root, const char *field)
{
    const char *name;
    json_t *parent = parent_of(root, field, &name);

    return json_object_get(parent, name);
}

static void check_refused(const char *name, const char *field, json_t *value, const char *body)
{
    struct sip_settings settings = stored;
    struct field_error error;

    if (post(&settings, body, &error) != EINVAL)
        fail_msg("%s: accepted", name);
    assert_memory_equal(&settings, &stored, sizeof(stored));
    assert_true(error.reason[0] != '\0');
    assert_int_equal(strncmp(error.error, "Wrong JSON body", 15), 0);
    /* A NUL is refused by the parser itself, which knows no members. */
    if (json_is_string(value) && strlen(json_string_value(value)) != json_string_length(value))
        field = "";
    if (strcmp(error.field, field) != 0)
        fail_msg("%s: field is \"%s\"", name, error.field);
}

static void check_accepted(json_t *test, const char *field, json_t *sent, const char *body)
{
    struct sip_settings settings = stored;
    struct field_error error;
    json_t *shown, *expected, *got;

    if (post(&settings, body, &error))
        fail_msg("%s: %s: %s", json_string_value(json_object_get(test, "name")), error.field,
                 error.reason);
    shown = get(&settings);
    expected = json_object_get(test, "default");
    if (!expected)
        expected = member_of_json(sent, field);
    got = member_of_json(shown, field);

    if (strcmp(field, "password") == 0) {
        assert_string_equal(json_string_value(got), "WebPass");
        assert_string_equal(settings.password, json_string_value(expected));
    } else if (strcmp(field, "no_such_member") == 0) {
        assert_null(got);
    } else if (strcmp(field, "outbound") == 0 && !expected) {
        assert_string_equal(json_string_value(got), stored.outbound); /* left out: it stays */
    } else if (strcmp(field, "outbound") == 0 && !*json_string_value(expected)) {
        assert_null(got);
    } else {
        assert_true(json_equal(got, expected));
    }
    json_decref(shown);
}

static void test_all_cases_of_one_member(void **state)
{
    json_t *all = load_cases();
    json_t *test;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(all, "cases"), i, test)
    {
        const char *field = json_string_value(json_object_get(test, "field"));
        json_t *value = json_object_get(test, "value");
        json_t *sent = json_deep_copy(json_object_get(all, "base"));
        const char *name;
        json_t *parent = parent_of(sent, field, &name);
        char *body;

        if (json_is_true(json_object_get(test, "missing")))
            assert_int_equal(json_object_del(parent, name), 0);
        else
            assert_int_equal(json_object_set(parent, name, value), 0);
        body = json_dumps(sent, 0);
        if (json_is_true(json_object_get(test, "accept")))
            check_accepted(test, field, sent, body);
        else
            check_refused(json_string_value(json_object_get(test, "name")), field, value, body);
        free(body);
        json_decref(sent);
    }
    assert_true(i >= 140);
    json_decref(all);
}

static void test_all_raw_bodies(void **state)
{
    json_t *all = load_cases();
    json_t *test;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(all, "raw"), i, test)
    {
        const char *body = json_string_value(json_object_get(test, "body"));
        const char *name = json_string_value(json_object_get(test, "name"));
        struct sip_settings settings = stored;
        struct field_error error;

        if (json_is_true(json_object_get(test, "accept"))) {
            if (post(&settings, body, &error))
                fail_msg("%s: %s", name, error.reason);
        } else {
            check_refused(name, strcmp(name, "stun not an object") == 0 ? "stun" : "", NULL, body);
        }
    }
    assert_true(i >= 8);
    json_decref(all);
}

#define HEAD "{\"proxy\":\"sip:a.example.com\",\"realm\":\"a.example.com\",\"user\":\"1\","
#define TAIL "\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478}"
#define GOOD HEAD "\"password\":\"123456\"," TAIL "}"

struct error_case {
    const char *body;
    const char *error;
    const char *field;
    const char *reason;
};

static const struct error_case error_cases[] = {
    {"{}", "Wrong JSON body: no value for `proxy`", "proxy", "must be given"},
    {HEAD "\"password\":null," TAIL "}", "Wrong JSON body: value `password` was of the wrong type",
     "password", "must be a text"},
    {HEAD "\"password\":\"12345\"," TAIL "}", "Wrong JSON body: value `password` is not valid",
     "password", "must have 6 to 31 characters"},
    {HEAD "\"password\":\"WebPass\"," TAIL "}", "Wrong JSON body: value `password` is not valid",
     "password", "type the password again for a new server or account"},
    {HEAD "\"password\":\"123456\"}", "Wrong JSON body: no value for `stun`", "stun",
     "must be given"},
    {HEAD "\"password\":\"123456\",\"stun\":[]}",
     "Wrong JSON body: value `stun` was of the wrong type", "stun", "must be an object"},
    {HEAD "\"password\":\"123456\",\"stun\":{\"ip\":\"a.b\"}}",
     "Wrong JSON body: no value for `stun.port`", "stun.port", "must be given"},
    {HEAD "\"password\":\"123456\",\"stun\":{\"ip\":\"a\",\"port\":1}}",
     "Wrong JSON body: value `stun.ip` is not valid", "stun.ip",
     "must be an IPv4 address or a DNS name with at least two labels"},
    {HEAD "\"password\":\"123456\",\"registration_interval\":30.0," TAIL "}",
     "Wrong JSON body: value `registration_interval` was of the wrong type",
     "registration_interval", "must be a whole number"},
    {HEAD "\"password\":\"123456\",\"registration_interval\":901," TAIL "}",
     "Wrong JSON body: value `registration_interval` is not valid", "registration_interval",
     "must be from 30 to 900"},
    {HEAD "\"password\":\"123456\",\"registration_interval\":9223372036854775808," TAIL "}",
     "Wrong JSON body", "", NULL},
    {HEAD "\"password\":\"123456\\u0000\"," TAIL "}", "Wrong JSON body", "", NULL},
    {HEAD "\"password\":\"12345\xff\"," TAIL "}", "Wrong JSON body", "", NULL},
    {HEAD "\"password\":\"123456\",\"user\":\"2\"," TAIL "}", "Wrong JSON body", "", NULL},
    {"", "Wrong JSON body", "", NULL},
    {"\"text\"", "Wrong JSON body", "", NULL},
    {"[]", "Wrong JSON body", "", "must be a JSON object"},
};

static void test_error_texts(void **state)
{
    struct sip_settings settings = stored;
    struct field_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(error_cases) / sizeof(error_cases[0]); i++) {
        const struct error_case *c = &error_cases[i];

        assert_int_equal(post(&settings, c->body, &error), EINVAL);
        assert_string_equal(error.error, c->error);
        assert_string_equal(error.field, c->field);
        if (c->reason)
            assert_string_equal(error.reason, c->reason);
        assert_memory_equal(&settings, &stored, sizeof(stored));
    }
    assert_int_equal(post(&settings, GOOD, &error), 0);
}

static void test_no_error_text_shows_what_was_sent(void **state)
{
    static const char *const bodies[] = {
        HEAD "\"password\":\"hush:hush\"," TAIL "}",
        HEAD "\"password\":\"hush-hush\" hush",
        HEAD "\"password\":{\"hush\":1}," TAIL "}",
        "hush",
    };
    struct sip_settings settings = stored;
    struct field_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_int_equal(post(&settings, bodies[i], &error), EINVAL);
        assert_null(strstr(error.reason, "hush"));
        assert_null(strstr(error.error, "hush"));
    }
}

/* Also past the end of what a short body is: nothing beyond len is read. */
static void test_any_prefix_of_a_good_body_is_refused(void **state)
{
    struct sip_settings settings = stored;
    struct field_error error;
    size_t len = strlen(GOOD);

    (void)state;
    for (size_t i = 0; i < len; i++) {
        char *copy = malloc(i ? i : 1);

        assert_non_null(copy);
        memcpy(copy, GOOD, i);
        assert_int_equal(sip_settings_from_json(copy, i, &settings, &error), EINVAL);
        free(copy);
    }
    assert_int_equal(sip_settings_from_json(NULL, 0, &settings, &error), EINVAL);
    assert_memory_equal(&settings, &stored, sizeof(stored));
}

static void test_size_and_depth_are_bounded(void **state)
{
    struct sip_settings settings = stored;
    struct field_error error;
    char *body = malloc(MAX_BODY + 1);

    (void)state;
    assert_non_null(body);
    memset(body, ' ', MAX_BODY + 1);
    memcpy(body, GOOD, strlen(GOOD));
    assert_int_equal(sip_settings_from_json(body, MAX_BODY, &settings, &error), 0);
    assert_int_equal(sip_settings_from_json(body, MAX_BODY + 1, &settings, &error), EINVAL);
    assert_string_equal(error.reason, "must not be over 64 KiB");

    memset(body, '[', MAX_BODY);
    assert_int_equal(sip_settings_from_json(body, MAX_BODY, &settings, &error), EINVAL);
    assert_string_equal(error.error, "Wrong JSON body");
    free(body);
}

static void test_the_placeholder_keeps_the_password(void **state)
{
    char buf[SIP_SETTINGS_JSON_MAX_LEN];
    struct sip_settings settings = stored;
    struct field_error error;

    (void)state;
    /* Read and write back, as a client does. */
    assert_true(sip_settings_to_json(&settings, buf) > 0);
    assert_int_equal(post(&settings, buf, &error), 0);
    assert_memory_equal(&settings, &stored, sizeof(stored));

    /* With none stored it is refused, so it can never be a password itself. */
    settings = sip_settings_default;
    assert_true(sip_settings_to_json(&settings, buf) > 0);
    assert_int_equal(post(&settings, buf, &error), EINVAL);
    assert_string_equal(error.field, "password");
    assert_memory_equal(&settings, &sip_settings_default, sizeof(settings));
}

static void test_same_body_same_state(void **state)
{
    struct sip_settings once = stored, twice = sip_settings_default;
    struct field_error error;

    (void)state;
    assert_int_equal(post(&once, GOOD, &error), 0);
    assert_int_equal(post(&twice, GOOD, &error), 0);
    assert_string_equal(once.outbound, stored.outbound);
    memset(once.outbound, 0, sizeof(once.outbound));
    assert_memory_equal(&once, &twice, sizeof(once));
}

static void test_the_default_body(void **state)
{
    char buf[SIP_SETTINGS_JSON_MAX_LEN];

    (void)state;
    assert_true(sip_settings_to_json(&sip_settings_default, buf) > 0);
    assert_string_equal(buf,
                        "{\"proxy\":\"sip:sip.example.invalid\",\"realm\":\"sip.example.invalid\","
                        "\"user\":\"panel\",\"password\":\"WebPass\",\"transport\":\"udp\","
                        "\"user_id\":\"\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478},"
                        "\"registration_interval\":30}");
    assert_true(sip_settings_to_json(&stored, buf) > 0);
    assert_non_null(
        strstr(buf, "\"registration_interval\":900,\"outbound\":\"old-edge.example.com\"}"));
    assert_null(strstr(buf, "old-secret"));
}

/* The longest of everything, and what JSON escapes, still fits. */
static void test_longest_settings_fit(void **state)
{
    struct sip_settings settings = stored;
    char buf[SIP_SETTINGS_JSON_MAX_LEN];
    json_t *shown;

    (void)state;
    memset(settings.proxy, 'a', SIP_SETTINGS_MAX_URI);
    memset(settings.realm, 'a', SIP_SETTINGS_MAX_URI);
    memset(settings.stun_ip, 'a', SIP_SETTINGS_MAX_URI);
    memset(settings.outbound, 'a', SIP_SETTINGS_MAX_URI);
    memset(settings.user, '"', SIP_SETTINGS_MAX_TEXT);
    memset(settings.user_id, '"', SIP_SETTINGS_MAX_TEXT);
    settings.stun_port = UINT16_MAX;
    assert_true(sip_settings_to_json(&settings, buf) > 4 * SIP_SETTINGS_MAX_URI);
    shown = get(&settings);
    assert_string_equal(json_string_value(json_object_get(shown, "user")), settings.user);
    json_decref(shown);
}

/* The second account is the same without `stun`, which is ignored if it comes. */
static void test_the_second_account(void **state)
{
    static const char body[] = "{\"proxy\":\"sip:b.example.com\",\"realm\":\"b.example.com\","
                               "\"user\":\"2\",\"password\":\"secret-2\"";
    struct sip_settings settings = stored;
    char buf[SIP_SETTINGS_JSON_MAX_LEN], text[400];
    struct field_error error;

    (void)state;
    (void)snprintf(text, sizeof(text), "%s}", body);
    assert_int_equal(sip_settings_second_from_json(text, strlen(text), &settings, &error), 0);
    assert_string_equal(settings.password, "secret-2");
    assert_string_equal(settings.stun_ip, stored.stun_ip);
    assert_int_equal(settings.stun_port, stored.stun_port);
    (void)snprintf(text, sizeof(text), "%s,\"stun\":{\"ip\":\"stun.example.com\",\"port\":7}}",
                   body);
    assert_int_equal(sip_settings_second_from_json(text, strlen(text), &settings, &error), 0);
    assert_string_equal(settings.stun_ip, stored.stun_ip);
    assert_true(sip_settings_second_to_json(&settings, buf) > 0);
    assert_string_equal(buf, "{\"proxy\":\"sip:b.example.com\",\"realm\":\"b.example.com\","
                             "\"user\":\"2\",\"password\":\"WebPass\",\"transport\":\"udp\","
                             "\"user_id\":\"\",\"registration_interval\":30,"
                             "\"outbound\":\"old-edge.example.com\"}");
    (void)snprintf(text, sizeof(text), "{\"proxy\":\"sip:b.example.com\"}");
    assert_int_equal(sip_settings_second_from_json(text, strlen(text), &settings, &error), EINVAL);
    assert_string_equal(error.field, "realm");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_cases_of_one_member),
        cmocka_unit_test(test_all_raw_bodies),
        cmocka_unit_test(test_error_texts),
        cmocka_unit_test(test_no_error_text_shows_what_was_sent),
        cmocka_unit_test(test_any_prefix_of_a_good_body_is_refused),
        cmocka_unit_test(test_size_and_depth_are_bounded),
        cmocka_unit_test(test_the_placeholder_keeps_the_password),
        cmocka_unit_test(test_same_body_same_state),
        cmocka_unit_test(test_the_default_body),
        cmocka_unit_test(test_longest_settings_fit),
        cmocka_unit_test(test_the_second_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
