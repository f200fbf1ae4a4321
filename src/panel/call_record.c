/* SPDX-License-Identifier: MIT */
#include "panel/call_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct call_history {
    unsigned max, next; /* next: where the next one goes */
    unsigned last_id;
    struct call_record *records[];
};

int call_history_new(unsigned max_records, struct call_history **ret_history)
{
    struct call_history *history =
        calloc(1, sizeof(*history) + max_records * sizeof(history->records[0]));

    if (!history)
        return ENOMEM;
    history->max = max_records;
    *ret_history = history;
    return 0;
}

struct call_history *call_history_free(struct call_history *history)
{
    if (!history)
        return NULL;
    for (unsigned i = 0; i < history->max; i++)
        free(history->records[i]);
    free(history);
    return NULL;
}

struct call_record *call_history_add(struct call_history *history, enum panel_call_by by,
                                     const char *number, unsigned max_tries)
{
    struct call_record *record = calloc(1, sizeof(*record) + max_tries * sizeof(record->tries[0]));

    if (!record)
        return NULL;
    record->max_tries = max_tries;
    record->call.id = ++history->last_id;
    record->call.by = by;
    record->call.started_at_ms = clock_unix_ms();
    record->call.end = "";
    record->call.tries = record->tries;
    (void)snprintf(record->call.number, sizeof(record->call.number), "%s", number);
    free(history->records[history->next]);
    history->records[history->next] = record;
    history->next = (history->next + 1) % history->max;
    return record;
}

struct panel_call_try *call_record_try(struct call_record *record, const char *target)
{
    struct panel_call_try *attempt;

    if (record->call.n_tries == record->max_tries)
        return NULL;
    attempt = &record->tries[record->call.n_tries++];
    attempt->at_ms = clock_unix_ms();
    attempt->end = "";
    (void)snprintf(attempt->target, sizeof(attempt->target), "%s", target);
    return attempt;
}

void call_history_show(const struct call_history *history, panel_call_fn *show, void *arg)
{
    for (unsigned i = 1; i <= history->max; i++) {
        const struct call_record *record =
            history->records[(history->next + history->max - i) % history->max];

        if (record)
            show(&record->call, arg);
    }
}

const struct call_record *call_history_newest(const struct call_history *history)
{
    return history->records[(history->next + history->max - 1) % history->max];
}

static const char *const state_names[] = {
    [PANEL_CALL_DIALLING] = "dialling", [PANEL_CALL_RINGING] = "ringing",
    [PANEL_CALL_INCOMING] = "incoming", [PANEL_CALL_TALKING] = "talking",
    [PANEL_CALL_ENDED] = "ended",
};

static const char *const by_names[] = {
    [PANEL_CALL_BY_KEYPAD] = "keypad",
    [PANEL_CALL_BY_API] = "api",
    [PANEL_CALL_BY_CALLER] = "caller",
};

const char *panel_call_state_name(enum panel_call_state state)
{
    return state_names[state];
}

const char *panel_call_by_name(enum panel_call_by by)
{
    return by_names[by];
}
