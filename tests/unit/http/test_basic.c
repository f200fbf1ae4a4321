/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <sodium.h>
#include <string.h>

#include "http/basic.h"

static const struct {
    const char *base64;
    const char *user; /* NULL: refused */
    const char *password;
} cases[] = {
    {"YWRtaW46MTIzNDU2", "admin", "123456"},
    {"YWRtaW46c2VjcmV0Nw==", "admin", "secret7"},
    {"YWRtaW46c2VjcmV0Nw", "admin", "secret7"},
    {"YWRtaW46c2VjcmV0Nw== ", "admin", "secret7"},
    {"YTpiOmM=", "a", "b:c"},
    {"Og==", "", ""},
    {"YWRtaW46", "admin", ""},
    {"YWRtaW4=", NULL, NULL},      /* no colon */
    {"", NULL, NULL},              /* nothing */
    {"!!!!", NULL, NULL},          /* no base64 */
    {"YWRtaW46 c2Vj", NULL, NULL}, /* a space inside */
    {"YTpiAGM=", NULL, NULL},      /* a NUL */
};

static void test_basic_parse(void **state)
{
    struct basic basic;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool is_good = basic_parse(cases[i].base64, &basic);

        if (is_good != (cases[i].user != NULL))
            fail_msg("row %zu: %s", i, cases[i].base64);
        if (is_good) {
            assert_string_equal(basic.user, cases[i].user);
            assert_string_equal(basic.password, cases[i].password);
        }
    }
}

static void test_longest_fits_and_longer_is_refused(void **state)
{
    char text[BASIC_MAX_TEXT + 2];
    char base64[2 * sizeof(text)];
    struct basic basic;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[0] = ':';
    (void)sodium_bin2base64(base64, sizeof(base64), (unsigned char *)text, BASIC_MAX_TEXT,
                            sodium_base64_VARIANT_ORIGINAL);
    assert_true(basic_parse(base64, &basic));
    assert_int_equal(strlen(basic.password), BASIC_MAX_TEXT - 1);
    (void)sodium_bin2base64(base64, sizeof(base64), (unsigned char *)text, BASIC_MAX_TEXT + 1,
                            sodium_base64_VARIANT_ORIGINAL);
    assert_false(basic_parse(base64, &basic));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_basic_parse),
        cmocka_unit_test(test_longest_fits_and_longer_is_refused),
    };

    return cmocka_run_group_tests_name("basic", tests, NULL, NULL);
}
