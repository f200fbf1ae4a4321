/* SPDX-License-Identifier: MIT */
/* scan.h - what somebody has held before the reader, shown, or typed: a value. Pure functions, any
 * thread. */
#ifndef ACCESS_SCAN_H
#define ACCESS_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "access/identifier.h"

/* type: IDENTIFIER_CARD, IDENTIFIER_CODE or IDENTIFIER_QR. A code is a secret: see scan_wipe. */
struct scan {
    enum identifier_type type;
    struct identifier_key key;
    char number[IDENTIFIER_MAX_NUMBER + 1]; /* as it came */
};

/* Returns NULL with *ret_scan set, or in words what such a number must be. */
const char *scan_read(enum identifier_type type, const char *number, struct scan *ret_scan);

/* A line that a card or QR reader has typed: a UUID is a QR code, all else a card: decimal, or hex
 * with separators or without (hex without a letter in it is taken as decimal). Same contract. */
const char *scan_read_line(const char *line, struct scan *ret_scan);

bool scan_is_same(const struct scan *a, const struct scan *b);

/* How a remote access server knows it: "card", "input_code" or "qr", and the number: cards as
 * "AA:BB:CC:DD", four bytes at least. Borrowed; static. */
const char *scan_server_type(const struct scan *scan);
void scan_server_number(const struct scan *scan, char ret_number[IDENTIFIER_MAX_NUMBER + 1]);

/* Are two texts the same? Takes as long for those that nearly are. */
bool scan_text_is_same(const char *a, const char *b, size_t max_len);

/* Nothing of it stays in memory. */
void scan_wipe(struct scan *scan);

#endif
