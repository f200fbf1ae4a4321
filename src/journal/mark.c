/* SPDX-License-Identifier: MIT */
#include "journal/mark.h"

#include <errno.h>
#include <stdlib.h>

#include "base/worker.h"
#include "journal/journal_file.h"

struct mark {
    struct mark_config config;
    int64_t value;
    int err;
};

static void work_read(void *arg)
{
    struct mark *mark = arg;

    mark->err = journal_file_read_mark(mark->config.file, mark->config.name, &mark->value);
}

static void work_write(void *arg)
{
    struct mark *mark = arg;

    mark->err = journal_file_write_mark(mark->config.file, mark->config.name, mark->value);
}

static void on_done(void *arg)
{
    struct mark *mark = arg;

    mark->config.fn(mark->err, mark->value, mark->config.arg);
    free(mark);
}

static int start(const struct mark_config *config, worker_fn *work, int64_t value)
{
    struct mark *mark = calloc(1, sizeof(*mark));
    int err;

    if (!mark)
        return ENOMEM;
    mark->config = *config;
    mark->value = value;
    mark->err = ECANCELED; /* should the worker not come to it */
    err = worker_submit(config->worker, work, on_done, mark);
    if (err)
        free(mark);
    return err;
}

int mark_read(const struct mark_config *config)
{
    return start(config, work_read, 0);
}

int mark_write(const struct mark_config *config, int64_t value)
{
    return start(config, work_write, value);
}
