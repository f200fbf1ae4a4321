/* SPDX-License-Identifier: MIT */
/* The journal with a file that is played here: it can fail, and it can hold the worker. */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/hand_clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "journal/journal.h"

enum { MAX_TOLD = 4000, LONG_MS = 100 * 1000 };

static struct {
    struct event_bus *events;
    struct worker *worker;
    struct journal *journal;
    /* what was told */
    unsigned n_told;
    int64_t told[MAX_TOLD];
    bool is_stored[MAX_TOLD];
    /* the file */
    pthread_mutex_t gate; /* held: the worker waits */
    atomic_int write_err;
    int open_err;
    int64_t first_number, reserve;
    atomic_uint n_written, n_writes;
    int64_t written[MAX_TOLD];
    int64_t closed_at;
    bool is_freed;
    struct journal_rows *rows;
    int64_t mark;
    int64_t cleared;
    int clear_err;
    unsigned n_cleared;
    int cleared_err;
    /* a page */
    char page[200];
    unsigned n_pages;
} test = {.gate = PTHREAD_MUTEX_INITIALIZER};

struct journal_file {
    int unused;
};

int journal_file_new(const char *dir, int dir_fd, unsigned max_events, unsigned max_days,
                     struct journal_file **ret_file)
{
    assert_string_equal(dir, "somewhere");
    assert_int_equal(dir_fd, 77);
    assert_int_equal(max_events, JOURNAL_MAX_EVENTS);
    assert_int_equal(max_days, 9);
    *ret_file = calloc(1, sizeof(struct journal_file));
    return 0;
}

struct journal_file *journal_file_free(struct journal_file *file)
{
    test.is_freed = true;
    free(file);
    return NULL;
}

int journal_file_open(struct journal_file *file, int64_t at_least, int64_t *ret_next)
{
    (void)file;
    assert_int_equal(at_least, 1);
    *ret_next = test.first_number;
    return test.open_err;
}

int journal_file_write(struct journal_file *file, const struct entry *first, int64_t next,
                       int64_t *ret_reserved)
{
    (void)file;
    (void)pthread_mutex_lock(&test.gate);
    (void)pthread_mutex_unlock(&test.gate);
    *ret_reserved = 0;
    test.n_writes++;
    if (test.write_err)
        return test.write_err;
    for (const struct entry *entry = first; entry; entry = entry->next) {
        if (entry->number < next && test.n_written < MAX_TOLD) {
            test.written[test.n_written] = entry->number;
            test.n_written++;
        }
    }
    *ret_reserved = next + test.reserve;
    return 0;
}

int journal_file_close(struct journal_file *file, int64_t next)
{
    (void)file;
    test.closed_at = next;
    return 0;
}

int journal_file_read(struct journal_file *file, struct journal_rows *rows)
{
    (void)file;
    rows->first = NULL;
    rows->n = 0;
    rows->total = test.n_written;
    return test.write_err;
}

int journal_file_clear(struct journal_file *file, int64_t up_to)
{
    (void)file;
    test.cleared = up_to;
    return test.clear_err;
}

int64_t journal_file_number_from_clock(int64_t at_least)
{
    return at_least > 1000000 ? at_least : 1000000;
}

int journal_file_read_mark(struct journal_file *file, const char *name, int64_t *ret_value)
{
    (void)file;
    assert_string_equal(name, "somebody");
    *ret_value = test.mark;
    return 0;
}

int journal_file_write_mark(struct journal_file *file, const char *name, int64_t value)
{
    (void)file;
    assert_string_equal(name, "somebody");
    test.mark = value;
    return 0;
}

bool journal_filter_has(const struct journal_filter *filter, const struct entry *entry)
{
    return entry->number > filter->after && entry->number <= filter->up_to;
}

bool journal_file_take_note(struct journal_file *file, char ret_note[JOURNAL_FILE_MAX_NOTE])
{
    (void)file;
    ret_note[0] = '\0';
    return false;
}

static void on_told(const struct entry *entry, bool is_stored, void *arg)
{
    assert_ptr_equal(arg, &test);
    assert_int_equal(journal_last_told(test.journal), entry->number);
    if (test.n_told < MAX_TOLD) {
        test.is_stored[test.n_told] = is_stored;
        test.told[test.n_told++] = entry->number;
    }
}

static void build_with(int open_err, int64_t first_number)
{
    const struct journal_config config = {.dir = "somewhere",
                                          .dir_fd = 77,
                                          .events = test.events,
                                          .worker = test.worker,
                                          .max_days = 9};

    test.open_err = open_err;
    test.first_number = first_number;
    assert_int_equal(journal_new(&config, &test.journal), 0);
    assert_int_equal(journal_listen(test.journal, on_told, &test), 0);
    assert_int_equal(journal_last_told(test.journal), first_number - 1);
}

static int setup(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    assert_int_equal(loop_init(), 0);
    assert_int_equal(event_bus_new(&test.events), 0);
    assert_int_equal(worker_new("journal", JOURNAL_JOBS, &test.worker), 0);
    test.n_told = test.n_pages = 0;
    test.n_written = 0;
    test.n_cleared = 0;
    test.clear_err = 0;
    test.n_writes = 0;
    test.write_err = 0;
    test.reserve = JOURNAL_FILE_RESERVE;
    test.is_freed = false;
    test.closed_at = 0;
    return 0;
}

static void end_journal(void)
{
    test.journal = journal_free(test.journal);
    test.worker = worker_free(test.worker);
}

static int teardown(void **state)
{
    (void)state;
    end_journal();
    assert_true(test.is_freed);
    test.events = event_bus_free(test.events);
    loop_done();
    return 0;
}

static void emit(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        event_emit(test.events, EVENT_OUTGOING_CALL, "%u", i);
}

static bool are_told(void *arg)
{
    return test.n_told >= *(unsigned *)arg;
}

static void wait_told(unsigned n)
{
    assert_true(loop_until(are_told, &n));
    assert_int_equal(test.n_told, n);
}

static void check_told(unsigned from, unsigned to, int64_t first, bool is_stored)
{
    for (unsigned i = from; i < to; i++) {
        assert_int_equal(test.told[i], first + i - from);
        assert_int_equal(test.is_stored[i], is_stored);
    }
}

static void test_told_once_stored_in_order(void **state)
{
    (void)state;
    build_with(0, 41);
    emit(3);
    assert_int_equal(test.n_told, 0); /* never from inside */
    wait_told(3);
    check_told(0, 3, 41, true);
    emit(700);
    wait_told(703);
    check_told(3, 703, 44, true);
    assert_int_equal(test.n_written, 703);
    assert_true(test.n_writes < 20); /* in batches */
}

static bool is_past(void *arg)
{
    (void)arg;
    hand_clock_advance_ms(10);
    return test.n_told > 0;
}

/* A disk that hangs holds up nobody for longer than JOURNAL_TELL_MS. */
static void test_a_slow_disk_is_not_waited_for(void **state)
{
    (void)state;
    build_with(0, 1);
    (void)pthread_mutex_lock(&test.gate);
    emit(2);
    assert_true(loop_until(is_past, NULL));
    (void)pthread_mutex_unlock(&test.gate);
    check_told(0, 2, 1, false);
    emit(1);
    wait_told(3); /* the first two not again */
    check_told(2, 3, 3, true);
    assert_int_equal(test.n_written, 3);
}

static bool is_all_written(void *arg)
{
    hand_clock_advance_ms(100);
    return test.n_written >= *(unsigned *)arg;
}

static void test_a_full_disk_gets_them_when_it_has_room(void **state)
{
    unsigned n = 5;

    (void)state;
    build_with(0, 1);
    test.write_err = ENOSPC;
    emit(5);
    assert_true(loop_until(is_past, NULL));
    wait_told(5);
    check_told(0, 5, 1, false);
    assert_int_equal(test.n_written, 0);
    test.write_err = 0;
    assert_true(loop_until(is_all_written, &n));
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(test.written[i], i + 1);
    assert_int_equal(test.n_told, 5);
    emit(1);
    wait_told(6);
    check_told(5, 6, 6, true);
}

/* Memory is bounded: the oldest go, but not before they were told. */
static void test_only_so_many_wait(void **state)
{
    unsigned n = JOURNAL_MAX_WAITING, n_told = 21;

    (void)state;
    build_with(0, 1);
    test.write_err = ENOSPC;
    emit(1);
    assert_true(loop_until(is_past, NULL));
    emit(JOURNAL_MAX_WAITING - 1);
    assert_int_equal(test.n_told, 1);
    emit(1);
    assert_int_equal(test.n_told, 1); /* the first one goes, and was told */
    emit(20);
    assert_int_equal(test.n_told, 1); /* never from inside */
    assert_true(loop_until(are_told, &n_told));
    assert_int_equal(test.n_told, 21);
    check_told(1, 21, 2, false);
    test.write_err = 0;
    assert_true(loop_until(is_all_written, &n));
    assert_int_equal(test.n_written, JOURNAL_MAX_WAITING);
    assert_int_equal(test.written[0], 22);
    assert_int_equal(test.written[JOURNAL_MAX_WAITING - 1], 1000020); /* beyond the reserve */
}

/* Within one turn of the loop: the newest go. */
static void test_never_more_than_twice_as_many_wait(void **state)
{
    unsigned n = JOURNAL_MAX_WAITING;

    (void)state;
    build_with(0, 1);
    test.write_err = ENOSPC;
    emit(1);
    assert_true(loop_until(is_past, NULL));
    emit(3 * JOURNAL_MAX_WAITING);
    test.write_err = 0;
    assert_true(loop_until(is_all_written, &n));
    assert_int_equal(test.n_written, JOURNAL_MAX_WAITING);
    assert_int_equal(test.n_told, 2 * JOURNAL_MAX_WAITING);
}

static void on_told_emit(const struct entry *entry, bool is_stored, void *arg)
{
    unsigned *n = arg;

    (void)is_stored;
    (void)entry;
    for (unsigned i = 0; i < 2 && *n; i++, --*n)
        emit(1);
}

/* A stream that is woken makes the server serve others, who cause events: from inside. */
static void test_who_is_told_may_cause_more(void **state)
{
    unsigned left = 2000, n = 2001;

    (void)state;
    build_with(0, 1);
    test.reserve = MAX_TOLD;
    assert_int_equal(journal_listen(test.journal, on_told_emit, &left), 0);
    emit(1);
    assert_true(loop_until(are_told, &n));
    assert_int_equal(test.n_told, 2001);
    for (unsigned i = 0; i < 2001; i++) {
        assert_int_equal(test.told[i], i + 1);
        assert_int_equal(test.written[i], i + 1);
    }
    assert_int_equal(test.n_written, 2001);
}

/* Those told beyond what is reserved on disk must not come again after a crash. */
static void test_numbers_beyond_the_reserve_are_of_the_clock(void **state)
{
    (void)state;
    build_with(0, 1);
    test.write_err = ENOSPC;
    emit(JOURNAL_FILE_RESERVE);
    emit(2);
    assert_true(loop_until(is_past, NULL));
    wait_told(JOURNAL_FILE_RESERVE + 2);
    check_told(0, JOURNAL_FILE_RESERVE, 1, false);
    check_told(JOURNAL_FILE_RESERVE, JOURNAL_FILE_RESERVE + 2, 1000000, false);
}

static void test_a_file_that_cannot_be_opened(void **state)
{
    unsigned n = 2;

    (void)state;
    test.write_err = EROFS;
    build_with(EROFS, 5000000);
    emit(2);
    assert_true(loop_until(is_past, NULL));
    wait_told(2);
    check_told(0, 2, 5000000, false);
    test.write_err = 0;
    assert_true(loop_until(is_all_written, &n));
    assert_int_equal(test.written[1], 5000001);
}

static void test_the_end_writes_what_waits(void **state)
{
    (void)state;
    build_with(0, 1);
    (void)pthread_mutex_lock(&test.gate);
    emit(4); /* the first goes to the worker, the rest waits */
    test.journal = journal_free(test.journal);
    emit(1); /* nobody is told any more */
    (void)pthread_mutex_unlock(&test.gate);
    end_journal();
    assert_int_equal(test.n_written, 4);
    assert_int_equal(test.closed_at, 5);
    assert_int_equal(test.n_told, 0);
}

static void test_the_end_writes_what_had_failed(void **state)
{
    unsigned n = 3;

    (void)state;
    build_with(0, 1);
    test.write_err = ENOSPC;
    emit(3);
    assert_true(loop_until(is_past, NULL));
    wait_told(n);
    test.write_err = 0;
    end_journal();
    assert_int_equal(test.n_written, 3);
    assert_int_equal(test.written[0], 1);
    assert_int_equal(test.closed_at, 4);
}

static void test_who_has_stopped_listening_is_not_told(void **state)
{
    unsigned n = 2;

    (void)state;
    build_with(0, 1);
    emit(1);
    wait_told(1);
    journal_unlisten(test.journal, on_told, &n); /* another arg: somebody else */
    emit(1);
    wait_told(2);
    journal_unlisten(test.journal, on_told, &test);
    emit(1);
    end_journal();
    assert_int_equal(test.n_told, 2);
}

static void on_page(const struct journal_page *page, void *arg)
{
    size_t len = 0;

    (void)arg;
    test.n_pages++;
    for (unsigned i = 0; i < page->n; i++)
        len += (size_t)snprintf(test.page + len, sizeof(test.page) - len, "%lld ",
                                (long long)page->entries[i]->number);
    (void)snprintf(test.page + len, sizeof(test.page) - len, "of %lld, %d", (long long)page->total,
                   page->err);
}

static bool is_paged(void *arg)
{
    return test.n_pages >= *(unsigned *)arg;
}

static void test_a_page_has_what_is_in_memory(void **state)
{
    struct journal_query query = {.is_newest_first = true, .has_total = true, .limit = 3};
    unsigned n = 1;

    (void)state;
    build_with(0, 1);
    journal_filter_init(&query.filter);
    test.write_err = ENOSPC;
    emit(5);
    assert_int_equal(journal_query(test.journal, &query, on_page, NULL), 0);
    assert_int_equal(test.n_pages, 0);
    assert_true(loop_until(is_paged, &n));
    assert_string_equal(test.page, "5 4 3 of 5, 28");
}

static void test_only_so_many_may_ask(void **state)
{
    struct journal_query query = {.limit = 1};
    unsigned n = JOURNAL_MAX_QUERIES;

    (void)state;
    build_with(0, 1);
    journal_filter_init(&query.filter);
    (void)pthread_mutex_lock(&test.gate);
    emit(1);
    for (unsigned i = 0; i < JOURNAL_MAX_QUERIES; i++)
        assert_int_equal(journal_query(test.journal, &query, on_page, NULL), 0);
    assert_int_equal(journal_query(test.journal, &query, on_page, NULL), EBUSY);
    emit(1);
    (void)pthread_mutex_unlock(&test.gate);
    assert_true(loop_until(is_paged, &n));
    wait_told(2); /* those who ask never keep the events from the disk */
    assert_int_equal(journal_query(test.journal, &query, on_page, NULL), 0);
    end_journal(); /* and is answered also at the end */
    assert_int_equal(test.n_pages, JOURNAL_MAX_QUERIES + 1);
}

static void on_mark(int err, int64_t value, void *arg)
{
    assert_int_equal(err, 0);
    *(int64_t *)arg = value;
}

/* What asks last is answered also at the end. */
static void test_a_mark_is_kept(void **state)
{
    int64_t written = 0, read = 0;

    (void)state;
    build_with(0, 1);
    assert_int_equal(journal_write_mark(test.journal, "somebody", 12, on_mark, &written), 0);
    assert_int_equal(journal_read_mark(test.journal, "somebody", on_mark, &read), 0);
    end_journal();
    assert_int_equal(written, 12);
    assert_int_equal(read, 12);
}

static void on_cleared(int err, void *arg)
{
    assert_ptr_equal(arg, &test);
    test.n_cleared++;
    test.cleared_err = err;
}

static bool is_cleared(void *arg)
{
    return test.n_cleared == *(unsigned *)arg;
}

/* What has not been written yet is told, and never written. */
static void test_all_is_cleared(void **state)
{
    unsigned n = 1;

    (void)state;
    build_with(0, 41);
    emit(3);
    wait_told(3);
    (void)pthread_mutex_lock(&test.gate);
    emit(1); /* with the worker */
    emit(5); /* wait behind it */
    assert_int_equal(journal_clear(test.journal, on_cleared, &test), 0);
    assert_int_equal(test.n_told, 9);
    assert_int_equal(journal_clear(test.journal, on_cleared, &test), EBUSY);
    emit(1); /* after it */
    (void)pthread_mutex_unlock(&test.gate);
    assert_true(loop_until(is_cleared, &n));
    assert_int_equal(test.cleared_err, 0);
    assert_int_equal(test.cleared, 49);
    wait_told(10);
    check_told(0, 3, 41, true);
    check_told(3, 9, 44, false);
    check_told(9, 10, 50, true);
}

static bool is_one_written(void *arg)
{
    (void)arg;
    return test.n_written > 0;
}

/* A disk that fails brings nothing back later. */
static void test_clearing_fails(void **state)
{
    unsigned n = 1;

    (void)state;
    build_with(0, 41);
    test.write_err = ENOSPC;
    test.clear_err = EIO;
    emit(3);
    assert_int_equal(journal_clear(test.journal, on_cleared, &test), 0);
    assert_true(loop_until(is_cleared, &n));
    assert_int_equal(test.cleared_err, EIO);
    assert_int_equal(test.n_told, 3);
    test.write_err = 0;
    emit(1);
    assert_true(loop_until(is_one_written, NULL));
    wait_told(4);
    assert_int_equal(test.n_written, 1);
    assert_int_equal(test.written[0], 44);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_told_once_stored_in_order),
        TEST(test_a_slow_disk_is_not_waited_for),
        TEST(test_a_full_disk_gets_them_when_it_has_room),
        TEST(test_only_so_many_wait),
        TEST(test_never_more_than_twice_as_many_wait),
        TEST(test_who_is_told_may_cause_more),
        TEST(test_numbers_beyond_the_reserve_are_of_the_clock),
        TEST(test_a_file_that_cannot_be_opened),
        TEST(test_the_end_writes_what_waits),
        TEST(test_the_end_writes_what_had_failed),
        TEST(test_who_has_stopped_listening_is_not_told),
        TEST(test_a_page_has_what_is_in_memory),
        TEST(test_only_so_many_may_ask),
        TEST(test_a_mark_is_kept),
        TEST(test_all_is_cleared),
        TEST(test_clearing_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
