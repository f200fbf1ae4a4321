/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "picture.h"

#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

static void on_message(j_common_ptr common, int level)
{
    (void)common;
    assert_true(level >= 0);
}

struct picture picture_decode(struct jpeg *jpeg)
{
    struct jpeg_decompress_struct from;
    struct jpeg_error_mgr manager;
    struct picture picture;

    from.err = jpeg_std_error(&manager);
    manager.emit_message = on_message;
    jpeg_create_decompress(&from);
    jpeg_mem_src(&from, jpeg->data, jpeg->len);
    assert_int_equal(jpeg_read_header(&from, TRUE), JPEG_HEADER_OK);
    from.out_color_space = JCS_RGB;
    assert_true(jpeg_start_decompress(&from));
    picture = (struct picture){from.output_width, from.output_height,
                               malloc((size_t)from.output_width * from.output_height * 3)};
    assert_non_null(picture.rgb);
    while (from.output_scanline < from.output_height) {
        JSAMPROW row = picture.rgb + (size_t)from.output_scanline * from.output_width * 3;

        (void)jpeg_read_scanlines(&from, &row, 1);
    }
    (void)jpeg_finish_decompress(&from);
    jpeg_destroy_decompress(&from);
    free(jpeg->data);
    *jpeg = (struct jpeg){NULL, 0};
    return picture;
}

const unsigned char *picture_at(const struct picture *picture, unsigned x, unsigned y)
{
    return picture->rgb + ((size_t)y * picture->width + x) * 3;
}
