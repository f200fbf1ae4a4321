/* SPDX-License-Identifier: MIT */
/* server_answer.h - what a remote access server may answer. Pure function, any thread. */
#ifndef ACCESS_SERVER_ANSWER_H
#define ACCESS_SERVER_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

enum { SERVER_ANSWER_MAX_LOCK = 2 };

struct server_answer {
    bool is_handled; /* false: the panel decides by its own list */
    bool is_granted;
    unsigned lock; /* 0: both, 1, 2 */
};

/* Read the body of an answer with this HTTP status. Only {"handled":true,"access":{"granted":
 * true|false}} is a decision, with "lock_number" from 0 to 2 beside granted (left out: 1). All else
 * is none: *ret_answer is all zero, and *ret_why says in words what was wrong with it, or NULL for
 * a plain {"handled":false}. */
void server_answer_read(unsigned status, const char *body, size_t len,
                        struct server_answer *ret_answer, const char **ret_why);

#endif
