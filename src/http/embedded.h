/* SPDX-License-Identifier: MIT */
/* embedded.h - files that are part of the program; tools/embed writes the table. Constant,
 * any thread. */
#ifndef HTTP_EMBEDDED_H
#define HTTP_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *path; /* "/app.js" */
    const char *content_type;
    const char *etag; /* in its quotes; changes with the content */
    const unsigned char *data;
    size_t len;
};

extern const struct embedded embedded_files[];
extern const size_t embedded_count;

/* NULL if there is none. */
const struct embedded *embedded_find(const char *path);

#endif
