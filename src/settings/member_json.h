/* SPDX-License-Identifier: MIT */
/* member_json.h - a settings struct from and to JSON, by its table. Pure functions, any
 * thread. */
#ifndef SETTINGS_MEMBER_JSON_H
#define SETTINGS_MEMBER_JSON_H

#include "settings/member.h"

enum { MEMBER_JSON_MAX_BODY = 64 * 1024 };

/* Read a body into *value. Members that the table does not know are ignored.
 *   body, len  any bytes; need not end with a NUL
 *   value      in: what is stored now; out: undefined on failure, so give a copy
 *   ret_error  set when EINVAL is returned
 * Returns 0, EINVAL or ENOMEM. */
int member_json_read(const struct member_table *table, const char *body, size_t len, void *value,
                     struct field_error *ret_error);

/* Write *value on one line, without spaces, members in the table's order, with a NUL.
 * Returns the length; 0, and "" in buf, if it does not fit. */
size_t member_json_write(const struct member_table *table, const void *value, char *buf,
                         size_t size);

#endif
