/* SPDX-License-Identifier: MIT */
/* picture.h - a JPEG file decoded, for tests. */
#ifndef PICTURE_H
#define PICTURE_H

#include "media/jpeg.h"

struct picture {
    unsigned width, height;
    unsigned char *rgb; /* width * height * 3 bytes; caller frees */
};

/* Fails the test if it is no whole JPEG file. Frees jpeg->data. */
struct picture picture_decode(struct jpeg *jpeg);

/* Red, green, blue at a place. */
const unsigned char *picture_at(const struct picture *picture, unsigned x, unsigned y);

#endif
