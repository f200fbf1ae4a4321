/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

size_t utf8_character_len(const char *from, size_t len)
{
    const unsigned char *text = (const unsigned char *)from;
    /* by first byte: least value, so that nothing is written longer than need be */
    static const uint32_t least[] = {0, 0x20, 0x80, 0x800, 0x10000};
    size_t n = text[0] < 0x80   ? 1
               : text[0] < 0xc0 ? 0
               : text[0] < 0xe0 ? 2
               : text[0] < 0xf0 ? 3
                                : 4;
    uint32_t value = n == 1 ? text[0] : text[0] & (0xffu >> (n + 1));

    if (text[0] >= 0xf8 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ||
        (value >= 0x7f && value < 0xa0))
        return 0;
    return n;
}

size_t utf8_clean(const char *from, size_t len, char *to, size_t max_len)
{
    size_t done = 0;

    while (len && *from && done < max_len) {
        size_t n = utf8_character_len(from, len);

        if (n > max_len - done)
            break;
        if (n)
            memcpy(to + done, from, n);
        else
            to[done] = '?';
        n = n ? n : 1;
        done += n;
        from += n;
        len -= n;
    }
    to[done] = '\0';
    return done;
}
