/* SPDX-License-Identifier: MIT */
/* jpeg.h - pictures as JPEG files. Any thread. Takes some ms: not on the loop thread. */
#ifndef MEDIA_JPEG_H
#define MEDIA_JPEG_H

#include <stddef.h>

enum { JPEG_MAX_SIDE = 4096 };

/* Bytes of a JPEG file; free data with free(). */
struct jpeg {
    unsigned char *data;
    size_t len;
};

/* yuyv: width * height * 2 bytes, Y U Y V for each two pixels; sides from 2 to JPEG_MAX_SIDE, width
 * even. Returns 0, EINVAL (a side) or ENOMEM; caller owns ret_jpeg->data. */
int jpeg_from_yuyv(const unsigned char *yuyv, unsigned width, unsigned height,
                   struct jpeg *ret_jpeg);

/* A frame of motion JPEG as cameras send it, maybe without the tables that a file must have, made a
 * whole file; nothing of the picture is lost. Returns 0, EBADMSG (cut, or no JPEG), or ENOMEM;
 * caller owns ret_jpeg->data. */
int jpeg_from_frame(const unsigned char *frame, size_t len, struct jpeg *ret_jpeg);

#endif
