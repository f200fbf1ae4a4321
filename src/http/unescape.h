/* SPDX-License-Identifier: MIT */
/* unescape.h - %XX in paths and queries. Pure functions. */
#ifndef HTTP_UNESCAPE_H
#define HTTP_UNESCAPE_H

#include <stddef.h>

/* In place. What is no escape stays as it is, and so does %00: a text never ends early.
 * Returns the new length. The server has turned '+' in queries into spaces before. */
size_t unescape(char *text);

#endif
