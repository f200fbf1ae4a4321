/* SPDX-License-Identifier: MIT */
/* What is in memory has higher numbers than all on disk: so the two only stand behind one another.
 * What the worker writes at this moment counts as in memory: the file is read below it. */
#include "journal/page.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static unsigned count_waiting(const struct page *page, const struct entry *const lists[2])
{
    unsigned n = 0;

    for (size_t i = 0; i < 2; i++) {
        for (const struct entry *entry = lists[i]; entry; entry = entry->next)
            n += journal_filter_has(&page->query.filter, entry);
    }
    return n;
}

static void keep_waiting(struct page *page, const struct entry *const lists[2])
{
    for (size_t i = 0; i < 2; i++) {
        for (const struct entry *entry = lists[i]; entry; entry = entry->next) {
            if (journal_filter_has(&page->query.filter, entry)) /* counting changes nothing in it */
                page->waiting[page->n_waiting++] = entry_share((struct entry *)(uintptr_t)entry);
        }
    }
}

int page_new(const struct journal_query *query, const struct entry *const lists[2], int64_t floor,
             struct page **ret_page)
{
    struct page *page = calloc(1, sizeof(*page));
    int64_t offset = query->offset;
    unsigned limit = query->limit < JOURNAL_MAX_LIMIT ? query->limit : JOURNAL_MAX_LIMIT;
    unsigned n;

    if (!page)
        return ENOMEM;
    page->query = *query;
    page->query.limit = limit;
    n = count_waiting(page, lists);
    page->waiting = n ? calloc(n, sizeof(struct entry *)) : NULL;
    if (n && !page->waiting) {
        page_free(page);
        return ENOMEM;
    }
    keep_waiting(page, lists);
    if (page->query.filter.up_to >= floor)
        page->query.filter.up_to = floor - 1;
    if (query->is_newest_first && offset < n)
        limit -= n - offset < limit ? (unsigned)(n - offset) : limit;
    if (query->is_newest_first)
        offset = offset > n ? offset - n : 0;
    page->rows = (struct journal_rows){
        .filter = &page->query.filter,
        .is_newest_first = query->is_newest_first,
        .has_total = query->has_total || (n && offset && !query->is_newest_first),
        .offset = offset,
        .limit = limit,
    };
    *ret_page = page;
    return 0;
}

void page_read(void *arg)
{
    struct page *page = arg;

    page->err = journal_file_read(page->file, &page->rows);
}

static void add(struct journal_page *answer, const struct entry *entry, bool is_stored)
{
    answer->is_stored[answer->n] = is_stored;
    answer->entries[answer->n++] = entry;
}

static void add_rows(const struct page *page, struct journal_page *answer)
{
    for (const struct entry *entry = page->rows.first; entry; entry = entry->next)
        add(answer, entry, true);
}

/* skip: so many of them, in the order asked for. */
static void add_waiting(const struct page *page, struct journal_page *answer, int64_t skip)
{
    for (int64_t i = skip; i < page->n_waiting && answer->n < page->query.limit; i++) {
        int64_t at = page->query.is_newest_first ? page->n_waiting - 1 - i : i;

        add(answer, page->waiting[at], false);
    }
}

void page_answer(void *arg)
{
    struct page *page = arg;
    struct journal_page answer = {.err = page->err};
    int64_t offset = page->query.offset;

    if (page->query.is_newest_first) {
        add_waiting(page, &answer, offset);
        add_rows(page, &answer);
    } else {
        add_rows(page, &answer);
        add_waiting(page, &answer, offset > page->rows.total ? offset - page->rows.total : 0);
    }
    if (page->query.has_total)
        answer.total = page->rows.total + page->n_waiting;
    --*page->n_queries;
    page->fn(&answer, page->arg);
    page_free(page);
}

struct page *page_free(struct page *page)
{
    if (!page)
        return NULL;
    while (page->rows.first) {
        struct entry *entry = page->rows.first;

        page->rows.first = entry->next;
        entry_free(entry);
    }
    for (unsigned i = 0; i < page->n_waiting; i++)
        entry_free(page->waiting[i]);
    free(page->waiting);
    free(page);
    return NULL;
}
