/* SPDX-License-Identifier: MIT */
/* page.h - one question to the journal: what is on disk, read by the worker, and what is only in
 * memory, put together. Loop thread only, but page_read. */
#ifndef JOURNAL_PAGE_H
#define JOURNAL_PAGE_H

#include "journal/journal.h"

struct page {
    struct journal_query query;
    journal_page_fn *fn;
    void *arg;
    unsigned *n_queries; /* borrowed: counted down when it is answered */
    struct journal_file *file;
    struct entry **waiting; /* that pass the filter, oldest first; owned */
    unsigned n_waiting;
    struct journal_rows rows;
    int err;
};

/* lists: what is in memory, oldest first, linked by next; floor: the least number in them, or more
 * than any. fn is not called yet. Returns 0 or ENOMEM; caller owns *ret_page. */
int page_new(const struct journal_query *query, const struct entry *const lists[2], int64_t floor,
             struct page **ret_page);

/* On the worker: read what is on disk. arg: the page. */
void page_read(void *arg);

/* Back on the loop: call fn, then free. arg: the page. */
void page_answer(void *arg);

/* NULL is fine; returns NULL. */
struct page *page_free(struct page *page);

#endif
