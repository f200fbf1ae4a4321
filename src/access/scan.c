/* SPDX-License-Identifier: MIT */
#include "access/scan.h"

#include <stdio.h>
#include <string.h>

enum { MIN_CARD_BYTES = 4 };

#define HEX "0123456789abcdefABCDEF"

const char *scan_read(enum identifier_type type, const char *number, struct scan *ret_scan)
{
    const char *why = identifier_key_read(type, number, &ret_scan->key);

    if (why)
        return why;
    ret_scan->type = type;
    (void)snprintf(ret_scan->number, sizeof(ret_scan->number), "%s", number);
    return NULL;
}

/* "1a2b3c4d" becomes "1a:2b:3c:4d". False: it is nothing of that kind. */
static bool separate(const char *line, char number[IDENTIFIER_MAX_NUMBER + 1])
{
    size_t len = strlen(line), n = 0;

    if (len % 2 || len < 4 || len > 2 * IDENTIFIER_MAX_BYTES || line[strspn(line, HEX)] ||
        !line[strspn(line, "0123456789")])
        return false;
    for (size_t i = 0; i < len; i += 2) {
        if (i)
            number[n++] = ':';
        number[n++] = line[i];
        number[n++] = line[i + 1];
    }
    number[n] = '\0';
    return true;
}

const char *scan_read_line(const char *line, struct scan *ret_scan)
{
    char number[IDENTIFIER_MAX_NUMBER + 1];

    if (!scan_read(IDENTIFIER_QR, line, ret_scan))
        return NULL;
    return scan_read(IDENTIFIER_CARD, separate(line, number) ? number : line, ret_scan);
}

bool scan_is_same(const struct scan *a, const struct scan *b)
{
    return identifier_key_is_same(&a->key, &b->key);
}

const char *scan_server_type(const struct scan *scan)
{
    switch (scan->type) {
    case IDENTIFIER_CODE:
        return "input_code";
    case IDENTIFIER_QR:
        return "qr";
    default:
        return "card";
    }
}

void scan_server_number(const struct scan *scan, char ret_number[IDENTIFIER_MAX_NUMBER + 1])
{
    const struct identifier_key *key = &scan->key;
    unsigned first = 0;
    size_t len = 0;

    if (scan->type != IDENTIFIER_CARD) {
        (void)snprintf(ret_number, IDENTIFIER_MAX_NUMBER + 1, "%s", scan->number);
        return;
    }
    while (first + MIN_CARD_BYTES < key->len && key->bytes[first] == 0)
        first++;
    for (unsigned i = first; i < key->len && len + 3 <= IDENTIFIER_MAX_NUMBER; i++)
        len += (size_t)snprintf(ret_number + len, IDENTIFIER_MAX_NUMBER + 1 - len, "%s%02X",
                                i > first ? ":" : "", key->bytes[i]);
}

bool scan_text_is_same(const char *a, const char *b, size_t max_len)
{
    size_t len_a = strnlen(a, max_len + 1), len_b = strnlen(b, max_len + 1);
    unsigned char difference = len_a != len_b;

    for (size_t i = 0; i <= max_len; i++)
        difference |= (unsigned char)((i < len_a ? a[i] : 0) ^ (i < len_b ? b[i] : 0));
    return !difference;
}

void scan_wipe(struct scan *scan)
{
    explicit_bzero(scan, sizeof(*scan));
}
