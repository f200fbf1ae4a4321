/* SPDX-License-Identifier: MIT */
/* The file is played here: numbers 1 to 10 are on disk, 11 to 15 in memory. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "journal/page.h"

static struct {
    int err;
    struct entry *lists[2];
    char answer[400];
    unsigned n_queries;
} test;

static struct entry *entry_of(int64_t number)
{
    const struct entry_parts parts = {
        number, number * 1000, number % 2 ? "odd" : "even", "info", "low", "", "{}"};
    struct entry *entry = NULL;

    assert_int_equal(entry_new(&parts, &entry), 0);
    return entry;
}

int journal_file_read(struct journal_file *file, struct journal_rows *rows)
{
    struct entry **end = &rows->first;
    int64_t skip = rows->offset;

    (void)file;
    rows->first = NULL;
    rows->n = 0;
    rows->total = 0;
    if (test.err)
        return test.err;
    for (int64_t i = 1; i <= 10; i++) {
        struct entry *entry = entry_of(rows->is_newest_first ? 11 - i : i);

        if (!journal_filter_has(rows->filter, entry)) {
            entry_free(entry);
            continue;
        }
        rows->total += rows->has_total;
        if (skip-- > 0 || rows->n == rows->limit) {
            entry_free(entry);
            continue;
        }
        *end = entry;
        end = &entry->next;
        rows->n++;
    }
    return 0;
}

bool journal_filter_has(const struct journal_filter *filter, const struct entry *entry)
{
    return entry->number <= filter->up_to && entry->number > filter->after &&
           (!filter->name[0] || !strcmp(filter->name, entry->name));
}

static void on_page(const struct journal_page *page, void *arg)
{
    size_t len = 0;

    assert_ptr_equal(arg, &test);
    for (unsigned i = 0; i < page->n; i++)
        len += (size_t)snprintf(test.answer + len, sizeof(test.answer) - len, "%lld%s ",
                                (long long)page->entries[i]->number, page->is_stored[i] ? "" : "?");
    (void)snprintf(test.answer + len, sizeof(test.answer) - len, "of %lld%s",
                   (long long)page->total, page->err ? " failed" : "");
}

static const char *ask(const char *name, bool is_newest_first, int64_t offset, unsigned limit)
{
    const struct entry *const lists[2] = {test.lists[0], test.lists[1]};
    struct journal_query query = {.filter = {.to_ms = INT64_MAX, .up_to = INT64_MAX},
                                  .is_newest_first = is_newest_first,
                                  .has_total = true,
                                  .offset = offset,
                                  .limit = limit};
    struct page *page = NULL;

    (void)snprintf(query.filter.name, sizeof(query.filter.name), "%s", name);
    assert_int_equal(page_new(&query, lists, 11, &page), 0);
    page->fn = on_page;
    page->arg = &test;
    page->n_queries = &test.n_queries;
    test.n_queries = 1;
    page_read(page);
    page_answer(page);
    assert_int_equal(test.n_queries, 0);
    return test.answer;
}

static int setup(void **state)
{
    (void)state;
    memset(&test, 0, sizeof(test));
    test.lists[0] = entry_of(11);
    test.lists[0]->next = entry_of(12);
    test.lists[1] = entry_of(13);
    test.lists[1]->next = entry_of(14);
    test.lists[1]->next->next = entry_of(15);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        while (test.lists[i]) {
            struct entry *next = test.lists[i]->next;

            entry_free(test.lists[i]);
            test.lists[i] = next;
        }
    }
    return 0;
}

static void test_newest_first(void **state)
{
    (void)state;
    assert_string_equal(ask("", true, 0, 3), "15? 14? 13? of 15");
    assert_string_equal(ask("", true, 3, 4), "12? 11? 10 9 of 15");
    assert_string_equal(ask("", true, 5, 3), "10 9 8 of 15");
    assert_string_equal(ask("", true, 13, 5), "2 1 of 15");
    assert_string_equal(ask("", true, 15, 5), "of 15");
    assert_string_equal(ask("", true, INT64_MAX / 2, 5), "of 15");
}

static void test_oldest_first(void **state)
{
    (void)state;
    assert_string_equal(ask("", false, 0, 3), "1 2 3 of 15");
    assert_string_equal(ask("", false, 8, 4), "9 10 11? 12? of 15");
    assert_string_equal(ask("", false, 10, 2), "11? 12? of 15");
    assert_string_equal(ask("", false, 13, 5), "14? 15? of 15");
    assert_string_equal(ask("", false, 20, 5), "of 15");
}

static void test_filtered(void **state)
{
    (void)state;
    assert_string_equal(ask("even", true, 0, 4), "14? 12? 10 8 of 7");
    assert_string_equal(ask("even", false, 4, 9), "10 12? 14? of 7");
    assert_string_equal(ask("none", true, 0, 4), "of 0");
}

/* What is in memory is there also when the disk is not. */
static void test_without_a_file(void **state)
{
    (void)state;
    test.err = EIO;
    assert_string_equal(ask("", true, 0, 3), "15? 14? 13? of 5 failed");
    assert_string_equal(ask("", true, 4, 3), "11? of 5 failed");
    assert_string_equal(ask("", false, 1, 3), "12? 13? 14? of 5 failed");
}

static void test_limits(void **state)
{
    struct journal_query query = {.limit = 1000};
    const struct entry *const lists[2] = {NULL, NULL};
    struct page *page = NULL;

    (void)state;
    assert_string_equal(ask("", true, 0, 0), "of 15");
    assert_int_equal(page_new(&query, lists, 1, &page), 0);
    assert_int_equal(page->rows.limit, JOURNAL_MAX_LIMIT);
    assert_null(page_free(page));
    assert_null(page_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_newest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_oldest_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_filtered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
