/* SPDX-License-Identifier: MIT */
/* png.h - a picture in black and white as a PNG file. Pure function, any thread. */
#ifndef HTTP_PNG_H
#define HTTP_PNG_H

#include <stddef.h>

enum { PNG_MAX_SIDE = 1024 };

/* bits: height rows of (width + 7) / 8 bytes each, the first pixel in the highest bit; 1 is white.
 * Sides: 1 to PNG_MAX_SIDE pixels, else EINVAL. Returns 0 or ENOMEM. Caller frees *ret_file. */
int png_from_bits(const unsigned char *bits, unsigned width, unsigned height,
                  unsigned char **ret_file, size_t *ret_len);

#endif
