/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "access/scan.h"

#define UUID "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

static void test_lines_of_readers(void **state)
{
    static const struct {
        const char *line, *type, *number; /* NULL: refused */
    } cases[] = {
        {"1493650", "card", "00:16:CA:92"},
        {"0001493650", "card", "00:16:CA:92"},
        {"16CA92", "card", "00:16:CA:92"},
        {"0016ca92", "card", "00:16:CA:92"},
        {"16:CA:92", "card", "00:16:CA:92"},
        {"0000001A2B3C4D", "card", "1A:2B:3C:4D"},
        {"FFFFFFFFFFFFFFFF", "card", "FF:FF:FF:FF:FF:FF:FF:FF"},
        {"18446744073709551615", "card", "FF:FF:FF:FF:FF:FF:FF:FF"},
        {"12", "card", "00:00:00:0C"},
        {"0", "card", "00:00:00:00"},
        {UUID, "qr", UUID},
        {"18446744073709551616", NULL, NULL},
        {"FFFFFFFFFFFFFFFFFF", NULL, NULL},
        {"1A2", NULL, NULL},
        {"", NULL, NULL},
        {"-", NULL, NULL},
        {UUID "0", NULL, NULL},
        {"6ba7b810-9dad-11d1-80b4-00c04fd430cx", NULL, NULL},
    };
    char number[IDENTIFIER_MAX_NUMBER + 1];
    struct scan scan;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *why = scan_read_line(cases[i].line, &scan);

        print_message("# %s\n", cases[i].line);
        assert_int_equal(why == NULL, cases[i].type != NULL);
        if (why)
            continue;
        scan_server_number(&scan, number);
        assert_string_equal(scan_server_type(&scan), cases[i].type);
        assert_string_equal(number, cases[i].number);
    }
}

static void test_same_whatever_the_spelling(void **state)
{
    struct scan a, b;

    (void)state;
    assert_null(scan_read(IDENTIFIER_CARD, "00-16-ca-92", &a));
    assert_null(scan_read(IDENTIFIER_CARD, "1493650", &b));
    assert_true(scan_is_same(&a, &b));
    assert_null(scan_read(IDENTIFIER_CODE, "1493650", &b));
    assert_false(scan_is_same(&a, &b));
    assert_string_equal(scan_server_type(&b), "input_code");
    scan_wipe(&b);
    assert_int_equal(strlen(b.number), 0);
}

static void test_texts(void **state)
{
    (void)state;
    assert_true(scan_text_is_same("", "", 8));
    assert_true(scan_text_is_same("12345678", "12345678", 8));
    assert_false(scan_text_is_same("12345678", "12345679", 8));
    assert_false(scan_text_is_same("1234", "12345", 8));
    assert_false(scan_text_is_same("1234", "", 8));
    assert_false(scan_text_is_same("12345678", "123456789", 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_of_readers),
        cmocka_unit_test(test_same_whatever_the_spelling),
        cmocka_unit_test(test_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
