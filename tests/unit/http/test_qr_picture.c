/* SPDX-License-Identifier: MIT */
/* That a reader finds the text in it is shown by tests/e2e/61-identifiers.py. */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "http/qr_picture.h"

static void test_lengths(void **state)
{
    char text[QR_PICTURE_MAX_TEXT + 2];
    unsigned char *png = NULL;
    size_t len;

    (void)state;
    /* Bytes that no kind of QR code has a short form for. */
    for (size_t n = 1; n <= QR_PICTURE_MAX_TEXT; n += 21) {
        memset(text, '~', n);
        text[n] = '\0';
        assert_int_equal(qr_picture_png(text, &png, &len), 0);
        assert_in_range(len, 100, QR_PICTURE_MAX_LEN);
        assert_memory_equal(png, "\x89PNG", 4);
        free(png);
        png = NULL;
    }
    memset(text, '~', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(qr_picture_png(text, &png, &len), EINVAL);
    assert_int_equal(qr_picture_png("", &png, &len), EINVAL);
    assert_null(png);
}

static void test_two_texts_are_two_pictures(void **state)
{
    unsigned char *a = NULL, *b = NULL;
    size_t a_len, b_len;

    (void)state;
    assert_int_equal(qr_picture_png("0f8fad5b-d9cb-469f-a165-70867728950e", &a, &a_len), 0);
    assert_int_equal(qr_picture_png("0f8fad5b-d9cb-469f-a165-70867728950f", &b, &b_len), 0);
    assert_true(a_len != b_len || memcmp(a, b, a_len) != 0);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_two_texts_are_two_pictures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
