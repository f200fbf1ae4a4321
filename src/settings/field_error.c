/* SPDX-License-Identifier: MIT */
#include "settings/field_error.h"

#include <stdio.h>

static void set(struct field_error *error, const char *field, const char *reason)
{
    (void)snprintf(error->field, sizeof(error->field), "%s", field);
    (void)snprintf(error->reason, sizeof(error->reason), "%s", reason);
}

void field_error_body(struct field_error *ret_error, const char *reason)
{
    set(ret_error, "", reason);
    (void)snprintf(ret_error->error, sizeof(ret_error->error), "Wrong JSON body");
}

void field_error_missing(struct field_error *ret_error, const char *field)
{
    set(ret_error, field, "must be given");
    (void)snprintf(ret_error->error, sizeof(ret_error->error), "Wrong JSON body: no value for `%s`",
                   field);
}

void field_error_type(struct field_error *ret_error, const char *field, const char *reason)
{
    set(ret_error, field, reason);
    (void)snprintf(ret_error->error, sizeof(ret_error->error),
                   "Wrong JSON body: value `%s` was of the wrong type", field);
}

void field_error_value(struct field_error *ret_error, const char *field, const char *reason)
{
    set(ret_error, field, reason);
    (void)snprintf(ret_error->error, sizeof(ret_error->error),
                   "Wrong JSON body: value `%s` is not valid", field);
}
