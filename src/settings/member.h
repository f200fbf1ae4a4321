/* SPDX-License-Identifier: MIT */
/* member.h - a table that describes the members of a settings struct, and what follows from
 * it: which values are good, and the words for those that are not. Reading and writing them
 * as JSON: member_json.h. Pure functions, any thread. */
#ifndef SETTINGS_MEMBER_H
#define SETTINGS_MEMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/field_error.h"

enum member_type {
    MEMBER_TEXT,   /* char[] in the struct, a string in JSON */
    MEMBER_UINT16, /* uint16_t, an integer */
    MEMBER_CHOICE, /* an enum from 0 on, one of the strings in choices */
    MEMBER_BOOL,   /* bool, true or false */
};

/* What happens when a body leaves the member out. */
enum member_need {
    MEMBER_REQUIRED,    /* the body is refused */
    MEMBER_HAS_DEFAULT, /* takes the table's default */
    MEMBER_STAYS,       /* what is stored stays; a text is not written while it is "" */
};

/* Returns NULL if text is good, else why not ("must be ..."), static. */
typedef const char *member_check_fn(const char *text);

struct member {
    const char *name; /* "user"; "stun.ip" is ip in the object stun; neighbours share it */
    enum member_type type;
    enum member_need need;
    size_t offset;
    size_t size;
    long min; /* characters of a text, else the value; also what openapi.yaml says */
    long max;
    member_check_fn *check;     /* of a text; NULL: its length is all that counts */
    const char *const *choices; /* max + 1 of them */
    const char *shown_as;       /* written instead of a secret; NULL: the value itself */
};

struct member_table {
    const struct member *members;
    size_t count;
    const void *defaults; /* a struct of the same kind */
};

/* The member's place in a struct. */
void *member_of(const struct member *member, void *value);
const void *member_of_const(const struct member *member, const void *value);

/* Put a checked value in its place in the struct. False, with ret_error set, if it is not
 * good; then nothing is changed. */
bool member_set_text(const struct member *member, void *value, const char *text,
                     struct field_error *ret_error);
bool member_set_number(const struct member *member, void *value, long long number,
                       struct field_error *ret_error);

/* The same for a BOOL member: each value is good. */
void member_set_bool(const struct member *member, void *value, bool is_true);

/* The text of a TEXT or CHOICE member; borrowed from value. */
const char *member_text(const struct member *member, const void *value);
unsigned member_number(const struct member *member, const void *value);
bool member_is_true(const struct member *member, const void *value);

/* Returns NULL if there is no member of that name. */
const struct member *member_find(const struct member_table *table, const char *name);

#endif
