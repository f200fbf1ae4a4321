/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "door/relay.h"

static void test_kinds(void **state)
{
    struct relay *relay = NULL;

    (void)state;
    assert_int_equal(relay_new("sim", "2", &relay), 0);
    assert_string_equal(relay->name, "2");
    relay->free(relay);
    assert_int_equal(relay_new("gpio:/nowhere/gpiochip0:17:low", "2", &relay), 0);
    assert_string_equal(relay->name, "gpio:/nowhere/gpiochip0:17:low");
    assert_int_equal(relay->set(relay, false), ENOENT); /* and it may come yet */
    relay->free(relay);
    assert_int_equal(relay_new("none", "2", &relay), 0);
    assert_null(relay);
}

static void test_what_is_no_chip_is_refused_by_the_kernel(void **state)
{
    struct relay *relay = NULL;

    (void)state;
    assert_int_equal(relay_new("gpio:/dev/null:0", "1", &relay), 0);
    assert_int_equal(relay->set(relay, true), ENOTTY);
    relay->free(relay);
}

static void test_others_are_not_known(void **state)
{
    static const char *const bad[] = {"",      "SIM",   "simulated",     "gpio",
                                      "gpio:", "none ", "gpio:/dev/x:y", "/dev/gpiochip0:1"};
    struct relay *relay = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(relay_is_known(bad[i]));
        assert_int_equal(relay_new(bad[i], "1", &relay), EINVAL);
        assert_null(relay);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_what_is_no_chip_is_refused_by_the_kernel),
        cmocka_unit_test(test_others_are_not_known),
    };

    return cmocka_run_group_tests_name("relay", tests, NULL, NULL);
}
