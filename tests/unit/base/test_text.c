/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "base/text.h"

static void test_endings(void **state)
{
    (void)state;
    assert_true(text_has_ending("4711", "11"));
    assert_true(text_has_ending("4711", "4711"));
    assert_true(text_has_ending("1", "1"));
    assert_false(text_has_ending("4711", "47"));
    assert_false(text_has_ending("4711", "14711")); /* longer than the text */
    assert_false(text_has_ending("4711", "71"));
    assert_false(text_has_ending("4711", ""));
    assert_false(text_has_ending("", ""));
    assert_false(text_has_ending("", "1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_endings),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
