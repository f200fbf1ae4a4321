/* SPDX-License-Identifier: MIT */
#include "push/name_lookup.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timer.h"
#include "base/worker.h"

enum { MAX_HOST = 253 };

/* With the worker: outlives a look-up that is stopped. */
struct job {
    struct name_lookup *lookup; /* NULL: nobody waits any more */
    char host[MAX_HOST + 1];
    char port[8];
    int err;
    struct sockaddr_storage addrs[NAME_LOOKUP_MAX];
    unsigned n;
};

struct name_lookup {
    struct job *job;
    bool is_with_worker;
    name_found_fn *found;
    void *arg;
    struct timer timer; /* the limit; or the answer of what needed no worker */
};

static int errno_of(int rc)
{
    switch (rc) {
    case 0:
        return 0;
    case EAI_AGAIN:
        return EAGAIN;
    case EAI_MEMORY:
        return ENOMEM;
    default:
        return ENOENT;
    }
}

static void resolve(struct job *job, int flags)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list = NULL;

    job->err = errno_of(getaddrinfo(job->host, job->port, &hints, &list));
    for (struct addrinfo *ai = list; ai && job->n < NAME_LOOKUP_MAX; ai = ai->ai_next) {
        if (ai->ai_addrlen <= sizeof(job->addrs[0]))
            memcpy(&job->addrs[job->n++], ai->ai_addr, ai->ai_addrlen);
    }
    if (list)
        freeaddrinfo(list);
    if (!job->err && !job->n)
        job->err = ENOENT;
}

static void work(void *arg)
{
    resolve(arg, AI_ADDRCONFIG | AI_NUMERICSERV);
}

static void tell(struct name_lookup *lookup)
{
    struct job *job = lookup->job;

    timer_stop(&lookup->timer);
    lookup->job = NULL;
    lookup->found(job->err, job->addrs, job->n, lookup->arg);
}

static void on_done(void *arg)
{
    struct job *job = arg;

    if (job->lookup)
        tell(job->lookup);
    free(job);
}

static void on_number(void *arg)
{
    struct name_lookup *lookup = arg;
    struct job *job = lookup->job;

    tell(lookup);
    free(job);
}

static void on_limit(void *arg)
{
    struct name_lookup *lookup = arg;

    lookup->job->lookup = NULL;
    lookup->job = NULL;
    lookup->found(EAGAIN, NULL, 0, lookup->arg);
}

int name_lookup_start(struct worker *names, const char *host, uint16_t port, name_found_fn *found,
                      void *arg, struct name_lookup **ret_lookup)
{
    struct name_lookup *lookup = calloc(1, sizeof(*lookup));
    struct job *job = calloc(1, sizeof(*job));
    int err = lookup && job ? 0 : ENOMEM;

    if (err)
        goto out;
    *lookup = (struct name_lookup){.job = job, .found = found, .arg = arg};
    job->lookup = lookup;
    (void)snprintf(job->host, sizeof(job->host), "%s", host);
    (void)snprintf(job->port, sizeof(job->port), "%u", (unsigned)port);
    resolve(job, AI_NUMERICHOST | AI_NUMERICSERV);
    if (!job->err) {
        timer_start(&lookup->timer, 0, on_number, lookup);
    } else {
        err = worker_submit(names, work, on_done, job);
        lookup->is_with_worker = !err;
        if (!err)
            timer_start(&lookup->timer, NAME_LOOKUP_LIMIT_MS, on_limit, lookup);
    }
    if (!err)
        *ret_lookup = lookup;
out:
    if (err) {
        free(job);
        free(lookup);
    }
    return err;
}

struct name_lookup *name_lookup_stop(struct name_lookup *lookup)
{
    if (!lookup)
        return NULL;
    timer_stop(&lookup->timer);
    if (lookup->job && lookup->is_with_worker)
        lookup->job->lookup = NULL;
    else
        free(lookup->job);
    free(lookup);
    return NULL;
}

socklen_t name_lookup_len(const struct sockaddr_storage *addr)
{
    return addr->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}
