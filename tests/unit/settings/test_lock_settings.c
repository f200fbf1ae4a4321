/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "settings/lock_settings.h"
#include "settings/member_json.h"

static struct lock_settings locks;
static struct field_error error;

static int setup(void **state)
{
    (void)state;
    locks = lock_settings_default;
    return 0;
}

static int read_body(const struct member_table *table, const char *body)
{
    return member_json_read(table, body, strlen(body), &locks, &error);
}

static void test_what_clients_send(void **state)
{
    char text[64];

    (void)state;
    assert_int_equal(read_body(&lock_settings_timeout[0], "{\"lock_timeout\":5}"), 0);
    assert_int_equal(read_body(&lock_settings_timeout[1], "{\"lock_timeout\":600}"), 0);
    assert_int_equal(read_body(&lock_settings_delay[1], "{\"lock_delay\":9,\"x\":1}"), 0);
    assert_int_equal(read_body(&lock_settings_code[1], "{\"dtmf_code\":\"5\"}"), 0);
    assert_int_equal(read_body(&lock_settings_code[2], "{\"dtmf_code\":\"*A#0\"}"), 0);
    assert_int_equal(locks.timeout_s[0], 5);
    assert_int_equal(locks.timeout_s[1], 600);
    assert_int_equal(locks.delay_s[0], 0);
    assert_int_equal(locks.delay_s[1], 9);
    assert_string_equal(locks.dtmf_code[1], "5");
    assert_true(member_json_write(&lock_settings_code[2], &locks, text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"dtmf_code\":\"*A#0\"}");
    assert_true(member_json_write(&lock_settings_timeout[1], &locks, text, sizeof(text)) > 0);
    assert_string_equal(text, "{\"lock_timeout\":600}");
    assert_int_equal(read_body(&lock_settings_code[2], "{\"dtmf_code\":\"\"}"), 0);
    assert_string_equal(locks.dtmf_code[2], "");
}

static void test_limits(void **state)
{
    static const struct {
        const struct member_table *table;
        const char *body, *field, *reason;
    } cases[] = {
        {&lock_settings_timeout[0], "{\"lock_timeout\":0}", "lock_timeout",
         "must be from 1 to 600"},
        {&lock_settings_timeout[1], "{\"lock_timeout\":601}", "lock_timeout",
         "must be from 1 to 600"},
        {&lock_settings_timeout[1], "{}", "lock_timeout", "must be given"},
        {&lock_settings_delay[0], "{\"lock_delay\":10}", "lock_delay", "must be from 0 to 9"},
        {&lock_settings_delay[0], "{\"lock_delay\":-1}", "lock_delay", "must be from 0 to 9"},
        {&lock_settings_delay[0], "{\"lock_delay\":\"1\"}", "lock_delay", "must be a whole number"},
        {&lock_settings_code[0], "{\"dtmf_code\":\"12345\"}", "dtmf_code",
         "must have 0 to 4 characters"},
        {&lock_settings_code[0], "{\"dtmf_code\":\"a\"}", "dtmf_code",
         "may only hold digits, *, # and A to D"},
        {&lock_settings_code[0], "{\"dtmf_code\":\"1 2\"}", "dtmf_code",
         "may only hold digits, *, # and A to D"},
        {&lock_settings_code[0], "{\"dtmf_code\":5}", "dtmf_code", "must be a text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("# %s\n", cases[i].body);
        assert_int_equal(read_body(cases[i].table, cases[i].body), EINVAL);
        assert_string_equal(error.field, cases[i].field);
        assert_string_equal(error.reason, cases[i].reason);
    }
    assert_memory_equal(&locks, &lock_settings_default, sizeof(locks));
}

static void set_codes(const char *both, const char *first, const char *second)
{
    memset(locks.dtmf_code, 0, sizeof(locks.dtmf_code));
    memcpy(locks.dtmf_code[0], both, strlen(both));
    memcpy(locks.dtmf_code[1], first, strlen(first));
    memcpy(locks.dtmf_code[2], second, strlen(second));
}

static void test_codes_that_are_endings_of_each_other_clash(void **state)
{
    (void)state;
    for (unsigned i = 0; i < LOCK_SETTINGS_CODES; i++)
        assert_int_equal(lock_settings_clash(&locks, i), -1);
    set_codes("", "12", "1234");
    assert_int_equal(lock_settings_clash(&locks, 1), -1); /* a beginning is none */
    set_codes("", "34", "1234");
    assert_int_equal(lock_settings_clash(&locks, 1), 2);
    assert_int_equal(lock_settings_clash(&locks, 2), 1);
    assert_int_equal(lock_settings_clash(&locks, 0), -1);
    set_codes("#", "5", "#");
    assert_int_equal(lock_settings_clash(&locks, 0), 2);
    assert_int_equal(lock_settings_clash(&locks, 1), -1);
    set_codes("", "", "");
    for (unsigned i = 0; i < LOCK_SETTINGS_CODES; i++)
        assert_int_equal(lock_settings_clash(&locks, i), -1);
}

static void test_types(void **state)
{
    enum lock_type type = LOCK_TYPE_ELECTROMAGNETIC;

    (void)state;
    assert_int_equal(lock_type_parse("electromechanical", &type), 0);
    assert_int_equal(type, LOCK_TYPE_ELECTROMECHANICAL);
    assert_int_equal(lock_type_parse("electromagnet", &type), EINVAL);
    assert_int_equal(lock_type_parse("", &type), EINVAL);
    assert_int_equal(type, LOCK_TYPE_ELECTROMECHANICAL);
    assert_string_equal(lock_type_name(LOCK_TYPE_ELECTROMAGNETIC), "electromagnetic");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_clients_send),
        TEST(test_limits),
        TEST(test_codes_that_are_endings_of_each_other_clash),
        TEST(test_types),
    };

    return cmocka_run_group_tests_name("lock_settings", tests, NULL, NULL);
}
