/* SPDX-License-Identifier: MIT */
/* api_password.c - security/password/admin: the old password is checked, the new one hashed
 * (both on the worker thread), then stored. And password, for the command line. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/worker.h"
#include "http/api.h"
#include "http/body.h"
#include "http/peer.h"
#include "panel/panel.h"
#include "settings/admin.h"
#include "settings/field_error.h"

enum { BUSY_WAIT_S = 1 };

/* Clear text, as clients send it: in the query, or in a JSON body. */
struct passwords {
    json_t *root; /* keeps the body's texts; NULL if they are from the query */
    const char *old;
    const char *new;
};

struct change {
    struct api *api;
    struct event_bus *events;
    struct request *request;
    char old_hash[ADMIN_HASH_MAX_LEN + 1];
    char new_hash[ADMIN_HASH_MAX_LEN + 1];
    char new_md5_hex[ADMIN_MD5_HEX_LEN + 1];
    int hash_err;
};

/* Returns 0 or ENOMEM. What is not there, or no text, is NULL. */
static int passwords_read(const struct request *request, struct passwords *passwords)
{
    passwords->root = NULL;
    passwords->old = request_query(request, "oldPassword");
    passwords->new = request_query(request, "newPassword");
    if (passwords->old || passwords->new)
        return 0;
    if (body_parse(request, &passwords->root) == ENOMEM)
        return ENOMEM;
    passwords->old = json_string_value(json_object_get(passwords->root, "old_password"));
    passwords->new = json_string_value(json_object_get(passwords->root, "new_password"));
    return 0;
}

static void passwords_done(struct passwords *passwords)
{
    json_decref(passwords->root);
}

static void change_free(struct change *change)
{
    explicit_bzero(change, sizeof(*change));
    free(change);
}

static int edit(struct settings *settings, void *arg)
{
    const struct change *change = arg;

    if (strcmp(settings->admin_hash, change->old_hash) != 0)
        return EPERM; /* somebody else was faster: the old password is no longer that one */
    memcpy(settings->admin_hash, change->new_hash, sizeof(settings->admin_hash));
    return 0;
}

static void on_stored(int err, void *arg)
{
    struct change *change = arg;
    char from[PEER_TEXT_SIZE];

    if (!err) {
        peer_text(request_peer(change->request), from);
        event_emit(change->events, EVENT_PASSWORD_CHANGED, "from %s", from);
        request_answer_json(change->request, 200, "{}");
    } else if (err == EPERM) {
        request_answer_error(change->request, 400, "Wrong password");
    } else {
        api_answer_not_stored(change->api, change->request, err);
    }
    change_free(change);
}

static void hash(void *arg)
{
    struct change *change = arg;

    change->hash_err = admin_hash(change->new_md5_hex, change->new_hash);
}

static void on_hashed(void *arg)
{
    struct change *change = arg;
    int err = change->hash_err;

    if (request_is_orphan(change->request)) {
        request_answer(change->request, 503, NULL);
        change_free(change);
        return;
    }
    if (!err)
        err = panel_change(change->api->panel, edit, on_stored, change);
    if (err) {
        api_answer_not_stored(change->api, change->request, err);
        change_free(change);
    }
}

static void answer_no_memory(struct request *request)
{
    request_answer_error(request, 500, strerror(ENOMEM));
}

static void start(struct api *api, struct request *request, const char *new_password)
{
    struct change *change = calloc(1, sizeof(*change));

    if (!change) {
        answer_no_memory(request);
        return;
    }
    change->api = api;
    change->events = api->events;
    change->request = request;
    (void)snprintf(change->old_hash, sizeof(change->old_hash), "%s",
                   panel_settings(api->panel)->admin_hash);
    if (admin_md5_hex(new_password, change->new_md5_hex)) {
        change_free(change);
        answer_no_memory(request);
    } else if (worker_submit(api->worker, hash, on_hashed, change)) {
        change_free(change);
        api_answer_wait(request, BUSY_WAIT_S);
    }
}

static void on_checked(struct request *request, enum password_result result, unsigned wait_s)
{
    struct passwords passwords;

    switch (result) {
    case PASSWORD_RIGHT:
        if (passwords_read(request, &passwords)) /* they were left in the request */
            answer_no_memory(request);
        else
            start(request_match(request)->api, request, passwords.new);
        passwords_done(&passwords);
        break;
    case PASSWORD_WRONG:
        request_answer_error(request, 400, "Wrong password");
        break;
    case PASSWORD_PAUSE:
        api_answer_wait(request, wait_s);
        break;
    }
}

void api_password_post(struct api *api, struct request *request)
{
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];
    struct passwords passwords;

    if (passwords_read(request, &passwords)) {
        answer_no_memory(request);
    } else if (!passwords.old || !passwords.new) {
        request_answer_error(request, 400, "Required parameter is missed");
    } else if (!admin_password_is_valid(passwords.new)) {
        request_answer_error(request, 400, "Wrong parameter");
    } else if (admin_md5_hex(passwords.old, md5_hex)) {
        answer_no_memory(request);
    } else {
        auth_ask_password(api->auth, request, PASSWORD_OLD, md5_hex, true, on_checked);
        explicit_bzero(md5_hex, sizeof(md5_hex));
    }
    passwords_done(&passwords);
}

/* Whoever may use the socket in the state directory could as well replace the store: the old
 * password is not asked for. */
void api_password_local_post(struct api *api, struct request *request)
{
    struct passwords passwords;
    struct field_error error;

    if (!request_peer(request)->is_local) {
        request_answer_error(request, 403, "Refused: only for the command line on the panel");
        return;
    }
    if (passwords_read(request, &passwords)) {
        answer_no_memory(request);
    } else if (passwords.new &&admin_password_is_valid(passwords.new)) {
        start(api, request, passwords.new);
    } else {
        if (passwords.new)
            field_error_value(&error, "new_password",
                              "must have 1 to 32 printable ASCII characters");
        else
            field_error_missing(&error, "new_password");
        api_answer_field_error(request, &error);
    }
    passwords_done(&passwords);
}
