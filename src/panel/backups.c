/* SPDX-License-Identifier: MIT */
#include "panel/backups.h"

#include <string.h>

#include "base/log.h"
#include "base/worker.h"
#include "settings/store.h"

enum {
    LATER_MS = 2000,
    FIRST_MS = 60000, /* from the start: an end may have come before the last one was made */
};

static void back_up(void *arg)
{
    struct backups *backups = arg;
    int err = store_backup(backups->store);

    if (err)
        log_warn("store: no backup could be made: %s", strerror(err));
}

static void on_backed_up(void *arg)
{
    (void)arg;
}

static void on_time(void *arg)
{
    backups_make(arg);
}

void backups_start(struct backups *backups, struct store *store, struct worker *store_worker)
{
    backups->store = store;
    backups->worker = store_worker;
    timer_start(&backups->next, FIRST_MS, on_time, backups);
}

void backups_stop(struct backups *backups)
{
    timer_stop(&backups->next);
}

void backups_make(struct backups *backups)
{
    if (worker_submit(backups->worker, back_up, on_backed_up, backups))
        backups_make_later(backups); /* it has much to do */
}

void backups_make_later(struct backups *backups)
{
    timer_start(&backups->next, LATER_MS, on_time, backups);
}
