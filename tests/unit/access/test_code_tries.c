/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "access/code_tries.h"

static void test_five_then_longer_pauses(void **state)
{
    static const unsigned pauses_s[] = {0, 0, 0, 0, 60, 180, 600, 600};
    struct code_tries tries = {.n_wrong = 0};
    uint64_t now_ms = 1000;

    (void)state;
    for (size_t i = 0; i < sizeof(pauses_s) / sizeof(pauses_s[0]); i++) {
        assert_int_equal(code_tries_wait_ms(&tries, now_ms), 0);
        assert_int_equal(code_tries_wrong(&tries, now_ms), pauses_s[i]);
        assert_int_equal(code_tries_wait_ms(&tries, now_ms), pauses_s[i] * 1000);
        now_ms += pauses_s[i] * 1000;
    }
}

static void test_a_right_one_forgets(void **state)
{
    struct code_tries tries = {.n_wrong = 0};

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(code_tries_wrong(&tries, 1), 0);
    code_tries_right(&tries);
    for (int i = 0; i < 4; i++)
        assert_int_equal(code_tries_wrong(&tries, 2), 0);
    assert_int_equal(code_tries_wrong(&tries, 3), 60);
    assert_int_equal(code_tries_wait_ms(&tries, 60002), 1);
    assert_int_equal(code_tries_wait_ms(&tries, 60003), 0);
}

static void test_an_hour_forgets(void **state)
{
    struct code_tries tries = {.n_wrong = 0};
    uint64_t now_ms = 5;

    (void)state;
    for (int i = 0; i < 4; i++)
        (void)code_tries_wrong(&tries, now_ms);
    now_ms += CODE_TRIES_FORGET_MS - 1;
    assert_int_equal(code_tries_wrong(&tries, now_ms), 60);
    now_ms += CODE_TRIES_FORGET_MS;
    assert_int_equal(code_tries_wrong(&tries, now_ms), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_five_then_longer_pauses),
        cmocka_unit_test(test_a_right_one_forgets),
        cmocka_unit_test(test_an_hour_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
