/* SPDX-License-Identifier: MIT */
/* forward.h - the forward table: flat number to the numbers that ring for it. A sorted array in
 * memory; on disk by forward_rows.h. Loop thread only, but for building one before. */
#ifndef SETTINGS_FORWARD_H
#define SETTINGS_FORWARD_H

#include <stddef.h>
#include <stdint.h>

#include "settings/number.h"

struct forward_table;
struct field_error;
struct json_t;

enum {
    FORWARD_MAX_TARGETS = 8,
    FORWARD_MAX_RULES = 10000,
    FORWARD_MAX_FLAT = 999999999, /* flats are 1 to this */
    FORWARD_MAX_TEXT = FORWARD_MAX_TARGETS * (NUMBER_MAX_LEN + 1),
};

/* One flat's targets, in turn: a value. Each target ends with a line break in text, which is "" for
 * none. */
struct forward_rule {
    uint32_t flat;
    unsigned n_targets;
    char text[FORWARD_MAX_TEXT + 1];
};

/* Read `forward_entity_list` of a body. False with ret_error set; then the rule is undefined. */
bool forward_rule_from_json(const struct json_t *root, uint32_t flat, struct forward_rule *ret_rule,
                            struct field_error *ret_error);

/* Take a stored text as targets. False if it is not good. */
bool forward_rule_from_text(const char *text, uint32_t flat, struct forward_rule *ret_rule);

/* Copy target i, from 0 on, into buf. False: there is none. */
bool forward_rule_target(const struct forward_rule *rule, unsigned i, char buf[NUMBER_MAX_LEN + 1]);

/* Returns 0 or ENOMEM. Caller owns *ret_table. */
int forward_table_new(struct forward_table **ret_table);
struct forward_table *forward_table_free(struct forward_table *table);

/* Add, or replace. Returns 0, ENOSPC (FORWARD_MAX_RULES) or ENOMEM. */
int forward_table_put(struct forward_table *table, const struct forward_rule *rule);

/* Nothing happens if there is none. */
void forward_table_remove(struct forward_table *table, uint32_t flat);

/* How many rules there are. */
size_t forward_table_count(const struct forward_table *table);

/* Rule i in the order of flats. Returns 0 or ENOENT. */
int forward_table_at(const struct forward_table *table, size_t i, struct forward_rule *ret_rule);

/* Returns 0 or ENOENT. */
int forward_table_find(const struct forward_table *table, uint32_t flat,
                       struct forward_rule *ret_rule);

#endif
