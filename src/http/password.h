/* SPDX-License-Identifier: MIT */
/* password.h - is this the admin's password? Asks argon2id on the worker thread, one at a
 * time; remembers the right one by a keyed hash; counts wrong ones (tries.h).
 * Loop thread only. Never blocks. */
#ifndef HTTP_PASSWORD_H
#define HTTP_PASSWORD_H

#include <stdbool.h>

struct password_check;
struct panel;
struct event_bus;
struct worker;
struct request;

enum password_result {
    PASSWORD_RIGHT,
    PASSWORD_WRONG,
    PASSWORD_PAUSE, /* not looked at: ask again in so many seconds */
};

/* Where it was typed. */
enum password_use {
    PASSWORD_LOGIN,
    PASSWORD_BASIC, /* the remembered one is good during a pause, too */
    PASSWORD_OLD,   /* to be changed */
};

/* wait_s: of PASSWORD_PAUSE. */
typedef void password_fn(struct request *request, enum password_result result, unsigned wait_s);

/* panel, events, worker: borrowed; events may be NULL.
 * Returns 0 or ENOMEM; caller owns *ret_check. */
int password_check_new(struct panel *panel, struct event_bus *events, struct worker *worker,
                       struct password_check **ret_check);

/* Whoever still waits is told PASSWORD_PAUSE. NULL is fine; returns NULL. */
struct password_check *password_check_free(struct password_check *check);

/* Calls fn once, from inside or later.
 *   request   who asks, and from where
 *   md5_hex   32 hex digits in any case; anything else is wrong, and takes as long; copied
 *   is_admin  false: the account does not exist; wrong, and takes as long */
void password_check_ask(struct password_check *check, struct request *request,
                        enum password_use use, const char *md5_hex, bool is_admin, password_fn *fn);

/* The password was changed: what is remembered is no longer right. */
void password_check_forget(struct password_check *check);

#endif
