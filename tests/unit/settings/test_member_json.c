/* SPDX-License-Identifier: MIT */
/* The generic part, with a table of its own: two objects, one after the other. */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "settings/member_json.h"

enum colour { RED, GREEN };

struct sample {
    char name[8];
    uint16_t a_x;
    uint16_t a_y;
    uint16_t b_x;
    enum colour colour;
    char note[8];
};

static const char *const colours[] = {"red", "green"};
static const struct sample defaults = {.name = "none", .a_x = 1, .a_y = 2, .b_x = 3};

#define PLACE(field) offsetof(struct sample, field), sizeof(((struct sample *)0)->field)
static const struct member members[] = {
    {"name", MEMBER_TEXT, MEMBER_HAS_DEFAULT, PLACE(name), 0, 7, NULL, NULL, NULL},
    {"a.x", MEMBER_UINT16, MEMBER_HAS_DEFAULT, PLACE(a_x), 0, 9, NULL, NULL, NULL},
    {"a.y", MEMBER_UINT16, MEMBER_REQUIRED, PLACE(a_y), 0, 9, NULL, NULL, NULL},
    {"b.x", MEMBER_UINT16, MEMBER_HAS_DEFAULT, PLACE(b_x), 0, 9, NULL, NULL, NULL},
    {"colour", MEMBER_CHOICE, MEMBER_HAS_DEFAULT, PLACE(colour), RED, GREEN, NULL, colours, NULL},
    {"note", MEMBER_TEXT, MEMBER_STAYS, PLACE(note), 0, 20, NULL, NULL, NULL},
};
static const struct member_table table = {members, 6, &defaults};

static int read_text(const char *body, struct sample *sample, struct field_error *ret_error)
{
    return member_json_read(&table, body, strlen(body), sample, ret_error);
}

static void test_left_out_objects_take_their_defaults(void **state)
{
    struct sample sample = {.note = "stays", .b_x = 9, .colour = GREEN};
    struct field_error error;

    (void)state;
    assert_int_equal(read_text("{\"a\":{\"y\":7}}", &sample, &error), 0);
    assert_string_equal(sample.name, "none");
    assert_int_equal(sample.a_x, 1);
    assert_int_equal(sample.a_y, 7);
    assert_int_equal(sample.b_x, 3);
    assert_int_equal(sample.colour, RED);
    assert_string_equal(sample.note, "stays");
}

static void test_objects_one_after_the_other(void **state)
{
    struct sample sample = {.name = "\x01\"\\", .colour = GREEN, .note = "n"};
    struct field_error error;
    char buf[256];
    size_t len;

    (void)state;
    len = member_json_write(&table, &sample, buf, sizeof(buf));
    assert_string_equal(buf,
                        "{\"name\":\"\\u0001\\\"\\\\\",\"a\":{\"x\":0,\"y\":0},\"b\":{\"x\":0},"
                        "\"colour\":\"green\",\"note\":\"n\"}");
    assert_int_equal(len, strlen(buf));
    assert_int_equal(read_text(buf, &sample, &error), 0);
    assert_string_equal(sample.name, "\x01\"\\");
}

/* Every buffer that is too small, down to none, is left with an empty text. */
static void test_what_does_not_fit_is_not_written(void **state)
{
    char whole[256];
    size_t len = member_json_write(&table, &defaults, whole, sizeof(whole));

    (void)state;
    assert_true(len > 0);
    for (size_t size = 0; size <= len + 1; size++) {
        char buf[256];

        memset(buf, '#', sizeof(buf));
        assert_int_equal(member_json_write(&table, &defaults, buf, size), size > len ? len : 0);
        assert_int_equal(buf[size], '#');
        if (size)
            assert_string_equal(buf, size > len ? whole : "");
    }
}

/* The table says 20 characters, the struct has room for 7. */
static void test_the_size_in_the_struct_counts_too(void **state)
{
    struct sample sample = defaults;
    struct field_error error;

    (void)state;
    assert_int_equal(read_text("{\"a\":{\"y\":7},\"note\":\"1234567\"}", &sample, &error), 0);
    assert_int_equal(read_text("{\"a\":{\"y\":7},\"note\":\"12345678\"}", &sample, &error), EINVAL);
    assert_string_equal(error.field, "note");
}

static void test_objects_of_the_wrong_type(void **state)
{
    struct sample sample = defaults;
    struct field_error error;

    (void)state;
    assert_int_equal(read_text("{\"a\":7}", &sample, &error), EINVAL);
    assert_string_equal(error.field, "a");
    assert_int_equal(read_text("{\"a\":{\"y\":7},\"b\":null}", &sample, &error), EINVAL);
    assert_string_equal(error.field, "b");
    assert_string_equal(error.error, "Wrong JSON body: value `b` was of the wrong type");
    assert_int_equal(read_text("{\"a\":{\"y\":7},\"colour\":\"blue\"}", &sample, &error), EINVAL);
    assert_string_equal(error.reason, "must be red or green");
    assert_null(member_find(&table, "a"));
    assert_ptr_equal(member_find(&table, "b.x"), &members[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_left_out_objects_take_their_defaults),
        cmocka_unit_test(test_objects_one_after_the_other),
        cmocka_unit_test(test_what_does_not_fit_is_not_written),
        cmocka_unit_test(test_the_size_in_the_struct_counts_too),
        cmocka_unit_test(test_objects_of_the_wrong_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
