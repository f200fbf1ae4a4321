/* SPDX-License-Identifier: MIT */
#include "http/body.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "http/request.h"
#include "settings/field_error.h"
#include "settings/json_memory.h"

int body_parse(const struct request *request, struct json_t **ret_root)
{
    size_t len;
    const char *body = request_body(request, &len);

    return json_memory_parse(body, len, ret_root, NULL);
}

int body_read(const struct request *request, struct json_t **ret_root,
              struct field_error *ret_error)
{
    int err = body_parse(request, ret_root);

    if (err != ENOMEM && !json_is_object(*ret_root)) {
        json_decref(*ret_root);
        *ret_root = NULL;
        field_error_body(ret_error, "must be a JSON object");
        err = EINVAL;
    }
    return err;
}

bool body_bool(const struct json_t *root, const char *name, enum body_need need, bool *ret_value,
               struct field_error *ret_error)
{
    const json_t *value = json_object_get(root, name);

    if (!value) {
        if (need == BODY_REQUIRED)
            field_error_missing(ret_error, name);
        return need == BODY_OPTIONAL;
    }
    if (!json_is_boolean(value)) {
        field_error_type(ret_error, name, "must be true or false");
        return false;
    }
    *ret_value = json_is_true(value);
    return true;
}

bool body_number(const struct json_t *root, const char *name, struct body_range range,
                 long long *ret_value, struct field_error *ret_error)
{
    const json_t *value = json_object_get(root, name);
    char reason[80];

    if (!value)
        return true;
    if (!json_is_integer(value)) {
        field_error_type(ret_error, name, "must be a whole number");
        return false;
    }
    if (json_integer_value(value) < range.min || json_integer_value(value) > range.max) {
        (void)snprintf(reason, sizeof(reason), "must be from %lld to %lld", range.min, range.max);
        field_error_value(ret_error, name, reason);
        return false;
    }
    *ret_value = json_integer_value(value);
    return true;
}

bool body_text(const struct json_t *root, const char *name, size_t max_len, const char **ret_value,
               struct field_error *ret_error)
{
    const json_t *value = json_object_get(root, name);
    char reason[80];

    if (!value) {
        field_error_missing(ret_error, name);
        return false;
    }
    if (!json_is_string(value)) {
        field_error_type(ret_error, name, "must be a text");
        return false;
    }
    if (json_string_length(value) > max_len) {
        (void)snprintf(reason, sizeof(reason), "must not have over %zu characters", max_len);
        field_error_value(ret_error, name, reason);
        return false;
    }
    *ret_value = json_string_value(value);
    return true;
}
