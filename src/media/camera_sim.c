/* SPDX-License-Identifier: MIT */
#include "media/camera_sim.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "media/camera.h"

struct picture {
    unsigned char *yuyv;
    unsigned width, height;
};

struct colour {
    unsigned char y, u, v;
};

enum { BARS = 8, GLYPH_WIDTH = 5, GLYPH_HEIGHT = 7, ROUND_MS = 10000 };

/* White, yellow, cyan, green, magenta, red, blue, black. */
static const struct colour bars[BARS] = {{235, 128, 128}, {210, 16, 146},  {170, 166, 16},
                                         {145, 54, 34},   {106, 202, 222}, {81, 90, 240},
                                         {41, 240, 110},  {16, 128, 128}};
static const struct colour white = {235, 128, 128}, dark = {16, 128, 128};

/* Rows from the top, the left pixel is 16. */
static const struct glyph {
    char character;
    unsigned char rows[GLYPH_HEIGHT];
} glyphs[] = {
    {'0', {14, 17, 19, 21, 25, 17, 14}}, {'1', {4, 12, 4, 4, 4, 4, 14}},
    {'2', {14, 17, 1, 2, 4, 8, 31}},     {'3', {31, 2, 4, 2, 1, 17, 14}},
    {'4', {2, 6, 10, 18, 31, 2, 2}},     {'5', {31, 16, 30, 1, 1, 17, 14}},
    {'6', {6, 8, 16, 30, 17, 17, 14}},   {'7', {31, 1, 2, 4, 8, 8, 8}},
    {'8', {14, 17, 17, 14, 17, 17, 14}}, {'9', {14, 17, 17, 15, 1, 2, 12}},
    {'-', {0, 0, 0, 31, 0, 0, 0}},       {'+', {0, 4, 4, 31, 4, 4, 0}},
    {':', {0, 4, 4, 0, 4, 4, 0}},        {'U', {17, 17, 17, 17, 17, 17, 14}},
    {'T', {31, 4, 4, 4, 4, 4, 4}},       {'C', {14, 17, 16, 16, 16, 17, 14}},
};

/* Both pixels of a pair get the colour; what is outside is left out. */
static void fill(const struct picture *picture, unsigned x, unsigned y, unsigned width,
                 unsigned height, struct colour colour)
{
    const unsigned char pair[4] = {colour.y, colour.u, colour.y, colour.v};

    for (unsigned row = y; row < y + height && row < picture->height; row++) {
        for (unsigned at = x & ~1u; at < x + width && at + 1 < picture->width; at += 2)
            memcpy(picture->yuyv + ((size_t)row * picture->width + at) * 2, pair, sizeof(pair));
    }
}

static void draw_glyph(const struct picture *picture, unsigned x, unsigned y, unsigned scale,
                       char character)
{
    for (size_t i = 0; i < sizeof(glyphs) / sizeof(glyphs[0]); i++) {
        if (glyphs[i].character != character)
            continue;
        for (unsigned at = 0; at < GLYPH_WIDTH * GLYPH_HEIGHT; at++) {
            unsigned column = at % GLYPH_WIDTH, row = at / GLYPH_WIDTH;

            if (glyphs[i].rows[row] & (16 >> column))
                fill(picture, x + column * scale, y + row * scale, scale, scale, white);
        }
    }
}

/* In the lower part, on black. */
static void draw_text(const struct picture *picture, const char *text)
{
    unsigned scale = picture->width / 200 * 2;
    unsigned y = picture->height * 3 / 4 + scale;

    if (!scale)
        return;
    for (unsigned i = 0; text[i]; i++)
        draw_glyph(picture, scale + i * (GLYPH_WIDTH + 1) * scale, y, scale, text[i]);
}

static void draw(const struct picture *picture, const struct camera_shot *shot, int64_t now_ms)
{
    unsigned bar = picture->width / BARS, upper = picture->height * 3 / 4;
    unsigned moved = (unsigned)(now_ms % ROUND_MS) * picture->width / ROUND_MS;
    char text[TIMEZONE_TEXT_SIZE];

    fill(picture, 0, upper, picture->width, picture->height, dark);
    for (unsigned i = 0; i < BARS; i++)
        fill(picture, i * bar, 0, i + 1 < BARS ? bar : picture->width, upper, bars[i]);
    fill(picture, moved, picture->height * 7 / 8, bar / 2, picture->height / 16, white);
    timezone_show(shot->timezone, now_ms / 1000, text);
    draw_text(picture, text);
}

static int take(struct camera_source *source, const struct camera_shot *shot, struct jpeg *ret_jpeg)
{
    struct picture picture = {NULL, shot->width, shot->height};
    int err;

    (void)source;
    picture.yuyv = calloc((size_t)shot->width * 2, shot->height);
    if (!picture.yuyv)
        return ENOMEM;
    draw(&picture, shot, clock_unix_ms());
    err = jpeg_from_yuyv(picture.yuyv, picture.width, picture.height, ret_jpeg);
    free(picture.yuyv);
    return err;
}

static void free_source(struct camera_source *source)
{
    free(source);
}

int camera_sim_new(struct camera_source **ret_source)
{
    struct camera_source *source = calloc(1, sizeof(*source));

    if (!source)
        return ENOMEM;
    *source = (struct camera_source){take, free_source};
    *ret_source = source;
    return 0;
}
