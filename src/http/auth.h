/* SPDX-License-Identifier: MIT */
/* auth.h - who is asking: tokens, HTTP Basic and the admin's password. Everything here dies
 * when the password changes, whoever changed it. Loop thread only. Never blocks. */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include <stdbool.h>

#include "http/password.h"
#include "http/token.h"

struct auth;

/* panel, events, worker: as password_check_new. token_life_s: since last use.
 * Returns 0 or ENOMEM; caller owns *ret_auth. */
int auth_new(struct panel *panel, struct event_bus *events, struct worker *worker,
             unsigned token_life_s, struct auth **ret_auth);

/* Whoever still waits is told PASSWORD_PAUSE. NULL is fine; returns NULL. */
struct auth *auth_free(struct auth *auth);

/* Look at the request's Authorization header (the command line needs none): a live token, or HTTP
 * Basic with the right password. Calls fn once, from inside or later. No, dead or malformed
 * credentials are PASSWORD_WRONG without being counted. */
void auth_check(struct auth *auth, struct request *request, password_fn *fn);

/* The same for a live token only (or the command line), at once. */
bool auth_has_token(struct auth *auth, const struct request *request);

/* As password_check_ask. */
void auth_ask_password(struct auth *auth, struct request *request, enum password_use use,
                       const char *md5_hex, bool is_admin, password_fn *fn);

/* A new token. */
void auth_issue_token(struct auth *auth, char ret_token[TOKEN_LEN + 1]);

/* The token of this request dies, if it has one. */
void auth_revoke_token(struct auth *auth, const struct request *request);

/* "admin" in any other case is another account. Constant time. */
bool auth_is_admin(const char *user);

#endif
