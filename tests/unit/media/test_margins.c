/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "media/margins.h"

static void note(struct margins *margins, int margin_ms, unsigned times)
{
    while (times--)
        margins_note(margins, margin_ms);
}

static void test_few_say_nothing(void **state)
{
    struct margins margins = {0};

    (void)state;
    assert_int_equal(margins_kept_ms(&margins), 0);
    assert_int_equal(margins_average_ms(&margins), 0);
    note(&margins, 50, MARGINS_ENOUGH - 1);
    assert_int_equal(margins_kept_ms(&margins), 0);
    note(&margins, 50, 1);
    assert_int_equal(margins_kept_ms(&margins), 50);
    assert_int_equal(margins_average_ms(&margins), 50);
}

/* One in 64 may be late. */
static void test_the_worst_is_left_aside(void **state)
{
    static const struct {
        unsigned good, bad;
        int kept_ms;
    } cases[] = {
        {40, 1, -30}, {62, 1, -30}, {63, 1, 20}, {63, 2, -30}, {126, 2, 20}, {125, 3, -30},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct margins margins = {0};

        note(&margins, 20, cases[i].good / 2);
        note(&margins, -30, cases[i].bad);
        note(&margins, 20, cases[i].good - cases[i].good / 2);
        assert_int_equal(margins_kept_ms(&margins), cases[i].kept_ms);
    }
}

static void test_old_ones_are_forgotten(void **state)
{
    struct margins margins = {0};

    (void)state;
    note(&margins, -30, 500);
    note(&margins, 20, MARGINS_MAX - 3);
    assert_int_equal(margins_kept_ms(&margins), -30);
    note(&margins, 20, 1);
    assert_int_equal(margins_kept_ms(&margins), 20);
}

static void test_another_delay(void **state)
{
    struct margins margins = {0};

    (void)state;
    margins_shift(&margins, 100); /* of nothing yet */
    assert_int_equal(margins_average_ms(&margins), 0);
    note(&margins, 5, 100);
    assert_int_equal(margins_average_ms(&margins), 5);
    margins_shift(&margins, 20);
    assert_int_equal(margins_kept_ms(&margins), 25);
    assert_int_equal(margins_average_ms(&margins), 25);
    margins_shift(&margins, -40);
    assert_int_equal(margins_kept_ms(&margins), -15);
    assert_int_equal(margins_average_ms(&margins), 0);
}

static void test_average_follows(void **state)
{
    struct margins margins = {0};

    (void)state;
    note(&margins, 100, 1);
    note(&margins, 0, 16);
    assert_in_range(margins_average_ms(&margins), 25, 45);
    note(&margins, -1000, 100); /* late ones did not wait */
    assert_in_range(margins_average_ms(&margins), 25, 45);
    note(&margins, 0, 200);
    assert_in_range(margins_average_ms(&margins), 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_say_nothing),
        cmocka_unit_test(test_the_worst_is_left_aside),
        cmocka_unit_test(test_old_ones_are_forgotten),
        cmocka_unit_test(test_another_delay),
        cmocka_unit_test(test_average_follows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
