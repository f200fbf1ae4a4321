/* SPDX-License-Identifier: MIT */
/* qr_picture.h - a text as the picture of a QR code. The library that knows how is loaded at the
 * first picture: may block for some ms then. Loop thread only. */
#ifndef HTTP_QR_PICTURE_H
#define HTTP_QR_PICTURE_H

#include <stddef.h>

enum {
    QR_PICTURE_MAX_TEXT = 64,
    QR_PICTURE_MODULE_PX = 8,
    QR_PICTURE_QUIET = 4,           /* modules of white around it */
    QR_PICTURE_MAX_LEN = 16 * 1024, /* of the file */
};

/* text: 1 to QR_PICTURE_MAX_TEXT bytes, else EINVAL. Returns 0, ELIBACC (there is no such library)
 * or ENOMEM. Caller frees *ret_png, a PNG file. */
int qr_picture_png(const char *text, unsigned char **ret_png, size_t *ret_len);

#endif
