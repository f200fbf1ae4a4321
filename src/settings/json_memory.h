/* SPDX-License-Identifier: MIT */
/* json_memory.h - has the JSON library wipe its memory: bodies hold passwords. */
#ifndef SETTINGS_JSON_MEMORY_H
#define SETTINGS_JSON_MEMORY_H

/* Call once, before the JSON library is used for anything: from then on it wipes each
 * block before it is freed. Free what the library hands out with json_memory_free. */
void json_memory_init(void);

/* For json_dumps() results. NULL is fine. */
void json_memory_free(void *block);

#endif
