/* SPDX-License-Identifier: MIT */
/* json_memory.h - has the JSON library wipe its memory: bodies hold passwords. And notice when it
 * gets none. Any thread. */
#ifndef SETTINGS_JSON_MEMORY_H
#define SETTINGS_JSON_MEMORY_H

#include <stddef.h>

struct json_t;
struct json_error_t;

/* Call once, before the JSON library is used for anything: from then on it wipes each
 * block before it is freed. Free what the library hands out with json_memory_free. */
void json_memory_init(void);

/* json_loadb with JSON_REJECT_DUPLICATES. Returns 0; EINVAL, and *ret_error says where (may be
 * NULL); or ENOMEM, which the library does not survive by itself (json_memory_init must have been
 * called). The caller owns *ret_root; NULL on failure. */
int json_memory_parse(const char *text, size_t len, struct json_t **ret_root,
                      struct json_error_t *ret_error);

/* For json_dumps() results. NULL is fine. */
void json_memory_free(void *block);

#endif
