/* SPDX-License-Identifier: MIT */
/* body.h - members of a JSON body, for handlers whose bodies are small. Pure functions. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>

struct field_error;
struct json_t;
struct request;

enum body_need { BODY_REQUIRED, BODY_OPTIONAL };

/* The body as JSON of any kind. Returns 0, EINVAL (it is none) or ENOMEM.
 * The caller owns *ret_root; NULL on failure. */
int body_parse(const struct request *request, struct json_t **ret_root);

/* The same, but only as an object: EINVAL sets ret_error. */
int body_read(const struct request *request, struct json_t **ret_root,
              struct field_error *ret_error);

/* Each: a member of root by its name. False with ret_error set if it is required and left out,
 * of another type, or out of range. Left out, the output is not touched. */
bool body_bool(const struct json_t *root, const char *name, enum body_need need, bool *ret_value,
               struct field_error *ret_error);

struct body_range {
    long long min, max;
};

/* May be left out. */
bool body_number(const struct json_t *root, const char *name, struct body_range range,
                 long long *ret_value, struct field_error *ret_error);

/* Required. max_len: in bytes. *ret_value is borrowed from root. */
bool body_text(const struct json_t *root, const char *name, size_t max_len, const char **ret_value,
               struct field_error *ret_error);

#endif
