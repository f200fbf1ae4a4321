/* SPDX-License-Identifier: MIT */
#include "panel/forwards.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/worker.h"
#include "settings/forward.h"
#include "settings/forward_rows.h"
#include "settings/store.h"

struct forwards {
    struct store *store;   /* borrowed; of the worker */
    struct worker *worker; /* borrowed */
    struct forward_table *table;
    forwards_changed_fn *changed;
    void *changed_arg;
};

/* A change on its way to the disk: a rule, or flats to remove. */
struct job {
    struct forwards *forwards;
    forwards_done_fn *done;
    void *arg;
    int err;
    struct forward_rule *rule; /* NULL: remove */
    size_t n_flats;
    uint32_t flats[];
};

int forwards_new(struct store *store, struct worker *store_worker, struct forward_table *table,
                 struct forwards **ret_forwards)
{
    struct forwards *forwards = calloc(1, sizeof(*forwards));

    if (!forwards)
        return ENOMEM;
    forwards->store = store;
    forwards->worker = store_worker;
    forwards->table = table;
    *ret_forwards = forwards;
    return 0;
}

struct forwards *forwards_free(struct forwards *forwards)
{
    if (!forwards)
        return NULL;
    forward_table_free(forwards->table);
    free(forwards);
    return NULL;
}

void forwards_on_change(struct forwards *forwards, forwards_changed_fn *changed, void *arg)
{
    forwards->changed = changed;
    forwards->changed_arg = arg;
}

const struct forward_table *forwards_table(const struct forwards *forwards)
{
    return forwards->table;
}

static void free_job(struct job *job)
{
    free(job->rule);
    free(job);
}

static void save(void *arg)
{
    struct job *job = arg;
    struct forward_rows rows = {job->rule, job->flats, job->n_flats};

    job->err = store_write(job->forwards->store, forward_rows_write, &rows);
}

static void on_saved(void *arg)
{
    struct job *job = arg;
    struct forwards *forwards = job->forwards;

    if (job->err) {
        log_error("store: the forward table is not changed: %s", strerror(job->err));
    } else if (job->rule) {
        job->err = forward_table_put(forwards->table, job->rule);
    } else {
        for (size_t i = 0; i < job->n_flats; i++)
            forward_table_remove(forwards->table, job->flats[i]);
    }
    if (!job->err && forwards->changed)
        forwards->changed(forwards->changed_arg);
    job->done(job->err, job->arg);
    free_job(job);
}

static int submit(struct job *job)
{
    int err = worker_submit(job->forwards->worker, save, on_saved, job);

    if (err)
        free_job(job);
    return err;
}

int forwards_put(struct forwards *forwards, const struct forward_rule *rule, forwards_done_fn *done,
                 void *arg)
{
    struct forward_rule *copy;
    struct job *job;

    if (forward_table_count(forwards->table) >= FORWARD_MAX_RULES) {
        struct forward_rule old;

        if (forward_table_find(forwards->table, rule->flat, &old))
            return ENOSPC;
    }
    copy = malloc(sizeof(*copy));
    job = calloc(1, sizeof(*job));
    if (!copy || !job) {
        free(copy);
        free(job);
        return ENOMEM;
    }
    *copy = *rule;
    *job = (struct job){.forwards = forwards, .done = done, .arg = arg, .rule = copy};
    return submit(job);
}

int forwards_remove(struct forwards *forwards, const uint32_t *flats, size_t count,
                    forwards_done_fn *done, void *arg)
{
    struct job *job;

    if (count > FORWARDS_MAX_REMOVED)
        return E2BIG;
    job = calloc(1, sizeof(*job) + count * sizeof(*flats));
    if (!job)
        return ENOMEM;
    job->forwards = forwards;
    job->done = done;
    job->arg = arg;
    job->n_flats = count;
    memcpy(job->flats, flats, count * sizeof(*flats));
    return submit(job);
}
