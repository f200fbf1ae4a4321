/* SPDX-License-Identifier: MIT */
#include "http/png.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

enum {
    HEADER_LEN = 13,
    CHUNK_EXTRA = 12, /* length, kind and checksum */
    DEPTH_BITS = 1,
    FILTER_NONE = 0, /* in front of each row */
};

static unsigned char *write_u32(unsigned char *at, unsigned long value)
{
    *at++ = (unsigned char)(value >> 24);
    *at++ = (unsigned char)(value >> 16);
    *at++ = (unsigned char)(value >> 8);
    *at++ = (unsigned char)value;
    return at;
}

/* data may stand where it will be written: 8 bytes behind at. */
static unsigned char *write_chunk(unsigned char *at, const char kind[4], const unsigned char *data,
                                  size_t len)
{
    unsigned char *begin = write_u32(at, len);

    memcpy(begin, kind, 4);
    if (len)
        memmove(begin + 4, data, len);
    return write_u32(begin + 4 + len, crc32(0, begin, (uInt)(4 + len)));
}

/* The rows as PNG wants them compressed. Returns NULL: no memory. */
static unsigned char *filter_rows(const unsigned char *bits, unsigned row_len, unsigned height)
{
    unsigned char *rows = malloc((row_len + 1UL) * height);

    for (unsigned y = 0; y < height && rows; y++) {
        rows[y * (row_len + 1UL)] = FILTER_NONE;
        memcpy(rows + y * (row_len + 1UL) + 1, bits + (size_t)y * row_len, row_len);
    }
    return rows;
}

int png_from_bits(const unsigned char *bits, unsigned width, unsigned height,
                  unsigned char **ret_file, size_t *ret_len)
{
    const unsigned row_len = (width + 7) / 8;
    unsigned char header[HEADER_LEN] = {0};
    unsigned char *rows = NULL, *file = NULL, *at;
    uLong raw_len = (row_len + 1UL) * height, packed_len = compressBound(raw_len);
    int err = ENOMEM;

    if (width < 1 || height < 1 || width > PNG_MAX_SIDE || height > PNG_MAX_SIDE)
        return EINVAL;
    rows = filter_rows(bits, row_len, height);
    file = malloc(sizeof(signature) + HEADER_LEN + packed_len + 3UL * CHUNK_EXTRA);
    if (!rows || !file)
        goto out;

    memcpy(file, signature, sizeof(signature));
    at = write_u32(header, width);
    at = write_u32(at, height);
    *at = DEPTH_BITS; /* grey, no interlace: the rest is 0 */
    at = write_chunk(file + sizeof(signature), "IHDR", header, sizeof(header));
    if (compress2(at + 8, &packed_len, rows, raw_len, Z_BEST_COMPRESSION) != Z_OK)
        goto out;
    at = write_chunk(at, "IDAT", at + 8, packed_len);
    at = write_chunk(at, "IEND", NULL, 0);
    *ret_len = (size_t)(at - file);
    *ret_file = file;
    file = NULL;
    err = 0;
out:
    free(rows);
    free(file);
    return err;
}
