/* SPDX-License-Identifier: MIT */
#include "settings/lock_settings.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/text.h"

static_assert(sizeof(enum lock_type) == sizeof(unsigned), "member.c copies an unsigned");

/* The codes are those the vendor's panels come with. */
const struct lock_settings lock_settings_default = {
    .timeout_s = {3, 3},
    .type = {LOCK_TYPE_ELECTROMECHANICAL, LOCK_TYPE_ELECTROMECHANICAL},
    .dtmf_code = {"*", "#", "0"},
};

static const char *const type_names[] = {
    [LOCK_TYPE_ELECTROMAGNETIC] = "electromagnetic",
    [LOCK_TYPE_ELECTROMECHANICAL] = "electromechanical",
};

static const char *check_code(const char *text)
{
    if (text[strspn(text, "0123456789*#ABCD")] != '\0')
        return "may only hold digits, *, # and A to D";
    return NULL;
}

/* clang-format off */
#define PLACE(field) \
    offsetof(struct lock_settings, field), sizeof(((struct lock_settings *)0)->field)
#define TIMEOUT(name, i) \
    {name, MEMBER_UINT16, MEMBER_REQUIRED, PLACE(timeout_s[i]), 1, LOCK_SETTINGS_MAX_TIMEOUT_S, \
     NULL, NULL, NULL}
#define DELAY(name, i) \
    {name, MEMBER_UINT16, MEMBER_REQUIRED, PLACE(delay_s[i]), 0, LOCK_SETTINGS_MAX_DELAY_S, \
     NULL, NULL, NULL}
#define TYPE(name, i) \
    {name, MEMBER_CHOICE, MEMBER_REQUIRED, PLACE(type[i]), LOCK_TYPE_ELECTROMAGNETIC, \
     LOCK_TYPE_ELECTROMECHANICAL, NULL, type_names, NULL}
#define CODE(i) \
    {"dtmf_code", MEMBER_TEXT, MEMBER_REQUIRED, PLACE(dtmf_code[i]), 0, LOCK_SETTINGS_MAX_CODE, \
     check_code, NULL, NULL}

static const struct member members[] = {
    TIMEOUT("timeout_1", 0), TIMEOUT("timeout_2", 1), DELAY("delay_1", 0), DELAY("delay_2", 1),
    TYPE("type_1", 0), TYPE("type_2", 1),
};
static const struct member timeouts[] = {TIMEOUT("lock_timeout", 0), TIMEOUT("lock_timeout", 1)};
static const struct member delays[] = {DELAY("lock_delay", 0), DELAY("lock_delay", 1)};
static const struct member codes[] = {CODE(0), CODE(1), CODE(2)};

#define ONE(list, i) {.members = &(list)[i], .count = 1, .defaults = &lock_settings_default}

const struct member_table lock_settings_members = {
    .members = members,
    .count = sizeof(members) / sizeof(members[0]),
    .defaults = &lock_settings_default,
};
const struct member_table lock_settings_timeout[] = {ONE(timeouts, 0), ONE(timeouts, 1)};
const struct member_table lock_settings_delay[] = {ONE(delays, 0), ONE(delays, 1)};
const struct member_table lock_settings_code[] = {ONE(codes, 0), ONE(codes, 1), ONE(codes, 2)};
/* clang-format on */

const char *lock_type_name(enum lock_type type)
{
    return type_names[type];
}

int lock_type_parse(const char *text, enum lock_type *ret_type)
{
    for (unsigned i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
        if (strcmp(text, type_names[i]) == 0) {
            *ret_type = (enum lock_type)i;
            return 0;
        }
    }
    return EINVAL;
}

int lock_settings_clash(const struct lock_settings *settings, unsigned number)
{
    const char *code = settings->dtmf_code[number];

    for (unsigned i = 0; i < LOCK_SETTINGS_CODES; i++) {
        const char *other = settings->dtmf_code[i];

        if (i != number && (text_has_ending(code, other) || text_has_ending(other, code)))
            return (int)i;
    }
    return -1;
}
