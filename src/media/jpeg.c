/* SPDX-License-Identifier: MIT */
/* libjpeg calls error_exit when something fails, which may not return: it jumps back to where the
 * work began. A damaged frame that it would patch up with grey is refused, too. */
#include "media/jpeg.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum { QUALITY = 85, ROWS = DCTSIZE };

struct failure {
    struct jpeg_error_mgr manager; /* first: the library hands it back */
    jmp_buf back;
    int err;
};

static void on_error(j_common_ptr common)
{
    struct failure *failure = (struct failure *)(void *)common->err;

    failure->err = common->err->msg_code == JERR_OUT_OF_MEMORY ? ENOMEM : EBADMSG;
    longjmp(failure->back, 1);
}

static void on_message(j_common_ptr common, int level)
{
    if (level < 0) /* a warning: the data is damaged */
        on_error(common);
}

static void failure_init(struct failure *failure)
{
    (void)jpeg_std_error(&failure->manager);
    failure->manager.error_exit = on_error;
    failure->manager.emit_message = on_message;
    failure->err = 0;
}

/* What one work needs; outside of the functions that are jumped into. */
struct work {
    struct jpeg_compress_struct to;
    struct jpeg_decompress_struct from;
    struct failure failure;
    unsigned char *data;
    unsigned long len;
    unsigned char *planes; /* ROWS of each component */
};

static int finish(struct work *work, int err, struct jpeg *ret_jpeg)
{
    jpeg_destroy_compress(&work->to);
    free(work->planes);
    if (err)
        free(work->data);
    else
        *ret_jpeg = (struct jpeg){work->data, work->len};
    free(work);
    return err;
}

/* One row of YUYV into its three planes, with the last pixels repeated up to full blocks. */
static void split_row(const unsigned char *yuyv, unsigned width, unsigned full,
                      unsigned char *const row[3])
{
    for (unsigned x = 0; x < full; x += 2) {
        const unsigned char *pair = yuyv + 2 * (size_t)(x < width ? x : width - 2);

        row[0][x] = pair[0];
        row[0][x + 1] = x < width ? pair[2] : pair[0];
        row[1][x / 2] = pair[1];
        row[2][x / 2] = pair[3];
    }
}

static void compress(struct work *work, const unsigned char *yuyv, unsigned width, unsigned height)
{
    unsigned full = (width + 2 * DCTSIZE - 1) / (2 * DCTSIZE) * (2 * DCTSIZE);
    unsigned char *luma = work->planes, *blue = luma + (size_t)ROWS * full;
    unsigned char *red = blue + (size_t)ROWS * full / 2;
    JSAMPROW rows[3][ROWS];
    JSAMPARRAY image[3] = {rows[0], rows[1], rows[2]};

    for (unsigned i = 0; i < ROWS; i++) {
        rows[0][i] = luma + (size_t)i * full;
        rows[1][i] = blue + (size_t)i * full / 2;
        rows[2][i] = red + (size_t)i * full / 2;
    }
    for (unsigned y = 0; y < height; y += ROWS) {
        for (unsigned i = 0; i < ROWS; i++) {
            unsigned char *const row[3] = {rows[0][i], rows[1][i], rows[2][i]};
            unsigned at = y + i < height ? y + i : height - 1;

            split_row(yuyv + (size_t)at * width * 2, width, full, row);
        }
        (void)jpeg_write_raw_data(&work->to, image, ROWS);
    }
}

static void start(struct work *work, unsigned width, unsigned height)
{
    struct jpeg_compress_struct *to = &work->to;

    jpeg_create_compress(to);
    jpeg_mem_dest(to, &work->data, &work->len);
    to->image_width = width;
    to->image_height = height;
    to->input_components = 3;
    to->in_color_space = JCS_YCbCr;
    jpeg_set_defaults(to);
    jpeg_set_quality(to, QUALITY, TRUE);
    to->raw_data_in = TRUE;
    to->dct_method = JDCT_FASTEST;
    to->comp_info[0].h_samp_factor = 2;
    to->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(to, TRUE);
}

int jpeg_from_yuyv(const unsigned char *yuyv, unsigned width, unsigned height,
                   struct jpeg *ret_jpeg)
{
    struct work *work;

    if (width < 2 || width % 2 || width > JPEG_MAX_SIDE || !height || height > JPEG_MAX_SIDE)
        return EINVAL;
    work = calloc(1, sizeof(*work));
    if (!work)
        return ENOMEM;
    work->planes = malloc((size_t)ROWS * 2 * (width + 2 * DCTSIZE));
    if (!work->planes)
        return finish(work, ENOMEM, ret_jpeg);
    failure_init(&work->failure);
    work->to.err = &work->failure.manager;
    if (setjmp(work->failure.back) == 0) {
        start(work, width, height);
        compress(work, yuyv, width, height);
        jpeg_finish_compress(&work->to);
    }
    return finish(work, work->failure.err, ret_jpeg);
}

/* The coefficients as they are, with the usual tables written out. */
static void copy(struct work *work, const unsigned char *frame, size_t len)
{
    jvirt_barray_ptr *coefficients;

    jpeg_create_decompress(&work->from);
    jpeg_create_compress(&work->to);
    jpeg_mem_src(&work->from, frame, len);
    (void)jpeg_read_header(&work->from, TRUE);
    if (work->from.image_width > JPEG_MAX_SIDE || work->from.image_height > JPEG_MAX_SIDE) {
        work->failure.err = EBADMSG;
        return;
    }
    coefficients = jpeg_read_coefficients(&work->from);
    jpeg_copy_critical_parameters(&work->from, &work->to);
    jpeg_mem_dest(&work->to, &work->data, &work->len);
    jpeg_write_coefficients(&work->to, coefficients);
    jpeg_finish_compress(&work->to);
    (void)jpeg_finish_decompress(&work->from);
}

int jpeg_from_frame(const unsigned char *frame, size_t len, struct jpeg *ret_jpeg)
{
    struct work *work = calloc(1, sizeof(*work));

    if (!work)
        return ENOMEM;
    if (!len) {
        free(work);
        return EBADMSG;
    }
    failure_init(&work->failure);
    work->to.err = work->from.err = &work->failure.manager;
    if (setjmp(work->failure.back) == 0)
        copy(work, frame, len);
    jpeg_destroy_decompress(&work->from);
    return finish(work, work->failure.err, ret_jpeg);
}
