/* SPDX-License-Identifier: MIT */
#include "settings/member.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

void *member_of(const struct member *member, void *value)
{
    return (char *)value + member->offset;
}

const void *member_of_const(const struct member *member, const void *value)
{
    return (const char *)value + member->offset;
}

static bool set_choice(const struct member *member, void *value, const char *text,
                       struct field_error *ret_error)
{
    char reason[sizeof(ret_error->reason)] = "must be";
    size_t len = strlen(reason);

    for (long i = 0; i <= member->max; i++) {
        const char *between = i == 0 ? "" : i == member->max ? " or" : ",";
        int n;

        if (strcmp(text, member->choices[i]) == 0) {
            unsigned choice = (unsigned)i;

            memcpy(member_of(member, value), &choice, sizeof(choice));
            return true;
        }
        n = snprintf(reason + len, sizeof(reason) - len, "%s %s", between, member->choices[i]);
        if (n > 0 && (size_t)n < sizeof(reason) - len)
            len += (size_t)n;
    }
    field_error_value(ret_error, member->name, reason);
    return false;
}

bool member_set_text(const struct member *member, void *value, const char *text,
                     struct field_error *ret_error)
{
    const char *wrong = NULL;
    size_t len = strlen(text);
    char reason[64];

    if (member->type == MEMBER_CHOICE)
        return set_choice(member, value, text, ret_error);
    if (member->check)
        wrong = member->check(text);
    if (!wrong && ((long)len < member->min || (long)len > member->max || len >= member->size)) {
        (void)snprintf(reason, sizeof(reason), "must have %ld to %ld characters", member->min,
                       member->max);
        wrong = reason;
    }
    if (wrong) {
        field_error_value(ret_error, member->name, wrong);
        return false;
    }
    /* The rest is cleared too: what was there may have been a longer secret. */
    memset(member_of(member, value), 0, member->size);
    memcpy(member_of(member, value), text, len);
    return true;
}

bool member_set_number(const struct member *member, void *value, long long number,
                       struct field_error *ret_error)
{
    uint16_t small = (uint16_t)number;
    char reason[64];

    if (number < member->min || number > member->max) {
        (void)snprintf(reason, sizeof(reason), "must be from %ld to %ld", member->min, member->max);
        field_error_value(ret_error, member->name, reason);
        return false;
    }
    memcpy(member_of(member, value), &small, sizeof(small));
    return true;
}

void member_set_bool(const struct member *member, void *value, bool is_true)
{
    memcpy(member_of(member, value), &is_true, sizeof(is_true));
}

const char *member_text(const struct member *member, const void *value)
{
    unsigned choice;

    if (member->type == MEMBER_TEXT)
        return member_of_const(member, value);
    memcpy(&choice, member_of_const(member, value), sizeof(choice));
    return member->choices[choice];
}

unsigned member_number(const struct member *member, const void *value)
{
    uint16_t number;

    memcpy(&number, member_of_const(member, value), sizeof(number));
    return number;
}

bool member_is_true(const struct member *member, const void *value)
{
    bool is_true;

    memcpy(&is_true, member_of_const(member, value), sizeof(is_true));
    return is_true;
}

const struct member *member_find(const struct member_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->members[i].name, name) == 0)
            return &table->members[i];
    }
    return NULL;
}
