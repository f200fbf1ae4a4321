/* SPDX-License-Identifier: MIT */
#include "cli/ask.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"

int ask_fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "portero: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

int ask_print_json(const struct json_t *root)
{
    if (json_dumpf(root, stdout, JSON_COMPACT) || putchar('\n') == EOF || fflush(stdout))
        return ask_fail("the answer cannot be written", strerror(errno));
    return EXIT_SUCCESS;
}

static enum ask_result say_trouble(const struct ask *ask, int err)
{
    switch (err) {
    case ENOENT:
    case ENOTDIR:
    case ECONNREFUSED:
        return ASK_NOBODY;
    case EACCES:
    case EPERM:
        (void)ask_fail(ask->state, "only the panel's own user and root may ask it");
        break;
    case ECONNRESET:
        (void)ask_fail(ask->state, "the panel has closed the connection: it answers only its own "
                                   "user and root");
        break;
    case ETIMEDOUT:
        (void)ask_fail(ask->state, "the panel does not answer in time");
        break;
    case EMSGSIZE:
    case EBADMSG:
        (void)ask_fail(ask->state, "the panel's answer cannot be read");
        break;
    default:
        (void)ask_fail(ask->state, strerror(err));
        break;
    }
    return ASK_FAILED;
}

/* The API's own words. */
static void say_refusal(int status, const json_t *root)
{
    const char *error = json_string_value(json_object_get(root, "error"));
    const char *reason = json_string_value(json_object_get(root, "reason"));
    char text[32];

    (void)snprintf(text, sizeof(text), "HTTP status %d", status);
    (void)fprintf(stderr, "portero: %s%s%s\n", error ? error : text, reason ? ": " : "",
                  reason ? reason : "");
}

static enum ask_result read_answer(const struct ask *ask, const struct client_answer *answer,
                                   json_t **ret_root)
{
    json_t *root = json_loads(answer->body, JSON_REJECT_DUPLICATES, NULL);

    if (answer->status == 200 && root) {
        *ret_root = root;
        return ASK_ANSWERED;
    }
    if (root)
        say_refusal(answer->status, root);
    else
        (void)ask_fail(ask->state, "the panel's answer cannot be read");
    json_decref(root);
    return ASK_FAILED;
}

/* As text in memory of our own; wipe it. NULL: no memory. */
static char *body_text(const json_t *body)
{
    size_t len = json_dumpb(body, NULL, 0, JSON_COMPACT);
    char *text = len ? calloc(1, len + 1) : NULL;

    if (text)
        (void)json_dumpb(body, text, len, JSON_COMPACT);
    return text;
}

enum ask_result ask_panel(const struct ask *ask, struct json_t **ret_root)
{
    char *body = ask->body ? body_text(ask->body) : NULL;
    const struct client_request request = {
        .state = ask->state,
        .method = ask->method,
        .path = ask->path,
        .body = body,
        .timeout_s = ask->timeout_s ? ask->timeout_s : ASK_ANSWER_S,
    };
    struct client_answer answer;
    enum ask_result result;
    int err = ask->body && !body ? ENOMEM : client_ask(&request, &answer);

    if (body) {
        explicit_bzero(body, strlen(body));
        free(body);
    }
    if (err)
        return say_trouble(ask, err);
    result = read_answer(ask, &answer, ret_root);
    client_answer_done(&answer);
    return result;
}

int ask_or_say(const struct ask *ask, struct json_t **ret_root)
{
    switch (ask_panel(ask, ret_root)) {
    case ASK_ANSWERED:
        return EXIT_SUCCESS;
    case ASK_NOBODY:
        (void)ask_fail(ask->state, "no panel runs on this state directory (see --state)");
        break;
    case ASK_FAILED:
        break;
    }
    return EXIT_FAILURE;
}
