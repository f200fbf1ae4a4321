/* SPDX-License-Identifier: MIT */
/* call_record.h - what is remembered of each call, the last CALLING_HISTORY of them. Loop thread
 * only. */
#ifndef PANEL_CALL_RECORD_H
#define PANEL_CALL_RECORD_H

#include "panel/calls.h"

struct call_history;

/* Its tries have room for all targets from the start. */
struct call_record {
    struct panel_call call; /* call.tries is tries */
    unsigned max_tries;
    struct panel_call_try tries[];
};

/* Returns 0 or ENOMEM; caller owns *ret_history. */
int call_history_new(unsigned max_records, struct call_history **ret_history);
struct call_history *call_history_free(struct call_history *history);

/* One more call, as the newest; the oldest goes. Belongs to the history. NULL: no memory. */
struct call_record *call_history_add(struct call_history *history, enum panel_call_by by,
                                     const char *number, unsigned max_tries);

/* One more try of it, begun now. NULL: max_tries reached. */
struct panel_call_try *call_record_try(struct call_record *record, const char *target);

/* Newest first. */
void call_history_show(const struct call_history *history, panel_call_fn *show, void *arg);

/* NULL: none yet. */
const struct call_record *call_history_newest(const struct call_history *history);

#endif
