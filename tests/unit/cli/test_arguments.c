/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "cli/arguments.h"

enum { MAX = 64 };

static struct arguments arguments;
static char message[ARGUMENTS_MAX_MESSAGE];

static int read_words(const char *const words[])
{
    char *argv[MAX];
    int argc = 0;

    for (; words[argc]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    return arguments_read(argc, argv, &arguments, message);
}

static void test_options_stand_anywhere(void **state)
{
    const char *const words[] = {"settings", "--state=/a", "set",      "user=1",   "--json",
                                 "--state",  "/b",         "stun.ip=", "--config", "/c",
                                 "--sip-ca", "/d",         NULL};

    (void)state;
    assert_int_equal(read_words(words), 0);
    assert_string_equal(arguments.verb, "settings");
    assert_string_equal(arguments.state, "/b"); /* the last counts */
    assert_string_equal(arguments.config, "/c");
    assert_string_equal(arguments.sip_ca, "/d");
    assert_true(arguments.is_json);
    assert_false(arguments.is_help);
    assert_int_equal(arguments.n_words, 3);
    assert_string_equal(arguments.words[1], "user=1");
    assert_string_equal(arguments.words[2], "stun.ip=");
}

static void test_nothing_given(void **state)
{
    const char *const words[] = {"status", NULL};

    (void)state;
    assert_int_equal(read_words(words), 0);
    assert_null(arguments.state);
    assert_null(arguments.config);
    assert_int_equal(arguments.n_words, 0);
}

static void test_after_two_dashes_all_are_words(void **state)
{
    const char *const words[] = {"settings", "--", "--json", "--", "-x", NULL};

    (void)state;
    assert_int_equal(read_words(words), 0);
    assert_false(arguments.is_json);
    assert_int_equal(arguments.n_words, 3);
    assert_string_equal(arguments.words[0], "--json");
}

static void test_wrong_use(void **state)
{
    const char *const bad[][4] = {
        {"status", "--state", NULL},     {"status", "--state", "", NULL},
        {"status", "--state=", NULL},    {"status", "--stat", "x", NULL},
        {"status", "--statement", NULL}, {"status", "-j", NULL},
        {"status", "--json=1", NULL},    {"status", "-", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        message[0] = '\0';
        if (read_words(bad[i]) != EINVAL)
            fail_msg("case %zu was taken", i);
        assert_true(strlen(message) > 10);
        assert_null(strchr(message, '\n'));
    }
}

static void test_most_words(void **state)
{
    const char *words[MAX] = {"settings"};

    (void)state;
    for (unsigned i = 1; i <= ARGUMENTS_MAX_WORDS; i++)
        words[i] = "a=b";
    assert_int_equal(read_words(words), 0);
    assert_int_equal(arguments.n_words, ARGUMENTS_MAX_WORDS);
    words[ARGUMENTS_MAX_WORDS + 1] = "a=b";
    assert_int_equal(read_words(words), EINVAL);
}

static void test_long_option_fits_the_message(void **state)
{
    char option[500];
    const char *const words[] = {"status", option, NULL};

    (void)state;
    memset(option, '-', sizeof(option));
    option[sizeof(option) - 1] = '\0';
    assert_int_equal(read_words(words), EINVAL);
    assert_true(strlen(message) < ARGUMENTS_MAX_MESSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_stand_anywhere),
        cmocka_unit_test(test_nothing_given),
        cmocka_unit_test(test_after_two_dashes_all_are_words),
        cmocka_unit_test(test_wrong_use),
        cmocka_unit_test(test_most_words),
        cmocka_unit_test(test_long_option_fits_the_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
