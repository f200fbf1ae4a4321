/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "media/jpeg.h"
#include "picture.h"

/* The left half white, the right half black. */
static unsigned char *make_yuyv(unsigned width, unsigned height)
{
    unsigned char *yuyv = malloc((size_t)width * height * 2);

    assert_non_null(yuyv);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        yuyv[2 * i] = i % width < width / 2 ? 235 : 16;
        yuyv[2 * i + 1] = 128;
    }
    return yuyv;
}

static struct jpeg encode(unsigned width, unsigned height)
{
    unsigned char *yuyv = make_yuyv(width, height);
    struct jpeg jpeg = {NULL, 0};

    assert_int_equal(jpeg_from_yuyv(yuyv, width, height, &jpeg), 0);
    free(yuyv);
    return jpeg;
}

/* Of any even width, also where it ends within a block. */
static void test_sizes(void **state)
{
    static const unsigned sizes[][2] = {{2, 1},     {16, 8},     {18, 9},     {30, 17},
                                        {640, 480}, {1280, 720}, {1920, 1080}};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct jpeg jpeg = encode(sizes[i][0], sizes[i][1]);
        struct picture picture = picture_decode(&jpeg);

        assert_int_equal(picture.width, sizes[i][0]);
        assert_int_equal(picture.height, sizes[i][1]);
        if (picture.width >= 16) {
            assert_true(picture_at(&picture, 0, picture.height - 1)[0] > 200);
            assert_true(picture_at(&picture, picture.width - 1, picture.height - 1)[0] < 60);
        }
        free(picture.rgb);
    }
}

static void test_sides_out_of_range(void **state)
{
    static const unsigned sizes[][2] = {
        {0, 8}, {8, 0}, {7, 8}, {JPEG_MAX_SIDE + 2, 8}, {8, JPEG_MAX_SIDE + 1}};
    struct jpeg jpeg;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        assert_int_equal(jpeg_from_yuyv((const unsigned char *)"", sizes[i][0], sizes[i][1], &jpeg),
                         EINVAL);
}

/* Without its Huffman tables, as cameras send motion JPEG. */
static size_t remove_tables(unsigned char *data, size_t len)
{
    size_t at = 2, to = 2;

    while (at + 4 <= len && data[at] == 0xff && data[at + 1] != 0xda) {
        size_t part = 2 + ((size_t)data[at + 2] << 8 | data[at + 3]);

        if (data[at + 1] != 0xc4) {
            memmove(data + to, data + at, part);
            to += part;
        }
        at += part;
    }
    memmove(data + to, data + at, len - at);
    return to + len - at;
}

static void test_frames(void **state)
{
    struct jpeg frame = encode(64, 32), whole;
    size_t len;

    (void)state;
    assert_int_equal(jpeg_from_frame(frame.data, frame.len, &whole), 0);
    assert_int_equal(whole.len, frame.len);
    free(whole.data);
    len = remove_tables(frame.data, frame.len);
    assert_true(len < frame.len);
    assert_int_equal(jpeg_from_frame(frame.data, len, &whole), 0);
    assert_int_equal(whole.len, frame.len);
    struct picture picture = picture_decode(&whole);

    assert_int_equal(picture.width, 64);
    assert_true(picture_at(&picture, 3, 3)[1] > 200);
    free(picture.rgb);
    free(frame.data);
}

/* Cut anywhere, and with each byte changed: an error or a picture, never more. */
static void test_damaged_frames(void **state)
{
    struct jpeg frame = encode(32, 16), whole;

    (void)state;
    for (size_t len = 0; len < frame.len - 2; len++)
        assert_int_equal(jpeg_from_frame(frame.data, len, &whole), EBADMSG);
    for (size_t i = 0; i < frame.len; i++) {
        frame.data[i] ^= 0xff;
        if (!jpeg_from_frame(frame.data, frame.len, &whole))
            free(whole.data);
        frame.data[i] ^= 0xff;
    }
    assert_int_equal(jpeg_from_frame((const unsigned char *)"GIF89a", 6, &whole), EBADMSG);
    free(frame.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_sides_out_of_range),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_damaged_frames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
