/* SPDX-License-Identifier: MIT */
/* backups.h - when the store's backup is made: some time after the start, and after changes. Loop
 * thread only. Never blocks. */
#ifndef PANEL_BACKUPS_H
#define PANEL_BACKUPS_H

#include "base/timer.h"

struct store;
struct worker;

/* Embedded; not to be moved. */
struct backups {
    struct store *store; /* of the worker */
    struct worker *worker;
    struct timer next;
};

/* store, store_worker: borrowed until backups_stop. */
void backups_start(struct backups *backups, struct store *store, struct worker *store_worker);

/* None is begun any more. Fine if it was not started. */
void backups_stop(struct backups *backups);

/* Make one now. */
void backups_make(struct backups *backups);

/* Make one in a while: more changes may follow. */
void backups_make_later(struct backups *backups);

#endif
