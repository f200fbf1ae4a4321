/* SPDX-License-Identifier: MIT */
/* Who is told may emit events from inside (a stream that is woken makes the server run, which
 * serves others). So telling is never done from inside on_event, and is_writing stays until all is
 * told: on_event then only appends to the list. */
#include "journal/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "base/timer.h"
#include "base/worker.h"
#include "journal/page.h"

enum {
    MAX_BATCH = 500, /* events of one commit */
    RETRY_MIN_MS = 1000,
    RETRY_MAX_MS = 4000,
};

struct listener {
    journal_fn *fn;
    void *arg;
    struct listener *next;
};

struct list {
    struct entry *first;
    struct entry **end;
    unsigned n;
};

struct journal {
    struct journal_file *file; /* the worker's, once the loop runs */
    struct worker *worker;     /* borrowed */
    struct event_bus *events;  /* borrowed */
    struct listener *listeners;
    /* In the order of numbers: batch, then waiting. */
    struct list batch; /* with the worker: not to be changed */
    struct list waiting;
    bool is_writing; /* batch is with the worker, or was and is being told */
    bool is_closing;
    int64_t next, last_told;
    int64_t reserved; /* numbers below may be told before they are stored */
    /* The worker's while is_writing: */
    int64_t write_next, write_reserved;
    int write_err;
    char note[JOURNAL_FILE_MAX_NOTE];
    bool is_failing; /* the last write did not succeed */
    unsigned retry_ms;
    unsigned long long dropped; /* since it fails */
    unsigned n_queries;
    /* Of a journal_clear; clear_err is the worker's while is_clearing. */
    bool is_clearing;
    int clear_err;
    int64_t cleared; /* all numbers up to here */
    journal_cleared_fn *on_clear;
    void *clear_arg;
    struct timer tell_timer;
    struct timer retry_timer;
    struct timer drop_timer;
};

/* ---- lists ---- */

static void list_init(struct list *list)
{
    *list = (struct list){.end = &list->first};
}

static void list_push(struct list *list, struct entry *entry)
{
    entry->next = NULL;
    *list->end = entry;
    list->end = &entry->next;
    list->n++;
}

static struct entry *list_pop(struct list *list)
{
    struct entry *entry = list->first;

    if (!entry)
        return NULL;
    list->first = entry->next;
    if (!list->first)
        list->end = &list->first;
    list->n--;
    return entry;
}

/* All of front before all of list; front is empty then. */
static void list_prepend(struct list *list, struct list *front)
{
    if (!front->first)
        return;
    if (list->first)
        *front->end = list->first;
    else
        list->end = front->end;
    list->first = front->first;
    list->n += front->n;
    list_init(front);
}

static void list_clear(struct list *list)
{
    struct entry *entry;

    while ((entry = list_pop(list)))
        entry_free(entry);
}

/* ---- telling ---- */

static void tell(struct journal *journal, struct entry *entry, bool is_stored)
{
    if (entry->is_told)
        return;
    entry->is_told = true;
    journal->last_told = entry->number;
    for (struct listener *listener = journal->listeners; listener; listener = listener->next)
        listener->fn(entry, is_stored, listener->arg);
}

static const struct entry *first_untold(const struct journal *journal)
{
    for (const struct entry *entry = journal->batch.first; entry; entry = entry->next) {
        if (!entry->is_told)
            return entry;
    }
    for (const struct entry *entry = journal->waiting.first; entry; entry = entry->next) {
        if (!entry->is_told)
            return entry;
    }
    return NULL;
}

static void on_tell_timer(void *arg);

static void plan_telling(struct journal *journal)
{
    const struct entry *entry = first_untold(journal);
    uint64_t now_ms = clock_monotonic_ms();

    if (!entry)
        timer_stop(&journal->tell_timer);
    else if (!timer_is_running(&journal->tell_timer))
        timer_start(&journal->tell_timer, entry->due_ms > now_ms ? entry->due_ms - now_ms : 0,
                    on_tell_timer, journal);
}

/* All up to this number that were not told. */
static void tell_up_to(struct journal *journal, int64_t number)
{
    struct list *const lists[] = {&journal->batch, &journal->waiting};

    for (size_t i = 0; i < 2; i++) {
        for (struct entry *entry = lists[i]->first; entry && entry->number <= number;
             entry = entry->next)
            tell(journal, entry, false);
    }
}

static void on_tell_timer(void *arg)
{
    struct journal *journal = arg;
    uint64_t now_ms = clock_monotonic_ms();
    const struct entry *entry;

    while ((entry = first_untold(journal)) && entry->due_ms <= now_ms)
        tell_up_to(journal, entry->number);
    plan_telling(journal);
}

int journal_listen(struct journal *journal, journal_fn *fn, void *arg)
{
    struct listener **end = &journal->listeners;
    struct listener *listener = calloc(1, sizeof(*listener));

    if (!listener)
        return ENOMEM;
    listener->fn = fn;
    listener->arg = arg;
    while (*end)
        end = &(*end)->next;
    *end = listener;
    return 0;
}

void journal_unlisten(struct journal *journal, journal_fn *fn, void *arg)
{
    struct listener **at = &journal->listeners;

    while (*at) {
        struct listener *listener = *at;

        if (listener->fn == fn && listener->arg == arg) {
            *at = listener->next;
            free(listener);
        } else {
            at = &listener->next;
        }
    }
}

int64_t journal_last_told(const struct journal *journal)
{
    return journal->last_told;
}

/* ---- writing ---- */

static void start_writing(struct journal *journal);

static void on_retry(void *arg)
{
    start_writing(arg);
}

static void drop_cleared(struct journal *journal)
{
    while (journal->waiting.first && journal->waiting.first->number <= journal->cleared)
        entry_free(list_pop(&journal->waiting));
}

static void on_failed(struct journal *journal, int err)
{
    list_prepend(&journal->waiting, &journal->batch);
    drop_cleared(journal);
    if (!journal->is_failing)
        log_error("the events cannot be written: %s; the last %d are kept in memory", strerror(err),
                  JOURNAL_MAX_WAITING);
    journal->retry_ms = journal->is_failing ? journal->retry_ms * 2 : RETRY_MIN_MS;
    if (journal->retry_ms > RETRY_MAX_MS)
        journal->retry_ms = RETRY_MAX_MS;
    journal->is_failing = true;
    timer_start(&journal->retry_timer, journal->retry_ms, on_retry, journal);
}

static void on_stored(struct journal *journal)
{
    struct entry *entry;

    if (journal->is_failing || journal->dropped)
        log_warn("the events are written again; %llu were lost", journal->dropped);
    journal->is_failing = false;
    journal->dropped = 0;
    while ((entry = list_pop(&journal->batch))) {
        tell(journal, entry, true);
        entry_free(entry);
    }
}

static void write_batch(void *arg)
{
    struct journal *journal = arg;

    journal->write_err = journal_file_write(journal->file, journal->batch.first,
                                            journal->write_next, &journal->write_reserved);
    (void)journal_file_take_note(journal->file, journal->note);
}

/* What is with the worker cannot be dropped, and does not count. */
static void drop_oldest(struct journal *journal)
{
    while (journal->waiting.n > JOURNAL_MAX_WAITING) {
        tell_up_to(journal, journal->waiting.first->number);
        entry_free(list_pop(&journal->waiting));
        journal->dropped++;
    }
}

static void on_written(void *arg)
{
    struct journal *journal = arg;

    if (journal->note[0])
        log_error("%s", journal->note);
    journal->note[0] = '\0';
    if (journal->is_closing) { /* on_closed does the rest */
        journal->is_writing = false;
        return;
    }
    if (journal->write_err) {
        on_failed(journal, journal->write_err);
    } else {
        journal->reserved = journal->write_reserved;
        on_stored(journal);
    }
    drop_oldest(journal);
    timer_stop(&journal->tell_timer);
    plan_telling(journal);
    journal->is_writing = false;
    start_writing(journal);
}

static void on_drop_timer(void *arg)
{
    drop_oldest(arg);
}

static void start_writing(struct journal *journal)
{
    int err;

    if (journal->is_writing || !journal->waiting.first || timer_is_running(&journal->retry_timer))
        return;
    while (journal->batch.n < MAX_BATCH && journal->waiting.first)
        list_push(&journal->batch, list_pop(&journal->waiting));
    journal->is_writing = true;
    journal->write_next = journal->next;
    err = worker_submit(journal->worker, write_batch, on_written, journal);
    if (!err)
        return;
    journal->is_writing = false;
    on_failed(journal, err);
}

static void on_event(const struct event *event, void *arg)
{
    struct journal *journal = arg;
    struct entry *entry = NULL;

    if (journal->next >= journal->reserved)
        journal->next = journal_file_number_from_clock(journal->next);
    if (journal->waiting.n >= 2 * JOURNAL_MAX_WAITING || entry_from_event(event, &entry)) {
        journal->dropped++;
        return;
    }
    entry->number = journal->next++;
    entry->due_ms = clock_monotonic_ms() + JOURNAL_TELL_MS;
    list_push(&journal->waiting, entry);
    if (journal->waiting.n > JOURNAL_MAX_WAITING && !timer_is_running(&journal->drop_timer))
        timer_start(&journal->drop_timer, 0, on_drop_timer, journal);
    plan_telling(journal);
    start_writing(journal);
}

/* ---- clearing ---- */

static void clear(void *arg)
{
    struct journal *journal = arg;

    journal->clear_err = journal_file_clear(journal->file, journal->cleared);
}

static void on_cleared(void *arg)
{
    struct journal *journal = arg;

    journal->is_clearing = false;
    journal->on_clear(journal->clear_err, journal->clear_arg);
}

int journal_clear(struct journal *journal, journal_cleared_fn *fn, void *arg)
{
    int64_t last = journal->next - 1;
    int err;

    if (journal->is_clearing)
        return EBUSY;
    journal->on_clear = fn;
    journal->clear_arg = arg;
    journal->cleared = last; /* what is being written is on disk before the worker clears */
    err = worker_submit(journal->worker, clear, on_cleared, journal);
    if (err) {
        journal->cleared = 0;
        return err;
    }
    journal->is_clearing = true;
    tell_up_to(journal, last);
    drop_cleared(journal);
    plan_telling(journal);
    return 0;
}

/* ---- asking ---- */

void journal_filter_init(struct journal_filter *filter)
{
    *filter = (struct journal_filter){.to_ms = INT64_MAX, .up_to = INT64_MAX};
}

int journal_query(struct journal *journal, const struct journal_query *query, journal_page_fn *fn,
                  void *arg)
{
    const struct entry *const lists[2] = {journal->batch.first, journal->waiting.first};
    const struct entry *first = lists[0] ? lists[0] : lists[1];
    struct page *page = NULL;
    int err;

    if (journal->n_queries >= JOURNAL_MAX_QUERIES)
        return EBUSY;
    err = page_new(query, lists, first ? first->number : journal->next, &page);
    if (err)
        return err;
    page->fn = fn;
    page->arg = arg;
    page->file = journal->file;
    page->n_queries = &journal->n_queries;
    err = worker_submit(journal->worker, page_read, page_answer, page);
    if (err)
        page_free(page);
    else
        journal->n_queries++;
    return err;
}

int journal_read_mark(struct journal *journal, const char *name, mark_fn *fn, void *arg)
{
    const struct mark_config config = {journal->file, journal->worker, name, fn, arg};

    return mark_read(&config);
}

int journal_write_mark(struct journal *journal, const char *name, int64_t value, mark_fn *fn,
                       void *arg)
{
    const struct mark_config config = {journal->file, journal->worker, name, fn, arg};

    return mark_write(&config, value);
}

/* ---- life ---- */

int journal_new(const struct journal_config *config, struct journal **ret_journal)
{
    struct journal *journal = calloc(1, sizeof(*journal));
    int err;

    if (!journal)
        return ENOMEM;
    list_init(&journal->batch);
    list_init(&journal->waiting);
    journal->worker = config->worker;
    journal->events = config->events;
    err = journal_file_new(config->dir, config->dir_fd,
                           config->max_events ? config->max_events : JOURNAL_MAX_EVENTS,
                           config->max_days ? config->max_days : JOURNAL_MAX_DAYS, &journal->file);
    if (err)
        goto out;
    err = journal_file_open(journal->file, 1, &journal->next);
    if (err)
        log_error("the log of events cannot be opened: %s", strerror(err));
    else
        journal->reserved = journal->next + JOURNAL_FILE_RESERVE;
    if (journal_file_take_note(journal->file, journal->note))
        log_error("%s", journal->note);
    journal->note[0] = '\0';
    journal->last_told = journal->next - 1;
    err = event_listen(config->events, on_event, journal);
    if (err)
        goto out;
    *ret_journal = journal;
out:
    if (err) {
        journal_file_free(journal->file);
        free(journal);
    }
    return err;
}

/* On the worker, its last job. What was with it before may have failed. */
static void close_file(void *arg)
{
    struct journal *journal = arg;
    int64_t unused;

    if (journal->batch.first && (!journal->is_writing || journal->write_err))
        (void)journal_file_write(journal->file, journal->batch.first, journal->next, &unused);
    journal->write_err =
        journal_file_write(journal->file, journal->waiting.first, journal->next, &unused);
    (void)journal_file_close(journal->file, journal->next);
}

static void on_closed(void *arg)
{
    struct journal *journal = arg;

    if (journal->write_err && journal->waiting.n)
        log_error("%u events are lost: %s", journal->waiting.n, strerror(journal->write_err));
    list_clear(&journal->batch);
    list_clear(&journal->waiting);
    journal_file_free(journal->file);
    free(journal);
}

struct journal *journal_free(struct journal *journal)
{
    if (!journal)
        return NULL;
    timer_stop(&journal->tell_timer);
    timer_stop(&journal->retry_timer);
    timer_stop(&journal->drop_timer);
    while (journal->listeners)
        journal_unlisten(journal, journal->listeners->fn, journal->listeners->arg);
    event_unlisten(journal->events, on_event, journal);
    journal->is_closing = true;
    /* Without memory or thread for it no other job is under way either, or it will be lost with
     * the process, which ends. */
    if (worker_submit(journal->worker, close_file, on_closed, journal) && !journal->is_writing &&
        !journal->n_queries) {
        close_file(journal);
        on_closed(journal);
    }
    return NULL;
}
