/* SPDX-License-Identifier: MIT */
#include "http/auth.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/basic.h"
#include "http/peer.h"
#include "http/request.h"
#include "panel/panel.h"
#include "settings/admin.h"

enum { BUSY_WAIT_S = 1 };

struct auth {
    struct panel *panel;
    struct tokens *tokens;
    struct password_check *check;
    char hash[ADMIN_HASH_MAX_LEN + 1]; /* the password that tokens and check are about */
};

/* Others can change the password, too (the command line, a factory reset): so nobody has to
 * tell, the stored hash does. */
static void follow_password(struct auth *auth)
{
    const char *hash = panel_settings(auth->panel)->admin_hash;

    if (strcmp(auth->hash, hash) == 0)
        return;
    tokens_revoke_all(auth->tokens);
    password_check_forget(auth->check);
    (void)snprintf(auth->hash, sizeof(auth->hash), "%s", hash);
}

int auth_new(struct panel *panel, struct event_bus *events, struct worker *worker,
             unsigned token_life_s, struct auth **ret_auth)
{
    struct auth *auth;
    int err;

    if (sodium_init() < 0)
        return ENOTSUP;
    auth = calloc(1, sizeof(*auth));
    if (!auth)
        return ENOMEM;
    auth->panel = panel;
    err = tokens_new(1000ULL * token_life_s, &auth->tokens);
    if (err)
        goto out;
    err = password_check_new(panel, events, worker, &auth->check);
    if (err)
        goto out;
    follow_password(auth);
    *ret_auth = auth;
out:
    if (err)
        auth_free(auth);
    return err;
}

struct auth *auth_free(struct auth *auth)
{
    if (!auth)
        return NULL;
    password_check_free(auth->check);
    tokens_free(auth->tokens);
    free(auth);
    return NULL;
}

/* What follows the scheme's name in the Authorization header; NULL if it is another one. */
static const char *credentials(const struct request *request, const char *scheme)
{
    const char *header = request_header(request, "Authorization");
    size_t len = strlen(scheme);

    if (!header || strncasecmp(header, scheme, len) != 0 || header[len] != ' ')
        return NULL;
    header += len;
    while (*header == ' ')
        header++;
    return header;
}

bool auth_has_token(struct auth *auth, const struct request *request)
{
    const char *token = credentials(request, "Bearer");

    follow_password(auth);
    if (request_peer(request)->is_local)
        return true;
    return token && tokens_use(auth->tokens, token);
}

bool auth_is_admin(const char *user)
{
    static const char admin[] = "admin";

    return strlen(user) == sizeof(admin) - 1 && sodium_memcmp(user, admin, sizeof(admin) - 1) == 0;
}

void auth_check(struct auth *auth, struct request *request, password_fn *fn)
{
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];
    struct basic basic;
    const char *base64;

    if (auth_has_token(auth, request)) {
        fn(request, PASSWORD_RIGHT, 0);
        return;
    }
    base64 = credentials(request, "Basic");
    if (!base64 || !basic_parse(base64, &basic)) {
        fn(request, PASSWORD_WRONG, 0);
        return;
    }
    if (!basic.password[0]) {
        fn(request, PASSWORD_WRONG, 0);
    } else if (admin_md5_hex(basic.password, md5_hex)) {
        fn(request, PASSWORD_PAUSE, BUSY_WAIT_S); /* without memory nothing can be looked at */
    } else {
        password_check_ask(auth->check, request, PASSWORD_BASIC, md5_hex, auth_is_admin(basic.user),
                           fn);
        sodium_memzero(md5_hex, sizeof(md5_hex));
    }
    basic_wipe(&basic);
}

void auth_ask_password(struct auth *auth, struct request *request, enum password_use use,
                       const char *md5_hex, bool is_admin, password_fn *fn)
{
    follow_password(auth);
    password_check_ask(auth->check, request, use, md5_hex, is_admin, fn);
}

void auth_issue_token(struct auth *auth, char ret_token[TOKEN_LEN + 1])
{
    follow_password(auth);
    tokens_issue(auth->tokens, ret_token);
}

void auth_revoke_token(struct auth *auth, const struct request *request)
{
    const char *token = credentials(request, "Bearer");

    if (token)
        tokens_revoke(auth->tokens, token);
}
