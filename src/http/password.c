/* SPDX-License-Identifier: MIT */
#include "http/password.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "base/worker.h"
#include "http/peer.h"
#include "http/request.h"
#include "http/tries.h"
#include "panel/panel.h"
#include "settings/admin.h"

enum {
    HASH_BYTES = 32,
    BUSY_WAIT_S = 1,
    NICE = 10,
};

struct waiter {
    struct request *request;
    enum password_use use;
    password_fn *fn;
    struct waiter *next;
};

/* One question to argon2id. All who ask the same wait for the same answer, so that a client
 * with many connections costs one. */
struct job {
    struct password_check *check; /* NULL: freed meanwhile */
    struct job *next;
    struct waiter *waiters;
    unsigned char question[HASH_BYTES];
    bool can_match;
    bool matches;
    int err; /* ENOMEM: it was not looked at */
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];
    char hash[ADMIN_HASH_MAX_LEN + 1]; /* what it is compared with */
};

struct password_check {
    struct panel *panel;
    struct event_bus *events;
    struct worker *worker;
    struct tries *tries;
    struct job *jobs;
    unsigned char key[crypto_generichash_KEYBYTES];
    unsigned char right[HASH_BYTES]; /* the question that was answered with yes */
    bool has_right;
    struct peer right_peer; /* who gave it last: goes on during a pause, others cannot guess */
};

int password_check_new(struct panel *panel, struct event_bus *events, struct worker *worker,
                       struct password_check **ret_check)
{
    struct password_check *check = calloc(1, sizeof(*check));
    int err;

    if (!check)
        return ENOMEM;
    check->panel = panel;
    check->events = events;
    check->worker = worker;
    randombytes_buf(check->key, sizeof(check->key));
    err = tries_new(&check->tries);
    if (err) {
        free(check);
        return err;
    }
    *ret_check = check;
    return 0;
}

void password_check_forget(struct password_check *check)
{
    sodium_memzero(check->right, sizeof(check->right));
    check->has_right = false;
}

static void job_free(struct job *job)
{
    sodium_memzero(job, sizeof(*job));
    free(job);
}

static void tell(struct password_check *check, struct waiter *waiter, bool is_right)
{
    const struct peer *peer = request_peer(waiter->request);
    unsigned wait_s = tries_wait_s(check->tries, peer);
    char from[PEER_TEXT_SIZE];

    /* Others of this peer's tries may have been wrong while this one waited. */
    if (wait_s) {
        waiter->fn(waiter->request, PASSWORD_PAUSE, wait_s);
        return;
    }
    peer_text(peer, from);
    if (is_right) {
        tries_succeeded(check->tries, peer);
        check->right_peer = *peer;
        if (waiter->use != PASSWORD_OLD)
            event_emit(check->events, EVENT_SUCCESSFUL_LOGIN, "from %s", from);
        waiter->fn(waiter->request, PASSWORD_RIGHT, 0);
        return;
    }
    wait_s = tries_failed(check->tries, peer);
    event_emit(check->events, EVENT_INCORRECT_LOGIN, "from %s", from);
    if (wait_s)
        log_warn("http: too many wrong passwords from %s: none is looked at for %u s", from,
                 wait_s);
    waiter->fn(waiter->request, PASSWORD_WRONG, 0);
}

static void tell_all(struct password_check *check, struct waiter *waiter, bool is_right)
{
    while (waiter) {
        struct waiter *next = waiter->next;

        tell(check, waiter, is_right);
        free(waiter);
        waiter = next;
    }
}

static void wake_all_busy(struct waiter *waiter)
{
    while (waiter) {
        struct waiter *next = waiter->next;

        waiter->fn(waiter->request, PASSWORD_PAUSE, BUSY_WAIT_S);
        free(waiter);
        waiter = next;
    }
}

/* On the worker's thread, which gives way to the loop: on one core it would hold up a door that is
 * to open by a time slice, each time. */
static void give_way(void)
{
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
}

static void work(void *arg)
{
    struct job *job = arg;

    give_way();
    job->err = admin_hash_matches(job->hash, job->md5_hex, &job->matches);
    job->matches = job->matches && job->can_match;
}

static void on_answer(void *arg);

static int submit(struct password_check *check, struct job *job)
{
    (void)snprintf(job->hash, sizeof(job->hash), "%s", panel_settings(check->panel)->admin_hash);
    return worker_submit(check->worker, work, on_answer, job);
}

static void on_answer(void *arg)
{
    struct job *job = arg;
    struct password_check *check = job->check;
    struct job **link;
    struct waiter *waiters;
    bool matches;
    int err;

    if (!check) {
        job_free(job);
        return;
    }
    if (strcmp(job->hash, panel_settings(check->panel)->admin_hash) != 0 && !submit(check, job))
        return; /* the password was changed meanwhile: ask again */
    for (link = &check->jobs; *link != job;)
        link = &(*link)->next;
    *link = job->next;
    matches = job->matches && strcmp(job->hash, panel_settings(check->panel)->admin_hash) == 0;
    if (matches) {
        memcpy(check->right, job->question, sizeof(check->right));
        check->has_right = true;
    }
    waiters = job->waiters;
    err = job->err;
    job_free(job);
    if (err)
        wake_all_busy(waiters);
    else
        tell_all(check, waiters, matches);
}

/* A keyed hash of what is asked; of no use outside this process. */
static void question_of(const struct password_check *check, const char *md5_hex, bool can_match,
                        unsigned char question[HASH_BYTES])
{
    char text[ADMIN_MD5_HEX_LEN + 2];

    (void)snprintf(text, sizeof(text), "%c%s", can_match ? '1' : '0', md5_hex);
    (void)crypto_generichash(question, HASH_BYTES, (const unsigned char *)text, strlen(text),
                             check->key, sizeof(check->key));
    sodium_memzero(text, sizeof(text));
}

static struct job *job_find(struct password_check *check, const unsigned char question[HASH_BYTES])
{
    struct job *job = check->jobs;

    while (job && sodium_memcmp(job->question, question, HASH_BYTES) != 0)
        job = job->next;
    return job;
}

static int job_start(struct password_check *check, const char *md5_hex, bool can_match,
                     const unsigned char question[HASH_BYTES], struct job **ret_job)
{
    struct job *job = calloc(1, sizeof(*job));
    int err;

    if (!job)
        return ENOMEM;
    job->check = check;
    job->can_match = can_match;
    memcpy(job->question, question, HASH_BYTES);
    (void)snprintf(job->md5_hex, sizeof(job->md5_hex), "%s", md5_hex);
    err = submit(check, job);
    if (err) {
        job_free(job);
        return err;
    }
    job->next = check->jobs;
    check->jobs = job;
    *ret_job = job;
    return 0;
}

static void join(struct job *job, struct waiter *waiter)
{
    struct waiter **end = &job->waiters;

    while (*end)
        end = &(*end)->next;
    *end = waiter;
}

void password_check_ask(struct password_check *check, struct request *request,
                        enum password_use use, const char *md5_hex, bool is_admin, password_fn *fn)
{
    struct waiter first = {.request = request, .use = use, .fn = fn};
    char normal[ADMIN_MD5_HEX_LEN + 1];
    unsigned char question[HASH_BYTES];
    unsigned wait_s = tries_wait_s(check->tries, request_peer(request));
    struct waiter *waiter;
    struct job *job;

    if (!admin_md5_hex_normalise(md5_hex, normal)) {
        (void)admin_md5_hex(md5_hex, normal);
        is_admin = false;
    }
    question_of(check, normal, is_admin, question);
    if (wait_s && !peer_is_same(&check->right_peer, request_peer(request))) {
        fn(request, PASSWORD_PAUSE, wait_s);
        goto out;
    }
    if (check->has_right && sodium_memcmp(check->right, question, HASH_BYTES) == 0) {
        check->right_peer = *request_peer(request);
        if (use == PASSWORD_BASIC) /* once it is remembered it is like a token */
            fn(request, PASSWORD_RIGHT, 0);
        else
            tell(check, &first, true);
        goto out;
    }
    if (wait_s) {
        fn(request, PASSWORD_PAUSE, wait_s);
        goto out;
    }
    waiter = malloc(sizeof(*waiter));
    job = job_find(check, question);
    if (!waiter || (!job && job_start(check, normal, is_admin, question, &job))) {
        free(waiter);
        fn(request, PASSWORD_PAUSE, BUSY_WAIT_S);
        goto out;
    }
    *waiter = first;
    join(job, waiter);
out:
    sodium_memzero(normal, sizeof(normal));
}

struct password_check *password_check_free(struct password_check *check)
{
    if (!check)
        return NULL;
    while (check->jobs) {
        struct job *job = check->jobs;

        check->jobs = job->next;
        job->check = NULL; /* the worker still has it */
        wake_all_busy(job->waiters);
        job->waiters = NULL;
    }
    tries_free(check->tries);
    sodium_memzero(check, sizeof(*check));
    free(check);
    return NULL;
}
