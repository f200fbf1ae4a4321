/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

void fuzz_broken(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: broken: %s\n", file, line, what);
    abort();
}

int fuzz_next_record(const uint8_t **data, size_t *size, struct fuzz_record *ret_record)
{
    const uint8_t *end;
    size_t len;

    if (!*size)
        return 0;
    end = memchr(*data, FUZZ_SEPARATOR, *size);
    len = end ? (size_t)(end - *data) : *size;
    ret_record->kind = len ? (char)**data : '\0';
    ret_record->data = len ? *data + 1 : *data;
    ret_record->len = len ? len - 1 : 0;
    *data += end ? len + 1 : len;
    *size -= end ? len + 1 : len;
    return 1;
}
