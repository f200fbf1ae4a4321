/* SPDX-License-Identifier: MIT */
/* lock_settings.h - how the door's locks open, and by which digits during a call: one plain value
 * and the rules for its members. Pure functions, any thread. */
#ifndef SETTINGS_LOCK_SETTINGS_H
#define SETTINGS_LOCK_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/member.h"

enum {
    LOCK_SETTINGS_LOCKS = 2,
    LOCK_SETTINGS_CODES = 3, /* 0: both locks, 1, 2 */
    LOCK_SETTINGS_MAX_CODE = 4,
    LOCK_SETTINGS_MAX_TIMEOUT_S = 600, /* at least 1 */
    LOCK_SETTINGS_MAX_DELAY_S = 9,
};

/* Told to those who ask; what switches the lock need not know. */
enum lock_type { LOCK_TYPE_ELECTROMAGNETIC, LOCK_TYPE_ELECTROMECHANICAL };

/* Copy by =, nothing to free. Arrays of locks begin with lock 1. */
struct lock_settings {
    uint16_t timeout_s[LOCK_SETTINGS_LOCKS]; /* how long an opening lasts */
    uint16_t delay_s[LOCK_SETTINGS_LOCKS];   /* before it begins */
    enum lock_type type[LOCK_SETTINGS_LOCKS];
    char dtmf_code[LOCK_SETTINGS_CODES][LOCK_SETTINGS_MAX_CODE + 1]; /* "": none */
};

extern const struct lock_settings lock_settings_default;

/* Times and types, under the names they are stored by. */
extern const struct member_table lock_settings_members;

/* One member each, as the API reads and writes it: by lock, the first is lock 1; codes from 0. */
extern const struct member_table lock_settings_timeout[LOCK_SETTINGS_LOCKS]; /* lock_timeout */
extern const struct member_table lock_settings_delay[LOCK_SETTINGS_LOCKS];   /* lock_delay */
extern const struct member_table lock_settings_code[LOCK_SETTINGS_CODES];    /* dtmf_code */

/* "electromagnetic", "electromechanical". */
const char *lock_type_name(enum lock_type type);

/* Returns 0 or EINVAL. */
int lock_type_parse(const char *text, enum lock_type *ret_type);

/* Two codes of which one is the other's ending would open at the wrong place. Returns the number of
 * another code that so clashes with code number; -1: none does. */
int lock_settings_clash(const struct lock_settings *settings, unsigned number);

#endif
