/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "fake_clock.h"
#include "http/token.h"

enum { LIFE_MS = 7200000 };

static struct tokens *tokens;

static int make(void **state)
{
    (void)state;
    return sodium_init() < 0 || tokens_new(LIFE_MS, &tokens);
}

static int drop(void **state)
{
    (void)state;
    tokens = tokens_free(tokens);
    return 0;
}

static void test_token_is_40_hex_digits_and_lives(void **state)
{
    char token[TOKEN_LEN + 1];
    char other[TOKEN_LEN + 1];

    (void)state;
    tokens_issue(tokens, token);
    tokens_issue(tokens, other);
    assert_int_equal(strspn(token, "0123456789abcdef"), TOKEN_LEN);
    assert_int_equal(strlen(token), TOKEN_LEN);
    assert_string_not_equal(token, other);
    assert_true(tokens_use(tokens, token));
    assert_true(tokens_use(tokens, other));
}

static void test_other_texts_are_no_tokens(void **state)
{
    char token[TOKEN_LEN + 2];
    static const char zeros[] = "0000000000000000000000000000000000000000";

    (void)state;
    tokens_issue(tokens, token);
    assert_false(tokens_use(tokens, ""));
    assert_false(tokens_use(tokens, zeros));
    token[TOKEN_LEN] = '0';
    token[TOKEN_LEN + 1] = '\0';
    assert_false(tokens_use(tokens, token));
    token[TOKEN_LEN - 1] = '\0';
    assert_false(tokens_use(tokens, token));
}

static void test_token_dies_2_h_after_its_last_use(void **state)
{
    char token[TOKEN_LEN + 1];

    (void)state;
    tokens_issue(tokens, token);
    fake_clock_advance_ms(LIFE_MS - 1);
    assert_true(tokens_use(tokens, token));
    fake_clock_advance_ms(LIFE_MS - 1);
    assert_true(tokens_use(tokens, token));
    fake_clock_advance_ms(LIFE_MS);
    assert_false(tokens_use(tokens, token));
    assert_int_equal(tokens_count(tokens), 0);
}

static void test_revoked_token_is_dead_and_others_live(void **state)
{
    char token[TOKEN_LEN + 1];
    char other[TOKEN_LEN + 1];

    (void)state;
    tokens_issue(tokens, token);
    tokens_issue(tokens, other);
    tokens_revoke(tokens, token);
    tokens_revoke(tokens, token);
    tokens_revoke(tokens, "nonsense");
    assert_false(tokens_use(tokens, token));
    assert_true(tokens_use(tokens, other));
    assert_int_equal(tokens_count(tokens), 1);
}

static void test_1025th_pushes_out_the_one_not_used_for_longest(void **state)
{
    static char all[TOKENS_MAX + 1][TOKEN_LEN + 1];

    (void)state;
    for (size_t i = 0; i < TOKENS_MAX; i++)
        tokens_issue(tokens, all[i]);
    assert_int_equal(tokens_count(tokens), TOKENS_MAX);
    assert_true(tokens_use(tokens, all[0])); /* now 1 is the oldest */
    tokens_issue(tokens, all[TOKENS_MAX]);
    assert_int_equal(tokens_count(tokens), TOKENS_MAX);
    assert_false(tokens_use(tokens, all[1]));
    for (size_t i = 0; i <= TOKENS_MAX; i++) {
        if (i != 1)
            assert_true(tokens_use(tokens, all[i]));
    }
}

/* Room is used again and again, in any order. */
static void test_many_come_and_go(void **state)
{
    static char all[100][TOKEN_LEN + 1];

    (void)state;
    for (size_t round = 0; round < 100; round++) {
        for (size_t i = 0; i < 100; i++)
            tokens_issue(tokens, all[i]);
        for (size_t i = 0; i < 100; i++)
            tokens_revoke(tokens, all[(i * 37 + round) % 100]);
    }
    assert_int_equal(tokens_count(tokens), 0);
}

static void test_revoke_all_leaves_none(void **state)
{
    char token[TOKEN_LEN + 1];

    (void)state;
    for (size_t i = 0; i < 2000; i++)
        tokens_issue(tokens, token);
    tokens_revoke_all(tokens);
    assert_int_equal(tokens_count(tokens), 0);
    assert_false(tokens_use(tokens, token));
    tokens_issue(tokens, token);
    assert_true(tokens_use(tokens, token));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_token_is_40_hex_digits_and_lives, make, drop),
        cmocka_unit_test_setup_teardown(test_other_texts_are_no_tokens, make, drop),
        cmocka_unit_test_setup_teardown(test_token_dies_2_h_after_its_last_use, make, drop),
        cmocka_unit_test_setup_teardown(test_revoked_token_is_dead_and_others_live, make, drop),
        cmocka_unit_test_setup_teardown(test_1025th_pushes_out_the_one_not_used_for_longest, make,
                                        drop),
        cmocka_unit_test_setup_teardown(test_many_come_and_go, make, drop),
        cmocka_unit_test_setup_teardown(test_revoke_all_leaves_none, make, drop),
    };

    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
