/* SPDX-License-Identifier: MIT */
#include "access/access_server.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/http_post.h"
#include "access/scan.h"
#include "base/timer.h"

struct question {
    struct access_server *server;
    struct scan scan;
    struct http_post *post; /* NULL: free */
    struct timer limit;
    access_server_fn *done;
    void *arg;
};

struct access_server {
    struct http_poster *poster; /* from the first question on */
    char *url, *ca_pem;
    struct question questions[ACCESS_SERVER_MAX_QUESTIONS];
};

int access_server_new(struct access_server **ret_server)
{
    struct access_server *server = calloc(1, sizeof(*server));

    if (!server)
        return ENOMEM;
    *ret_server = server;
    return 0;
}

static void forget(struct question *question)
{
    timer_stop(&question->limit);
    scan_wipe(&question->scan);
    question->post = NULL;
}

static void forget_place(struct access_server *server)
{
    if (server->url)
        explicit_bzero(server->url, strlen(server->url)); /* holds the server's secret */
    free(server->url);
    free(server->ca_pem);
}

struct access_server *access_server_free(struct access_server *server)
{
    if (!server)
        return NULL;
    for (unsigned i = 0; i < ACCESS_SERVER_MAX_QUESTIONS; i++) {
        http_post_end(server->questions[i].post);
        forget(&server->questions[i]);
    }
    http_poster_free(server->poster);
    forget_place(server);
    free(server);
    return NULL;
}

/* The CAs stay where they are while a question may use them: posts copy what they need. */
int access_server_use(struct access_server *server, const char *url, const char *ca_pem)
{
    char *new_url = strdup(url), *new_ca_pem = strdup(ca_pem);

    if (!new_url || !new_ca_pem) {
        free(new_url);
        free(new_ca_pem);
        return ENOMEM;
    }
    forget_place(server);
    server->url = new_url;
    server->ca_pem = new_ca_pem;
    return 0;
}

static void finish(struct question *question, const struct server_answer *answer, const char *why)
{
    struct scan scan = question->scan;
    access_server_fn *done = question->done;
    void *arg = question->arg;

    forget(question);
    done(&scan, answer, why, arg); /* may ask the next */
    scan_wipe(&scan);
}

static void on_answer(int err, unsigned status, const char *body, size_t len, const char *why,
                      void *arg)
{
    struct server_answer answer = {.is_handled = false};

    if (!err)
        server_answer_read(status, body, len, &answer, &why);
    finish(arg, &answer, why);
}

static void on_limit(void *arg)
{
    const struct server_answer answer = {.is_handled = false};
    struct question *question = arg;

    http_post_end(question->post);
    finish(question, &answer, "no answer within 10 s");
}

/* Returns 0 with a free place, EALREADY or EBUSY. */
static int find_place(struct access_server *server, const struct scan *scan,
                      struct question **ret_question)
{
    int err = EBUSY;

    for (unsigned i = 0; i < ACCESS_SERVER_MAX_QUESTIONS; i++) {
        struct question *question = &server->questions[i];

        if (question->post && scan_is_same(&question->scan, scan))
            return EALREADY;
        if (!question->post) {
            *ret_question = question;
            err = 0;
        }
    }
    return err;
}

static int post(struct question *question)
{
    struct access_server *server = question->server;
    char number[IDENTIFIER_MAX_NUMBER + 1], body[IDENTIFIER_MAX_NUMBER + 80];
    struct http_post_request request = {.url = server->url, .ca_pem = server->ca_pem, .body = body};
    int err;

    /* Of cards, codes and UUIDs nothing needs to be escaped. */
    scan_server_number(&question->scan, number);
    (void)snprintf(body, sizeof(body), "{\"identifier_number\":\"%s\",\"identifier_type\":\"%s\"}",
                   number, scan_server_type(&question->scan));
    err = http_post_start(server->poster, &request, on_answer, question, &question->post);
    explicit_bzero(body, sizeof(body));
    explicit_bzero(number, sizeof(number));
    return err;
}

int access_server_ask(struct access_server *server, const struct scan *scan, access_server_fn *done,
                      void *arg)
{
    struct question *question = NULL;
    char why[HTTP_POST_MAX_WHY];
    int err = server->url ? find_place(server, scan, &question) : ENOENT;

    if (!err && !server->poster)
        err = http_poster_new(why, &server->poster);
    if (err)
        return err;
    question->server = server;
    question->scan = *scan;
    question->done = done;
    question->arg = arg;
    err = post(question);
    if (err) {
        forget(question);
        return err;
    }
    timer_start(&question->limit, ACCESS_SERVER_LIMIT_MS, on_limit, question);
    return 0;
}

unsigned access_server_count(const struct access_server *server)
{
    unsigned count = 0;

    for (unsigned i = 0; i < ACCESS_SERVER_MAX_QUESTIONS; i++)
        count += server->questions[i].post ? 1 : 0;
    return count;
}
