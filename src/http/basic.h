/* SPDX-License-Identifier: MIT */
/* basic.h - the credentials of HTTP Basic. Pure functions. */
#ifndef HTTP_BASIC_H
#define HTTP_BASIC_H

#include <stdbool.h>

enum { BASIC_MAX_TEXT = 127 };

struct basic {
    char user[BASIC_MAX_TEXT + 1];
    char password[BASIC_MAX_TEXT + 1]; /* wipe with basic_wipe */
};

/* base64: what follows "Basic " in the header, padded or not.
 * False if it is no base64, has no ':' or a NUL, or is longer than BASIC_MAX_TEXT in all. */
bool basic_parse(const char *base64, struct basic *ret_basic);

/* The password leaves no trace in memory. */
void basic_wipe(struct basic *basic);

#endif
