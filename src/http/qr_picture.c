/* SPDX-License-Identifier: MIT */
#include "http/qr_picture.h"

#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/late.h"
#include "base/log.h"
#include "http/png.h"

#define LIBRARY "libqrencode.so.4"

/* Its functions, once it is loaded. */
static struct {
    __typeof__(&QRcode_encodeString8bit) encode;
    __typeof__(&QRcode_free) free;
} library;

static int load(void)
{
    const struct late_function functions[] = {
        {"QRcode_encodeString8bit", &library.encode},
        {"QRcode_free", &library.free},
    };
    char problem[LATE_PROBLEM_SIZE];
    int err;

    if (library.encode)
        return 0;
    err = late_load(LIBRARY, functions, sizeof(functions) / sizeof(functions[0]), problem);
    if (err)
        log_error("http: no QR codes: %s", problem);
    return err;
}

static bool is_dark(const QRcode *code, int x, int y)
{
    return x >= 0 && y >= 0 && x < code->width && y < code->width &&
           (code->data[y * code->width + x] & 1);
}

static int draw(const QRcode *code, unsigned char **ret_png, size_t *ret_len)
{
    const unsigned modules = (unsigned)code->width + 2 * QR_PICTURE_QUIET;
    /* A module is as many pixels wide as a byte has bits. */
    _Static_assert(QR_PICTURE_MODULE_PX == 8, "a module is a byte of a row");
    unsigned char *bits = malloc((size_t)modules * modules * QR_PICTURE_MODULE_PX);
    unsigned char *at = bits;
    int err;

    if (!bits)
        return ENOMEM;
    for (unsigned y = 0; y < modules * QR_PICTURE_MODULE_PX; y++) {
        for (unsigned x = 0; x < modules; x++)
            *at++ = is_dark(code, (int)x - QR_PICTURE_QUIET,
                            (int)(y / QR_PICTURE_MODULE_PX) - QR_PICTURE_QUIET)
                        ? 0x00
                        : 0xff;
    }
    err = png_from_bits(bits, modules * QR_PICTURE_MODULE_PX, modules * QR_PICTURE_MODULE_PX,
                        ret_png, ret_len);
    free(bits);
    return err;
}

int qr_picture_png(const char *text, unsigned char **ret_png, size_t *ret_len)
{
    size_t len = strlen(text);
    QRcode *code;
    int err;

    if (len < 1 || len > QR_PICTURE_MAX_TEXT)
        return EINVAL;
    err = load();
    if (err)
        return err;
    code = library.encode(text, 0, QR_ECLEVEL_M);
    if (!code)
        return ENOMEM;
    err = draw(code, ret_png, ret_len);
    library.free(code);
    return err;
}
