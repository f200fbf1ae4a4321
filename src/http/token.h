/* SPDX-License-Identifier: MIT */
/* token.h - the tokens that were given out at login. Only their keyed hashes are kept, in
 * memory. Loop thread only. Never blocks; using a token does not allocate. */
#ifndef HTTP_TOKEN_H
#define HTTP_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_LEN = 40, TOKENS_MAX = 1024 }; /* hex digits; live tokens */

struct tokens;

/* life_ms: how long a token lives after it was last used.
 * Returns 0 or ENOMEM; caller owns *ret_tokens. */
int tokens_new(uint64_t life_ms, struct tokens **ret_tokens);

/* NULL is fine; returns NULL. */
struct tokens *tokens_free(struct tokens *tokens);

/* A new random token. If TOKENS_MAX live, the one not used for longest dies. */
void tokens_issue(struct tokens *tokens, char ret_token[TOKEN_LEN + 1]);

/* True if the token lives; its life begins anew. Any text will do, also "". */
bool tokens_use(struct tokens *tokens, const char *token);

/* Logout. Not a live token: nothing happens. */
void tokens_revoke(struct tokens *tokens, const char *token);

/* The password was changed. */
void tokens_revoke_all(struct tokens *tokens);

size_t tokens_count(const struct tokens *tokens);

#endif
