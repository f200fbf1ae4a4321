/* SPDX-License-Identifier: MIT */
#include "base/worker.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/loop.h"

/* argon2id and SQLite need less than 100 KiB of stack. */
enum { STACK_BYTES = 256 * 1024, TELL_AGAIN_NS = 10 * 1000 * 1000 };

struct job {
    worker_fn *work;
    worker_fn *done;
    void *arg;
    struct job *next;
};

struct jobs {
    struct job *first;
    struct job **end;
};

struct worker {
    const char *name;
    unsigned max_jobs;
    unsigned n_jobs; /* submitted and not yet done; loop thread only */
    bool has_thread;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t wake;
    struct jobs waiting;
    struct jobs finished;
    bool is_told; /* a drain is on its way to the loop */
    bool is_working;
    bool is_ending;
    struct worker *next_abandoned;
};

/* Their threads may still use them. Never freed, only found here by a leak checker. */
static struct worker *abandoned;

static void push(struct jobs *jobs, struct job *job)
{
    job->next = NULL;
    *jobs->end = job;
    jobs->end = &job->next;
}

static struct job *pop(struct jobs *jobs)
{
    struct job *job = jobs->first;

    if (job) {
        jobs->first = job->next;
        if (!jobs->first)
            jobs->end = &jobs->first;
    }
    return job;
}

/* On the loop thread: give back what has finished. */
static void drain(void *arg)
{
    struct worker *worker = arg;
    struct job *job;

    for (;;) {
        (void)pthread_mutex_lock(&worker->mutex);
        job = pop(&worker->finished);
        if (!job)
            worker->is_told = false;
        (void)pthread_mutex_unlock(&worker->mutex);
        if (!job)
            return;
        worker->n_jobs--;
        job->done(job->arg);
        free(job);
    }
}

/* Have the loop fetch what has finished. Without memory for that it is tried again and again:
 * somebody waits for it. */
static void tell_or_wait(struct worker *worker)
{
    struct timespec until;

    if (worker->finished.first && !worker->is_told && !worker->is_ending) {
        worker->is_told = !loop_post(drain, worker);
        if (!worker->is_told) {
            (void)clock_gettime(CLOCK_REALTIME, &until);
            until.tv_nsec += TELL_AGAIN_NS;
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            (void)pthread_cond_timedwait(&worker->wake, &worker->mutex, &until);
            return;
        }
    }
    (void)pthread_cond_wait(&worker->wake, &worker->mutex);
}

static void *run(void *arg)
{
    struct worker *worker = arg;

    (void)pthread_setname_np(pthread_self(), worker->name);
    (void)pthread_mutex_lock(&worker->mutex);
    for (;;) {
        struct job *job = pop(&worker->waiting);

        if (!job) {
            if (worker->is_ending)
                break;
            tell_or_wait(worker);
            continue;
        }
        worker->is_working = true;
        (void)pthread_mutex_unlock(&worker->mutex);
        job->work(job->arg);
        (void)pthread_mutex_lock(&worker->mutex);
        worker->is_working = false;
        push(&worker->finished, job);
        if (!worker->is_told && !worker->is_ending)
            worker->is_told = !loop_post(drain, worker);
    }
    (void)pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

static int start_thread(struct worker *worker)
{
    pthread_attr_t attr;
    int err;

    err = pthread_attr_init(&attr);
    if (err)
        return err;
    err = pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (!err)
        err = pthread_create(&worker->thread, &attr, run, worker);
    (void)pthread_attr_destroy(&attr);
    worker->has_thread = !err;
    return err;
}

int worker_new(const char *name, unsigned max_jobs, struct worker **ret_worker)
{
    struct worker *worker = calloc(1, sizeof(*worker));

    if (!worker)
        return ENOMEM;
    worker->name = name;
    worker->max_jobs = max_jobs;
    worker->waiting.end = &worker->waiting.first;
    worker->finished.end = &worker->finished.first;
    (void)pthread_mutex_init(&worker->mutex, NULL);
    (void)pthread_cond_init(&worker->wake, NULL);
    *ret_worker = worker;
    return 0;
}

struct worker *worker_free(struct worker *worker)
{
    if (!worker)
        return NULL;
    if (worker->has_thread) {
        (void)pthread_mutex_lock(&worker->mutex);
        worker->is_ending = true;
        (void)pthread_cond_signal(&worker->wake);
        (void)pthread_mutex_unlock(&worker->mutex);
        (void)pthread_join(worker->thread, NULL);
    }
    drain(worker);
    (void)pthread_cond_destroy(&worker->wake);
    (void)pthread_mutex_destroy(&worker->mutex);
    free(worker);
    return NULL;
}

static void move_all(struct jobs *from, struct jobs *to)
{
    struct job *job;

    while ((job = pop(from)))
        push(to, job);
}

struct worker *worker_abandon(struct worker *worker)
{
    bool is_working;

    if (!worker)
        return NULL;
    (void)pthread_mutex_lock(&worker->mutex);
    move_all(&worker->waiting, &worker->finished);
    worker->is_ending = true; /* its thread tells the loop of nothing more */
    is_working = worker->is_working;
    (void)pthread_mutex_unlock(&worker->mutex);
    if (!is_working)
        return worker_free(worker);
    drain(worker);
    (void)pthread_detach(worker->thread);
    worker->next_abandoned = abandoned;
    abandoned = worker;
    return NULL;
}

int worker_submit(struct worker *worker, worker_fn *work, worker_fn *done, void *arg)
{
    struct job *job;
    int err = 0;

    if (worker->n_jobs >= worker->max_jobs || worker->is_ending)
        return EBUSY;
    job = calloc(1, sizeof(*job));
    if (!job)
        return ENOMEM;
    *job = (struct job){.work = work, .done = done, .arg = arg};
    if (!worker->has_thread)
        err = start_thread(worker);
    if (err) {
        free(job);
        return err;
    }
    worker->n_jobs++;
    (void)pthread_mutex_lock(&worker->mutex);
    push(&worker->waiting, job);
    (void)pthread_cond_signal(&worker->wake);
    (void)pthread_mutex_unlock(&worker->mutex);
    return 0;
}
