/* SPDX-License-Identifier: MIT */
/* identifier_json.h - an identifier as clients write and read it. Pure functions, any thread. */
#ifndef ACCESS_IDENTIFIER_JSON_H
#define ACCESS_IDENTIFIER_JSON_H

#include <stdbool.h>

struct field_error;
struct identifier;
struct json_t;

/* What a body must hold. */
enum identifier_need {
    IDENTIFIER_PART,   /* what is left out stays */
    IDENTIFIER_WHOLE,  /* owner, type, number and lock; without `valid` it is good for ever */
    IDENTIFIER_LINKED, /* and a link_id */
};

/* Read the members of root, or of its `base`, into *identifier, which is empty or the one to
 * change. `time` may stand beside `passes` or inside it. uid and passes_left are not read. Returns
 * false with ret_error set; then *identifier is undefined. */
bool identifier_from_json(const struct json_t *root, enum identifier_need need,
                          struct identifier *identifier, struct field_error *ret_error);

/* As lists and items show it. Caller owns it; NULL: no memory. */
struct json_t *identifier_to_json(const struct identifier *identifier);

#endif
