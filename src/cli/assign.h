/* SPDX-License-Identifier: MIT */
/* assign.h - "member=value" put into an object of settings. Pure functions. */
#ifndef CLI_ASSIGN_H
#define CLI_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>

struct json_t;

/* Set one member of settings, as the API has answered them.
 *   text   "user=101", "stun.port=3478": a name, with dots for what is nested, and its value, which
 *          becomes of the kind that the member has now; what looks like no number is sent as
 *          it is, for the API to refuse. "outbound" need not be there.
 *   value  NULL: the one behind the '='; else instead of it
 * Returns 0, EINVAL (no '=', or no such member) or ENOMEM. */
int assign(struct json_t *settings, const char *text, const char *value);

/* Is text "NAME=", without a value? */
bool assign_is_empty(const char *text, const char *name);

#endif
