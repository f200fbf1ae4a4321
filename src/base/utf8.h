/* SPDX-License-Identifier: MIT */
/* utf8.h - text of strangers as what people and JSON can take. Pure, any thread. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>

/* How many of the len bytes at text, at least one, its first character has; 0: it is none, or a
 * control character. */
size_t utf8_character_len(const char *text, size_t len);

/* Copy len bytes, up to a NUL among them, as UTF-8 on one line: each byte that is part of no
 * character, or of a control character, becomes '?'. What has no room is cut between characters.
 * to has room for max_len bytes and a NUL. Returns the length. */
size_t utf8_clean(const char *from, size_t len, char *to, size_t max_len);

#endif
