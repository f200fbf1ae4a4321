/* SPDX-License-Identifier: MIT */
#include "panel/factory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/worker.h"
#include "settings/settings.h"
#include "settings/store.h"

struct job {
    struct store *store;
    char serial[SERIAL_LEN + 1];
    factory_done_fn *done;
    void *arg;
    int err;
};

static void reset(void *arg)
{
    struct job *job = arg;

    job->err = store_reset(job->store, job->serial);
}

static void on_reset(void *arg)
{
    struct job *job = arg;

    job->done(job->err, job->arg);
    free(job);
}

int factory_reset(struct store *store, struct worker *store_worker, const char *serial,
                  factory_done_fn *done, void *arg)
{
    struct job *job = calloc(1, sizeof(*job));
    int err;

    if (!job)
        return ENOMEM;
    *job = (struct job){.store = store, .done = done, .arg = arg};
    (void)snprintf(job->serial, sizeof(job->serial), "%s", serial);
    err = worker_submit(store_worker, reset, on_reset, job);
    if (err)
        free(job);
    return err;
}
