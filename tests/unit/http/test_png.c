/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "http/png.h"

static unsigned long read_u32(const unsigned char *at)
{
    return (unsigned long)at[0] << 24 | (unsigned long)at[1] << 16 | (unsigned long)at[2] << 8 |
           at[3];
}

/* The chunk at *at, whose checksum must be right; *at is then behind it. */
static const unsigned char *take(const unsigned char **at, const char *kind, size_t *ret_len)
{
    const unsigned char *data = *at + 8;

    *ret_len = read_u32(*at);
    assert_memory_equal(*at + 4, kind, 4);
    assert_int_equal(read_u32(data + *ret_len), crc32(0, *at + 4, (uInt)(*ret_len + 4)));
    *at = data + *ret_len + 4;
    return data;
}

static void test_what_is_drawn_is_in_the_file(void **state)
{
    /* 11 x 3 pixels. */
    static const unsigned char bits[] = {0x80, 0x20, 0x00, 0x00, 0xff, 0xe0};
    static const unsigned char rows_wanted[] = {0, 0x80, 0x20, 0, 0x00, 0x00, 0, 0xff, 0xe0};
    static const unsigned char header_wanted[] = {0, 0, 0, 11, 0, 0, 0, 3, 1, 0, 0, 0, 0};
    unsigned char *file = NULL, rows[64];
    const unsigned char *at, *data;
    uLongf rows_len = sizeof(rows);
    size_t len, n;

    (void)state;
    assert_int_equal(png_from_bits(bits, 11, 3, &file, &len), 0);
    assert_memory_equal(file, "\x89PNG\r\n\x1a\n", 8);
    at = file + 8;
    data = take(&at, "IHDR", &n);
    assert_int_equal(n, sizeof(header_wanted));
    assert_memory_equal(data, header_wanted, n);
    data = take(&at, "IDAT", &n);
    assert_int_equal(uncompress(rows, &rows_len, data, n), Z_OK);
    assert_int_equal(rows_len, sizeof(rows_wanted));
    assert_memory_equal(rows, rows_wanted, sizeof(rows_wanted));
    (void)take(&at, "IEND", &n);
    assert_int_equal(n, 0);
    assert_ptr_equal(at, file + len);
    free(file);
}

static void test_sides_are_bounded(void **state)
{
    unsigned char *bits = calloc(PNG_MAX_SIDE / 8, PNG_MAX_SIDE), *file = NULL;
    size_t len;

    (void)state;
    assert_non_null(bits);
    assert_int_equal(png_from_bits(bits, PNG_MAX_SIDE, PNG_MAX_SIDE, &file, &len), 0);
    free(file);
    file = NULL;
    assert_int_equal(png_from_bits(bits, PNG_MAX_SIDE + 1, 1, &file, &len), EINVAL);
    assert_int_equal(png_from_bits(bits, 1, PNG_MAX_SIDE + 1, &file, &len), EINVAL);
    assert_int_equal(png_from_bits(bits, 0, 1, &file, &len), EINVAL);
    assert_int_equal(png_from_bits(bits, 1, 0, &file, &len), EINVAL);
    assert_null(file);
    free(bits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_drawn_is_in_the_file),
        cmocka_unit_test(test_sides_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
