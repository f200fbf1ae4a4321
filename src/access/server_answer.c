/* SPDX-License-Identifier: MIT */
#include "access/server_answer.h"

#include <errno.h>
#include <jansson.h>

#include "settings/json_memory.h"

enum { MAX_OK = 299, MIN_OK = 200 };

/* Returns NULL or what is wrong. */
static const char *read_access(const json_t *access, struct server_answer *answer)
{
    const json_t *granted = json_object_get(access, "granted");
    const json_t *lock = json_object_get(access, "lock_number");

    if (!json_is_boolean(granted))
        return "no access.granted in its answer";
    if (lock && (!json_is_integer(lock) || json_integer_value(lock) < 0 ||
                 json_integer_value(lock) > SERVER_ANSWER_MAX_LOCK))
        return "no such lock as in its answer";
    answer->is_handled = true;
    answer->is_granted = json_is_true(granted);
    answer->lock = lock ? (unsigned)json_integer_value(lock) : 1;
    return NULL;
}

void server_answer_read(unsigned status, const char *body, size_t len,
                        struct server_answer *ret_answer, const char **ret_why)
{
    const struct server_answer none = {.is_handled = false};
    const json_t *handled;
    json_t *root = NULL;

    *ret_answer = none;
    *ret_why = "its answer has a status that is no success";
    if (status >= MIN_OK && status <= MAX_OK) {
        *ret_why = json_memory_parse(body, len, &root, NULL) == ENOMEM
                       ? "there is no memory for its answer"
                       : "its answer is not the JSON it should be";
    }
    handled = json_object_get(root, "handled");
    if (json_is_false(handled))
        *ret_why = NULL;
    else if (json_is_true(handled))
        *ret_why = read_access(json_object_get(root, "access"), ret_answer);
    json_decref(root);
}
