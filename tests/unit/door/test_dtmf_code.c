/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "door/dtmf_code.h"

static const struct dtmf_codes codes = {.code = {"*", "12#", "4711"}};
static struct dtmf_typed typed;
static uint64_t now_ms;

static int setup(void **state)
{
    (void)state;
    memset(&typed, 0, sizeof(typed));
    now_ms = 5000;
    return 0;
}

/* Each digit 200 ms after the one before; '_' is 3 s of silence. Returns what came of each: '.'
 * more, 'w' wrong, 'b' blocked, or the lock's number. */
static const char *type(const char *digits)
{
    static char verdicts[64];
    size_t n = 0;

    for (; *digits; digits++) {
        unsigned lock = 99;

        if (*digits == '_') {
            now_ms += DTMF_CODE_PAUSE_MS - 200;
            continue;
        }
        now_ms += 200;
        switch (dtmf_typed_digit(&typed, &codes, *digits, now_ms, &lock)) {
        case DTMF_CODE_MORE:
            verdicts[n++] = '.';
            break;
        case DTMF_CODE_OPEN:
            verdicts[n++] = (char)('0' + lock);
            break;
        case DTMF_CODE_WRONG:
            verdicts[n++] = 'w';
            break;
        case DTMF_CODE_BLOCKED:
            verdicts[n++] = 'b';
            break;
        }
    }
    verdicts[n] = '\0';
    return verdicts;
}

static void test_codes_open_their_locks(void **state)
{
    (void)state;
    assert_string_equal(type("*"), "0");
    assert_string_equal(type("12#"), "..1");
    assert_string_equal(type("4711"), "...2");
    assert_string_equal(type("12#4711*"), "..1...20");
    assert_int_equal(typed.n_wrong, 0);
    assert_string_equal(typed.digits, "");
}

static void test_last_digits_count(void **state)
{
    (void)state;
    assert_string_equal(type("112#"), "...1");
    assert_string_equal(type("0*"), ".0");
    assert_string_equal(type("9947"), "...w");
    assert_string_equal(type("11"), ".2");
}

static void test_silence_starts_anew(void **state)
{
    (void)state;
    assert_string_equal(type("12_#"), "..w");
    assert_int_equal(typed.n_wrong, 1);
    assert_string_equal(type("_12#"), "w.1"); /* '#' alone opened nothing either */
    now_ms += 100000;
    assert_string_equal(type("12#"), "..1"); /* silence after an opening is nothing wrong */
    assert_int_equal(typed.n_wrong, 2);
}

static void test_just_less_than_3_s_is_no_silence(void **state)
{
    unsigned lock = 99;

    (void)state;
    assert_string_equal(type("12"), "..");
    assert_int_equal(dtmf_typed_digit(&typed, &codes, '#', now_ms + DTMF_CODE_PAUSE_MS - 1, &lock),
                     DTMF_CODE_OPEN);
    assert_int_equal(lock, 1);
}

static void test_wrong_codes_are_limited(void **state)
{
    (void)state;
    assert_string_equal(type("5555666677778888"), "...w...w...w...w");
    assert_string_equal(type("12#"), "..1"); /* four were allowed */
    assert_string_equal(type("9999"), "...w");
    assert_string_equal(type("*"), "b");
    assert_string_equal(type("12#*_*_*4711"), "..........");
    assert_true(typed.n_wrong > DTMF_CODE_MAX_WRONG);
}

static void test_the_group_before_may_be_one_too_many(void **state)
{
    (void)state;
    assert_string_equal(type("5_5_5_5_5"), ".wwww");
    assert_string_equal(type("_*"), "w"); /* the fifth ended by silence: too late for this one */
    assert_string_equal(type("**"), "b.");
}

static void test_letters(void **state)
{
    static const struct dtmf_codes letters = {.code = {"", "A", "bd"}};
    unsigned lock = 99;

    (void)state;
    assert_int_equal(dtmf_typed_digit(&typed, &letters, 'a', 1, &lock), DTMF_CODE_OPEN);
    assert_int_equal(lock, 1);
    assert_int_equal(dtmf_typed_digit(&typed, &letters, 'D', 2, &lock), DTMF_CODE_MORE);
}

static void test_what_is_no_digit_is_not_there(void **state)
{
    static const char odd[] = "e!X \x7f\xff+";
    unsigned lock = 99;

    (void)state;
    assert_string_equal(type("12"), "..");
    for (size_t i = 0; i < sizeof(odd); i++) /* with the NUL */
        assert_int_equal(dtmf_typed_digit(&typed, &codes, odd[i], now_ms, &lock), DTMF_CODE_MORE);
    assert_string_equal(type("#"), "1");
    assert_int_equal(lock, 99);
}

static void test_no_codes_open_nothing(void **state)
{
    static const struct dtmf_codes none;
    unsigned lock = 99;

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(dtmf_typed_digit(&typed, &none, '#', 1, &lock), DTMF_CODE_MORE);
    assert_int_equal(dtmf_typed_digit(&typed, &none, '#', 1, &lock), DTMF_CODE_WRONG);
    assert_int_equal(lock, 99);
}

static void test_the_end_of_a_call_ends_a_group(void **state)
{
    (void)state;
    assert_false(dtmf_typed_over(&typed));
    assert_string_equal(type("471"), "...");
    assert_true(dtmf_typed_over(&typed));
    assert_string_equal(typed.digits, "");
    assert_false(dtmf_typed_over(&typed));
    assert_string_equal(type("4712"), "...w"); /* told already */
    assert_false(dtmf_typed_over(&typed));
    assert_string_equal(type("9*"), ".0");
    assert_false(dtmf_typed_over(&typed));
    assert_string_equal(type("5555666677778888999912"), "...w...w...w...w...wb.");
    assert_false(dtmf_typed_over(&typed));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_codes_open_their_locks),
        TEST(test_last_digits_count),
        TEST(test_silence_starts_anew),
        TEST(test_just_less_than_3_s_is_no_silence),
        TEST(test_wrong_codes_are_limited),
        TEST(test_the_group_before_may_be_one_too_many),
        TEST(test_letters),
        TEST(test_what_is_no_digit_is_not_there),
        TEST(test_no_codes_open_nothing),
        TEST(test_the_end_of_a_call_ends_a_group),
    };

    return cmocka_run_group_tests_name("dtmf_code", tests, NULL, NULL);
}
