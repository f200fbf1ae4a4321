/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/identifier.h"
#include "access/identifier_json.h"
#include "settings/field_error.h"

#define OWNER "\"identifier_owner\":{\"name\":\"12\",\"type\":\"owner\"}"
#define BASE OWNER ",\"identifier_type\":\"card\",\"identifier_number\":\"1-2\",\"lock\":\"first\""
#define CARD OWNER ",\"identifier_type\":\"card\",\"identifier_number\":\"12\",\"lock\":\"first\""

static bool read_text(const char *body, enum identifier_need need, struct identifier *it,
                      struct field_error *error)
{
    json_t *root = json_loads(body, 0, NULL);
    bool is_good;

    assert_non_null(root);
    is_good = identifier_from_json(root, need, it, error);
    json_decref(root);
    return is_good;
}

static struct identifier whole(const char *body)
{
    struct identifier it = {.uid = 0};
    struct field_error error = {.error = ""};

    if (!read_text(body, IDENTIFIER_WHOLE, &it, &error))
        fail_msg("%s: %s", error.error, error.reason);
    assert_true(identifier_is_good(&it));
    return it;
}

static void test_as_clients_send_it(void **state)
{
    struct identifier it = whole(
        "{\"identifier_number\":\"00-00-00-1A-2B-3C-4D\",\"identifier_owner\":{\"name\":\"12\","
        "\"type\":\"owner\"},\"identifier_type\":\"card\",\"lock\":\"first\",\"valid\":{\"passes\":"
        "{\"is_permanent\":true,\"max_passes\":null,\"time\":{\"from\":null,\"is_permanent\":true,"
        "\"to\":null}}}}");

    (void)state;
    assert_string_equal(it.number, "00-00-00-1A-2B-3C-4D");
    assert_string_equal(it.name, "12");
    assert_true(it.is_time_permanent && it.is_passes_permanent);

    it = whole("{" CARD "}");
    assert_true(it.is_time_permanent && it.is_passes_permanent);

    it = whole("{" CARD ",\"valid\":{\"time\":{\"is_permanent\":true,\"from\":0,\"to\":0},"
               "\"passes\":{\"is_permanent\":true,\"max_passes\":0}}}");
    assert_true(it.is_time_permanent && it.is_passes_permanent && it.max_passes == 0);

    it = whole("{" CARD ",\"valid\":{\"passes\":{\"is_permanent\":false,\"max_passes\":3,\"time\":"
               "{\"is_permanent\":false,\"from\":5,\"to\":9}}}}");
    assert_false(it.is_time_permanent || it.is_passes_permanent);
    assert_true(it.from_s == 5 && it.to_s == 9 && it.max_passes == 3 && it.passes_left == 3);

    it = whole("{\"base\":{" CARD "},\"valid\":null,\"link_id\":null,\"more\":[]}");
    assert_string_equal(it.number, "12");
}

static void test_linked(void **state)
{
    struct identifier it = {.uid = 0};
    struct field_error error;

    (void)state;
    assert_true(read_text("{" CARD ",\"link_id\":\"a\",\"apartment_link_id\":\"b\"}",
                          IDENTIFIER_LINKED, &it, &error));
    assert_string_equal(it.link_id, "a");
    assert_string_equal(it.apartment_link_id, "b");
    assert_false(read_text("{" CARD "}", IDENTIFIER_LINKED, &it, &error));
    assert_string_equal(error.error, "Wrong JSON body: no value for `link_id`");
    assert_false(read_text("{" CARD ",\"link_id\":\"\"}", IDENTIFIER_LINKED, &it, &error));
    assert_string_equal(error.field, "link_id");
}

static void test_what_is_left_out_stays(void **state)
{
    struct identifier it = whole("{" CARD ",\"link_id\":\"a\",\"valid\":{\"passes\":"
                                 "{\"is_permanent\":false,\"max_passes\":3}}}");
    struct field_error error;

    (void)state;
    it.uid = 7;
    it.passes_left = 1;
    assert_true(read_text("{\"lock\":\"all\"}", IDENTIFIER_PART, &it, &error));
    assert_int_equal(it.lock, IDENTIFIER_ALL);
    assert_string_equal(it.number, "12");
    assert_string_equal(it.link_id, "a");
    assert_int_equal(it.passes_left, 1);
    assert_true(read_text("{\"base\":{\"identifier_owner\":{\"type\":\"guest\"},"
                          "\"identifier_number\":\"13\"},\"identifier_number\":\"14\"}",
                          IDENTIFIER_PART, &it, &error));
    assert_string_equal(it.number, "13");
    assert_string_equal(it.name, "12");
    assert_int_equal(it.owner, IDENTIFIER_GUEST);
    assert_true(read_text("{\"link_id\":null}", IDENTIFIER_PART, &it, &error));
    assert_string_equal(it.link_id, "");
    assert_true(read_text("{\"valid\":{\"passes\":{\"is_permanent\":false,\"max_passes\":4}}}",
                          IDENTIFIER_PART, &it, &error));
    assert_int_equal(it.passes_left, 4);
    /* A type that the old number does not fit. */
    assert_false(read_text("{\"identifier_type\":\"qr\"}", IDENTIFIER_PART, &it, &error));
    assert_string_equal(error.field, "identifier_number");
}

static void test_what_is_wrong(void **state)
{
    static const struct {
        const char *body, *error, *field;
    } cases[] = {
        {"[]", "Wrong JSON body", ""},
        {"{\"base\":1}", "Wrong JSON body: value `base` was of the wrong type", "base"},
        {"{}", "Wrong JSON body: no value for `identifier_owner`", "identifier_owner"},
        {"{\"identifier_owner\":1}",
         "Wrong JSON body: value `identifier_owner` was of the wrong type", "identifier_owner"},
        {"{\"identifier_owner\":{\"name\":\"\"}}",
         "Wrong JSON body: no value for `identifier_owner.type`", "identifier_owner.type"},
        {"{\"identifier_owner\":{\"name\":\"\",\"type\":\"x\"}}",
         "Wrong JSON body: value `identifier_owner.type` is not valid", "identifier_owner.type"},
        {"{\"identifier_owner\":{\"name\":\"\\n\",\"type\":\"owner\"}}",
         "Wrong JSON body: value `identifier_owner.name` is not valid", "identifier_owner.name"},
        {"{" OWNER "}", "Wrong JSON body: no value for `identifier_type`", "identifier_type"},
        {"{" OWNER ",\"identifier_type\":\"badge\"}",
         "Wrong JSON body: value `identifier_type` is not valid", "identifier_type"},
        {"{" OWNER ",\"identifier_type\":\"card\"}",
         "Wrong JSON body: no value for `identifier_number`", "identifier_number"},
        {"{" OWNER ",\"identifier_type\":\"card\",\"identifier_number\":12}",
         "Wrong JSON body: value `identifier_number` was of the wrong type", "identifier_number"},
        {"{" BASE "}", "Wrong JSON body: value `identifier_number` is not valid",
         "identifier_number"},
        {"{" OWNER ",\"identifier_type\":\"card\",\"identifier_number\":\"1\"}",
         "Wrong JSON body: no value for `lock`", "lock"},
        {"{" OWNER ",\"identifier_type\":\"card\",\"identifier_number\":\"1\",\"lock\":\"third\"}",
         "Wrong JSON body: value `lock` is not valid", "lock"},
        {"{" CARD ",\"valid\":[]}", "Wrong JSON body: value `valid` was of the wrong type",
         "valid"},
        {"{" CARD ",\"valid\":{\"time\":1}}",
         "Wrong JSON body: value `valid.time` was of the wrong type", "valid.time"},
        {"{" CARD ",\"valid\":{\"time\":{}}}",
         "Wrong JSON body: no value for `valid.time.is_permanent`", "valid.time.is_permanent"},
        {"{" CARD ",\"valid\":{\"time\":{\"is_permanent\":0}}}",
         "Wrong JSON body: value `valid.time.is_permanent` was of the wrong type",
         "valid.time.is_permanent"},
        {"{" CARD ",\"valid\":{\"time\":{\"is_permanent\":false,\"from\":1,\"to\":null}}}",
         "Wrong JSON body: no value for `valid.time.to`", "valid.time.to"},
        {"{" CARD ",\"valid\":{\"time\":{\"is_permanent\":false,\"from\":1.0,\"to\":2}}}",
         "Wrong JSON body: value `valid.time.from` was of the wrong type", "valid.time.from"},
        {"{" CARD ",\"valid\":{\"time\":{\"is_permanent\":false,\"from\":-1,\"to\":2}}}",
         "Wrong JSON body: value `valid.time.from` is not valid", "valid.time.from"},
        {"{" CARD ",\"valid\":{\"time\":{\"is_permanent\":false,\"from\":0,\"to\":253402300800}}}",
         "Wrong JSON body: value `valid.time.to` is not valid", "valid.time.to"},
        {"{" CARD ",\"valid\":{\"time\":{\"is_permanent\":false,\"from\":3,\"to\":2}}}",
         "Wrong JSON body: value `valid.time.to` is not valid", "valid.time.to"},
        {"{" CARD ",\"valid\":{\"passes\":{\"is_permanent\":false}}}",
         "Wrong JSON body: no value for `valid.passes.max_passes`", "valid.passes.max_passes"},
        {"{" CARD ",\"valid\":{\"passes\":{\"is_permanent\":false,\"max_passes\":0}}}",
         "Wrong JSON body: value `valid.passes.max_passes` is not valid",
         "valid.passes.max_passes"},
        {"{" CARD ",\"valid\":{\"passes\":{\"is_permanent\":false,\"max_passes\":1000001}}}",
         "Wrong JSON body: value `valid.passes.max_passes` is not valid",
         "valid.passes.max_passes"},
        {"{" CARD ",\"link_id\":1}", "Wrong JSON body: value `link_id` was of the wrong type",
         "link_id"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct identifier it = {.uid = 0};
        struct field_error error;

        print_message("%s\n", cases[i].body);
        assert_false(read_text(cases[i].body, IDENTIFIER_WHOLE, &it, &error));
        assert_string_equal(error.error, cases[i].error);
        assert_string_equal(error.field, cases[i].field);
    }
}

/* A body whose one text has len characters. */
static const char *body_of(const char *before, int len, const char *after)
{
    static char body[600];

    (void)snprintf(body, sizeof(body), "%s%0*d%s", before, len, 7, after);
    return body;
}

/* name: 128 bytes, number: 64, link_id: 64; one more is too long. */
static void test_lengths(void **state)
{
    static const struct {
        const char *before, *after;
        int max;
    } cases[] = {
        {"{\"identifier_owner\":{\"name\":\"",
         "\",\"type\":\"owner\"},\"identifier_type\":\"card\",\"identifier_number\":\"1\","
         "\"lock\":\"first\"}",
         IDENTIFIER_MAX_NAME},
        {"{" OWNER ",\"lock\":\"first\",\"identifier_type\":\"license_plate\","
         "\"identifier_number\":\"",
         "\"}", IDENTIFIER_MAX_NUMBER},
        {"{" CARD ",\"link_id\":\"", "\"}", IDENTIFIER_MAX_LINK},
        {"{" CARD ",\"apartment_link_id\":\"", "\"}", IDENTIFIER_MAX_LINK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct identifier it = {.uid = 0};
        struct field_error error;

        (void)whole(body_of(cases[i].before, cases[i].max, cases[i].after));
        assert_false(read_text(body_of(cases[i].before, cases[i].max + 1, cases[i].after),
                               IDENTIFIER_WHOLE, &it, &error));
    }
}

static void check_shown(const struct identifier *it, const char *want)
{
    json_t *shown = identifier_to_json(it);
    char *text = json_dumps(shown, JSON_COMPACT);

    assert_string_equal(text, want);
    free(text);
    json_decref(shown);
}

static void test_as_it_is_shown(void **state)
{
    struct identifier it = whole("{" CARD "}");

    (void)state;
    it.uid = 3;
    check_shown(&it, "{\"identifier_uid\":3,\"identifier_owner\":{\"name\":\"12\",\"type\":"
                     "\"owner\"},\"identifier_type\":\"card\",\"identifier_number\":\"12\","
                     "\"lock\":\"first\",\"valid\":{\"time\":{\"is_permanent\":true,\"from\":null,"
                     "\"to\":null},\"passes\":{\"is_permanent\":true,\"max_passes\":null}},"
                     "\"link_id\":null,\"apartment_link_id\":null,\"additional\":"
                     "{\"passes_left\":-1}}");
    it.is_time_permanent = it.is_passes_permanent = false;
    it.from_s = 4;
    it.to_s = 5;
    it.max_passes = 6;
    it.passes_left = 2;
    (void)snprintf(it.link_id, sizeof(it.link_id), "L");
    (void)snprintf(it.apartment_link_id, sizeof(it.apartment_link_id), "A");
    check_shown(&it, "{\"identifier_uid\":3,\"identifier_owner\":{\"name\":\"12\",\"type\":"
                     "\"owner\"},\"identifier_type\":\"card\",\"identifier_number\":\"12\","
                     "\"lock\":\"first\",\"valid\":{\"time\":{\"is_permanent\":false,\"from\":4,"
                     "\"to\":5},\"passes\":{\"is_permanent\":false,\"max_passes\":6}},"
                     "\"link_id\":\"L\",\"apartment_link_id\":\"A\",\"additional\":"
                     "{\"passes_left\":2}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_clients_send_it),
        cmocka_unit_test(test_linked),
        cmocka_unit_test(test_what_is_left_out_stays),
        cmocka_unit_test(test_what_is_wrong),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_as_it_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
