/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "settings/admin.h"

static void test_password_rules(void **state)
{
    char text[ADMIN_PASSWORD_MAX_LEN + 2];

    (void)state;
    for (size_t len = 0; len <= ADMIN_PASSWORD_MAX_LEN + 1; len++) {
        memset(text, 'x', len);
        text[len] = '\0';
        assert_int_equal(admin_password_is_valid(text), len >= 1 && len <= ADMIN_PASSWORD_MAX_LEN);
    }
    for (int c = 1; c < 256; c++) {
        char one[] = "a?c";

        one[1] = (char)c;
        assert_int_equal(admin_password_is_valid(one), c >= 0x20 && c <= 0x7e);
    }
}

static void test_md5(void **state)
{
    char hex[ADMIN_MD5_HEX_LEN + 1];

    (void)state;
    assert_int_equal(admin_md5_hex("123456", hex), 0);
    assert_string_equal(hex, "e10adc3949ba59abbe56e057f20f883e");
    assert_int_equal(admin_md5_hex("", hex), 0);
    assert_string_equal(hex, "d41d8cd98f00b204e9800998ecf8427e");
    assert_int_equal(admin_md5_hex("admin", hex), 0);
    assert_string_equal(hex, "21232f297a57a5a743894a0e4a801fc3");
}

static void test_md5_hex_in_any_case(void **state)
{
    static const char *const bad[] = {
        "",
        "e10adc3949ba59abbe56e057f20f883",
        "e10adc3949ba59abbe56e057f20f883e0",
        "e10adc3949ba59abbe56e057f20f883e00",
        "g10adc3949ba59abbe56e057f20f883e",
        "e10adc3949ba59abbe56e057f20f883 ",
        " 10adc3949ba59abbe56e057f20f883e",
        "0x0adc3949ba59abbe56e057f20f883e",
    };
    char hex[ADMIN_MD5_HEX_LEN + 1];

    (void)state;
    assert_true(admin_md5_hex_normalise("E10ADC3949ba59abbe56e057F20F883E", hex));
    assert_string_equal(hex, "e10adc3949ba59abbe56e057f20f883e");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(admin_md5_hex_normalise(bad[i], hex));
}

static bool is_match(const char *hash, const char *md5_hex)
{
    bool matches = !hash[0];

    assert_int_equal(admin_hash_matches(hash, md5_hex, &matches), 0);
    return matches;
}

static void test_hash_and_check(void **state)
{
    static const char md5[] = "e10adc3949ba59abbe56e057f20f883e";
    char hash[ADMIN_HASH_MAX_LEN + 1], again[ADMIN_HASH_MAX_LEN + 1];

    (void)state;
    assert_int_equal(admin_hash(md5, hash), 0);
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_true(is_match(hash, md5));
    assert_false(is_match(hash, "e10adc3949ba59abbe56e057f20f883f"));
    assert_false(is_match(hash, ""));
    assert_false(is_match("", md5));
    assert_false(is_match("$argon2id$", md5));
    assert_int_equal(admin_hash(md5, again), 0);
    assert_string_not_equal(hash, again);
}

static void test_random_passwords(void **state)
{
    char first[33], second[33], small[5];

    (void)state;
    admin_password_random(first, sizeof(first));
    admin_password_random(second, sizeof(second));
    assert_int_equal(strlen(first), 12);
    assert_true(admin_password_is_valid(first));
    assert_string_not_equal(first, second);
    for (int i = 0; i < 200; i++) {
        admin_password_random(first, sizeof(first));
        assert_null(strpbrk(first, "0O1lIio"));
    }
    admin_password_random(small, sizeof(small));
    assert_int_equal(strlen(small), 4);
    admin_password_random(small, 0);
    assert_int_equal(strlen(small), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password_rules),      cmocka_unit_test(test_md5),
        cmocka_unit_test(test_md5_hex_in_any_case), cmocka_unit_test(test_hash_and_check),
        cmocka_unit_test(test_random_passwords),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
