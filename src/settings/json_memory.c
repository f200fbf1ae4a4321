/* SPDX-License-Identifier: MIT */
#include "settings/json_memory.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Stands before each block; as wide as the strictest alignment. */
union header {
    size_t size;
    max_align_t align;
};

static void *allocate(size_t size)
{
    union header *header;

    if (size > SIZE_MAX - sizeof(*header))
        return NULL;
    header = malloc(sizeof(*header) + size);
    if (!header)
        return NULL;
    header->size = size;
    return header + 1;
}

void json_memory_free(void *block)
{
    union header *header;

    if (!block)
        return;
    header = (union header *)block - 1;
    explicit_bzero(header, sizeof(*header) + header->size);
    free(header);
}

void json_memory_init(void)
{
    json_set_alloc_funcs(allocate, json_memory_free);
}
