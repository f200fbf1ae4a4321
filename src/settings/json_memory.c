/* SPDX-License-Identifier: MIT */
#include "settings/json_memory.h"

#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Stands before each block; as wide as the strictest alignment. */
union header {
    struct {
        size_t size;
        union header *next, **link; /* among the blocks of a parse that still runs; NULL: none */
    };
    max_align_t align;
};

/* The library (2.14) does not look whether its text buffer could grow: it goes on with texts cut
 * short, or writes beyond a block. So without memory a parse is left at once, by longjmp, and
 * what it had taken is freed here. */
static _Thread_local struct {
    bool is_parsing;
    union header *blocks;
    jmp_buf no_memory;
} parse;

static void link_block(union header *header)
{
    header->next = parse.blocks;
    header->link = &parse.blocks;
    if (header->next)
        header->next->link = &header->next;
    parse.blocks = header;
}

static void unlink_block(union header *header)
{
    *header->link = header->next;
    if (header->next)
        header->next->link = header->link;
    header->link = NULL;
}

static void *allocate(size_t size)
{
    union header *header = NULL;

    if (size <= SIZE_MAX - sizeof(*header))
        header = malloc(sizeof(*header) + size);
    if (!header && parse.is_parsing)
        longjmp(parse.no_memory, 1);
    if (!header)
        return NULL;
    header->size = size;
    header->link = NULL;
    if (parse.is_parsing)
        link_block(header);
    return header + 1;
}

void json_memory_free(void *block)
{
    union header *header;

    if (!block)
        return;
    header = (union header *)block - 1;
    if (header->link)
        unlink_block(header);
    explicit_bzero(header, sizeof(*header) + header->size);
    free(header);
}

int json_memory_parse(const char *text, size_t len, struct json_t **ret_root,
                      struct json_error_t *ret_error)
{
    *ret_root = NULL;
    parse.is_parsing = true;
    if (setjmp(parse.no_memory)) {
        parse.is_parsing = false;
        while (parse.blocks)
            json_memory_free(parse.blocks + 1);
        return ENOMEM;
    }
    *ret_root = json_loadb(text, len, JSON_REJECT_DUPLICATES, ret_error);
    parse.is_parsing = false;
    while (parse.blocks)
        unlink_block(parse.blocks);
    return *ret_root ? 0 : EINVAL;
}

void json_memory_init(void)
{
    json_set_alloc_funcs(allocate, json_memory_free);
}
