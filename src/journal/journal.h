/* SPDX-License-Identifier: MIT */
/* journal.h - the log of events: every event of the bus gets a number, goes to disk, and is then
 * told to who listens here. Loop thread only. Never blocks, never delays who emits an event.
 *
 * Its file is its own (journal_file.h), and so is its thread: what writes at every press of a
 * button, and may well be lost, must never make a change of settings wait, nor damage them. */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "journal/entry.h"
#include "journal/journal_file.h"
#include "journal/mark.h"

struct journal;
struct event_bus;
struct worker;

enum {
    JOURNAL_MAX_EVENTS = 20000,
    JOURNAL_MAX_DAYS = 182,
    /* Events in memory while nothing can be stored; for a moment twice as many. */
    JOURNAL_MAX_WAITING = 1000,
    JOURNAL_MAX_LIMIT = 100,  /* events of a page */
    JOURNAL_MAX_QUERIES = 32, /* at once */
    JOURNAL_MAX_MARKS = 8,    /* reads and writes of marks at once */
    JOURNAL_JOBS = JOURNAL_MAX_QUERIES + JOURNAL_MAX_MARKS + 3,
    JOURNAL_TELL_MS = 200, /* nobody waits longer for the disk */
};

struct journal_config {
    const char *dir;          /* the state directory; borrowed for the call */
    int dir_fd;               /* the same; borrowed */
    struct event_bus *events; /* borrowed */
    struct worker *worker;    /* borrowed; made with JOURNAL_JOBS, and only for this */
    unsigned max_events;      /* kept at most; 0: JOURNAL_MAX_EVENTS */
    unsigned max_days;        /* kept at most; 0: JOURNAL_MAX_DAYS */
};

/* Opens the file (before the loop runs; takes no longer than a few reads). One that cannot be
 * opened or written is no failure: it is tried again. Returns 0, ENAMETOOLONG or ENOMEM; caller
 * owns *ret_journal. */
int journal_new(const struct journal_config *config, struct journal **ret_journal);

/* What waits is written by the last job of the worker, which ends with worker_free: so free this
 * first, then the worker. Only when the loop no longer runs. NULL is fine; returns NULL. */
struct journal *journal_free(struct journal *journal);

/* An event is on disk, or JOURNAL_TELL_MS have passed (then is_stored is false, and it is not told
 * again when it is). In the order of numbers, each once. entry: borrowed for the call.
 * It may emit events; it may not free the journal nor stop listening. */
typedef void journal_fn(const struct entry *entry, bool is_stored, void *arg);

/* Returns 0 or ENOMEM. */
int journal_listen(struct journal *journal, journal_fn *fn, void *arg);

/* No more calls of fn with arg. */
void journal_unlisten(struct journal *journal, journal_fn *fn, void *arg);

/* The number of the last event that was told, or of the last before this start; all up to here can
 * be asked for. */
int64_t journal_last_told(const struct journal *journal);

struct journal_query {
    struct journal_filter filter;
    bool is_newest_first;
    bool has_total; /* count all that pass the filter */
    int64_t offset; /* so many are left out first; 0 ... */
    unsigned limit; /* 0 to JOURNAL_MAX_LIMIT */
};

/* All is borrowed for the call of journal_page_fn. */
struct journal_page {
    unsigned n;
    const struct entry *entries[JOURNAL_MAX_LIMIT];
    bool is_stored[JOURNAL_MAX_LIMIT];
    int64_t total; /* 0 unless has_total */
    int err;       /* what is on disk could not be read: only what is in memory is here */
};

typedef void journal_page_fn(const struct journal_page *page, void *arg);

/* Passes everything. */
void journal_filter_init(struct journal_filter *filter);

typedef void journal_cleared_fn(int err, void *arg);

/* Remove all events up to now; who listens has heard of them. Numbers go on. fn is called once,
 * later, with 0 when they are gone from the disk, also while the worker is freed. Returns 0, EBUSY
 * (one is under way), ENOMEM or EAGAIN: then fn is not called. */
int journal_clear(struct journal *journal, journal_cleared_fn *fn, void *arg);

/* What the journal holds at this moment, on disk and in memory; fn is called once, later, also
 * while the worker is freed. Returns 0, EBUSY (too many at once), ENOMEM or EAGAIN: then fn is not
 * called. */
int journal_query(struct journal *journal, const struct journal_query *query, journal_page_fn *fn,
                  void *arg);

/* Read or write the number called name (static), which is kept beside the events: on disk when fn
 * is called with 0. One after the other, in the order of the calls. See mark.h. */
int journal_read_mark(struct journal *journal, const char *name, mark_fn *fn, void *arg);
int journal_write_mark(struct journal *journal, const char *name, int64_t value, mark_fn *fn,
                       void *arg);

#endif
