/* SPDX-License-Identifier: MIT */
/* answer.h - an HTTP/1.1 answer, taken apart when all of it is there. Pure function. */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <stddef.h>

/* All the bytes of one connection: the longest answer that is taken. */
enum { ANSWER_MAX_BYTES = 1024 * 1024 };

struct answer {
    int status;
    char *body; /* borrowed from the data; with a NUL behind it */
    size_t body_len;
};

/* Take data apart, in place: status line, headers, and a body by Content-Length, chunked, or up to
 * the end.
 *   data  len bytes and room for one more
 * Returns 0 or EBADMSG (no answer, or not all of one). */
int answer_parse(char *data, size_t len, struct answer *ret_answer);

#endif
