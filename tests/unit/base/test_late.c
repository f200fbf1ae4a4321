/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/late.h"

#define LIBRARY "libm.so.6"

static void test_found_functions_work(void **state)
{
    struct {
        __typeof__(&cos) cos;
        __typeof__(&ldexp) ldexp;
    } found = {NULL, NULL};
    const struct late_function functions[] = {{"cos", &found.cos}, {"ldexp", &found.ldexp}};
    char problem[LATE_PROBLEM_SIZE] = "unchanged";

    (void)state;
    assert_int_equal(late_load(LIBRARY, functions, 2, problem), 0);
    assert_true(found.cos(0) == 1.0);
    assert_true(found.ldexp(3, 4) == 48.0);
    assert_string_equal(problem, "unchanged");
}

static void test_a_missing_function_is_named_and_nothing_is_set(void **state)
{
    struct {
        __typeof__(&cos) first, second;
    } found = {NULL, NULL};
    const struct late_function functions[] = {{"cos", &found.first},
                                              {"portero_has_no_such", &found.second}};
    char problem[LATE_PROBLEM_SIZE];

    (void)state;
    assert_int_equal(late_load(LIBRARY, functions, 2, problem), ELIBACC);
    assert_non_null(strstr(problem, "portero_has_no_such"));
    assert_null(found.first);
    assert_null(found.second);
}

static void test_a_missing_library_is_named(void **state)
{
    __typeof__(&cos) found = NULL;
    const struct late_function function = {"cos", &found};
    char problem[LATE_PROBLEM_SIZE];

    (void)state;
    assert_int_equal(late_load("libportero-none.so.1", &function, 1, problem), ELIBACC);
    assert_non_null(strstr(problem, "libportero-none.so.1"));
    assert_null(found);
}

static void test_a_long_problem_is_cut(void **state)
{
    __typeof__(&cos) found = NULL;
    const struct late_function function = {"cos", &found};
    struct {
        char problem[LATE_PROBLEM_SIZE];
        char after;
    } place = {.after = '!'};
    char name[LATE_PROBLEM_SIZE + 20];

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(late_load(name, &function, 1, place.problem), ELIBACC);
    assert_int_equal(strlen(place.problem), LATE_PROBLEM_SIZE - 1);
    assert_int_equal(place.after, '!');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found_functions_work),
        cmocka_unit_test(test_a_missing_function_is_named_and_nothing_is_set),
        cmocka_unit_test(test_a_missing_library_is_named),
        cmocka_unit_test(test_a_long_problem_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
