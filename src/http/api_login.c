/* SPDX-License-Identifier: MIT */
/* api_login.c - login and logout. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "http/api.h"
#include "http/body.h"

static void on_checked(struct request *request, enum password_result result, unsigned wait_s)
{
    char token[TOKEN_LEN + 1];

    switch (result) {
    case PASSWORD_RIGHT:
        auth_issue_token(request_match(request)->api->auth, token);
        request_answer_object(request, 200,
                              json_pack("{s:s,s:s}", "token", token, "account_type", "admin"));
        explicit_bzero(token, sizeof(token));
        break;
    case PASSWORD_WRONG:
        request_answer_error(request, 400, "Wrong login or password");
        break;
    case PASSWORD_PAUSE:
        api_answer_wait(request, wait_s);
        break;
    }
}

/* Anything but text counts as missing. */
static void log_in(struct api *api, struct request *request, const char *username,
                   const char *password)
{
    if (!username || !password || !*username || !*password)
        request_answer_error(request, 400, "Required parameters missed");
    else
        auth_ask_password(api->auth, request, PASSWORD_LOGIN, password, auth_is_admin(username),
                          on_checked);
}

void api_login_get(struct api *api, struct request *request)
{
    log_in(api, request, request_query(request, "username"), request_query(request, "password"));
}

void api_login_post(struct api *api, struct request *request)
{
    json_t *root = NULL;
    size_t len;
    int err;

    (void)request_body(request, &len);
    if (len == 0) { /* clients that send the documented query with the other verb */
        api_login_get(api, request);
        return;
    }
    err = body_parse(request, &root);
    if (err == ENOMEM)
        request_answer_error(request, 500, strerror(err));
    else if (json_is_object(root))
        log_in(api, request, json_string_value(json_object_get(root, "username")),
               json_string_value(json_object_get(root, "password")));
    else
        request_answer_error(request, 400, "Wrong JSON body");
    json_decref(root);
}

void api_logout(struct api *api, struct request *request)
{
    auth_revoke_token(api->auth, request);
    request_answer_json(request, 200, "{}");
}
