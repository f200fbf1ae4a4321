/* SPDX-License-Identifier: MIT */
/* text.h - questions about strings that the C library has no answer to. Pure, any thread. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>

/* Is ending, which is not "", what text ends with? */
bool text_has_ending(const char *text, const char *ending);

#endif
