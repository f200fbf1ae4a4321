/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/hand_clock.h"
#include "journal/journal_file.h"
#include "settings/state_dir.h"

enum { MANY = 20000, DAY_S = 24 * 3600 };

/* Later than the release, so that age counts: 2030. */
static const int64_t now_ms = 1893456000000;

static struct journal_file *made(const struct state_dir *dir, unsigned max_events)
{
    struct journal_file *file = NULL;

    assert_int_equal(journal_file_new(dir->path, dir->fd, max_events, 182, &file), 0);
    return file;
}

static struct journal_file *opened(const struct state_dir *dir, unsigned max_events,
                                   int64_t *ret_next)
{
    struct journal_file *file = made(dir, max_events);

    assert_int_equal(journal_file_open(file, 1, ret_next), 0);
    return file;
}

static struct entry *entry_of(int64_t number, int64_t at_ms)
{
    static const char *const kinds[][3] = {{"outgoing_call", "info", "low"},
                                           {"access_granted_by_api_call", "access", "medium"},
                                           {"sip_registration_lost", "info", "medium"}};
    const char *const *kind = kinds[number % 3];
    const struct entry_parts parts = {
        number, at_ms, kind[0], kind[1], kind[2], "somebody at the door", "{\"number\":\"101\"}"};
    struct entry *entry = NULL;

    assert_int_equal(entry_new(&parts, &entry), 0);
    return entry;
}

static void free_list(struct entry *first)
{
    while (first) {
        struct entry *next = first->next;

        entry_free(first);
        first = next;
    }
}

/* Numbers first to last, a second apart. Returns what journal_file_write does. */
static int write_numbers(struct journal_file *file, int64_t first, int64_t last)
{
    struct entry *list = NULL, **end = &list;
    int64_t reserved;
    int err;

    for (int64_t i = first; i <= last; i++) {
        *end = entry_of(i, now_ms + i * 1000);
        end = &(*end)->next;
    }
    err = journal_file_write(file, list, last + 1, &reserved);
    if (!err)
        assert_true(reserved > last + JOURNAL_FILE_RESERVE / 2);
    free_list(list);
    return err;
}

static struct journal_filter all(void)
{
    return (struct journal_filter){.to_ms = INT64_MAX, .up_to = INT64_MAX};
}

/* The numbers of a page as text, "3 2 1 of 3". */
static const char *page(struct journal_file *file, const struct journal_filter *filter,
                        bool is_newest_first, int64_t offset, unsigned limit)
{
    static char text[400];
    struct journal_rows rows = {filter, is_newest_first, true, offset, limit, 0, NULL, 0};
    size_t len = 0;

    assert_int_equal(journal_file_read(file, &rows), 0);
    for (struct entry *entry = rows.first; entry; entry = entry->next)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%lld ", (long long)entry->number);
    (void)snprintf(text + len, sizeof(text) - len, "of %lld", (long long)rows.total);
    free_list(rows.first);
    return text;
}

static void test_written_is_read_again(void **state)
{
    struct journal_filter filter = all();
    struct journal_rows rows = {&filter, true, false, 0, 5, 0, NULL, 0};
    int64_t next = 0;
    struct journal_file *file = opened(*state, 100, &next);

    assert_int_equal(next, 1);
    assert_int_equal(state_dir_mode(*state, JOURNAL_FILE), 0600);
    assert_int_equal(state_dir_mode(*state, JOURNAL_FILE "-wal"), 0600);
    assert_int_equal(write_numbers(file, 1, 3), 0);
    assert_int_equal(journal_file_close(file, 4), 0);
    journal_file_free(file);

    file = opened(*state, 100, &next);
    assert_int_equal(next, 4);
    assert_int_equal(journal_file_read(file, &rows), 0);
    assert_int_equal(rows.n, 3);
    assert_int_equal(rows.first->number, 3);
    assert_int_equal(rows.first->at_ms, now_ms + 3000);
    assert_string_equal(rows.first->name, "outgoing_call");
    assert_string_equal(rows.first->category, "info");
    assert_string_equal(rows.first->priority, "low");
    assert_string_equal(rows.first->text, "somebody at the door");
    assert_string_equal(rows.first->fields, "{\"number\":\"101\"}");
    free_list(rows.first);
    journal_file_free(file);
}

static void test_pages_and_filters(void **state)
{
    int64_t next;
    struct journal_file *file = opened(*state, 100, &next);
    struct journal_filter filter = all();

    assert_string_equal(page(file, &filter, true, 0, 3), "of 0");
    assert_int_equal(write_numbers(file, 1, 10), 0);
    assert_string_equal(page(file, &filter, true, 0, 3), "10 9 8 of 10");
    assert_string_equal(page(file, &filter, true, 9, 3), "1 of 10");
    assert_string_equal(page(file, &filter, true, 10, 3), "of 10");
    assert_string_equal(page(file, &filter, false, 2, 3), "3 4 5 of 10");
    assert_string_equal(page(file, &filter, false, 0, 0), "of 10");
    (void)snprintf(filter.category, sizeof(filter.category), "access");
    assert_string_equal(page(file, &filter, true, 0, 3), "10 7 4 of 4");
    assert_string_equal(page(file, &filter, false, 3, 3), "10 of 4");
    (void)snprintf(filter.name, sizeof(filter.name), "outgoing_call");
    assert_string_equal(page(file, &filter, true, 0, 3), "of 0");
    filter.category[0] = '\0';
    assert_string_equal(page(file, &filter, true, 0, 9), "9 6 3 of 3");
    filter.name[0] = '\0';
    (void)snprintf(filter.priority, sizeof(filter.priority), "medium");
    assert_string_equal(page(file, &filter, false, 0, 9), "1 2 4 5 7 8 10 of 7");
    filter.from_ms = now_ms + 4000;
    filter.to_ms = now_ms + 7000;
    assert_string_equal(page(file, &filter, false, 0, 9), "4 5 7 of 3");
    filter = all();
    filter.after = 3;
    filter.up_to = 6;
    assert_string_equal(page(file, &filter, false, 0, 2), "4 5 of 3");
    filter.after = 0;
    assert_string_equal(page(file, &filter, true, 0, 2), "6 5 of 6");
    journal_file_free(file);
}

static void test_the_filter_says_the_same_of_an_entry(void **state)
{
    struct journal_filter filter = all();
    struct entry *entry = entry_of(4, 5000);

    (void)state;
    assert_true(journal_filter_has(&filter, entry));
    filter.after = 4;
    assert_false(journal_filter_has(&filter, entry));
    filter.after = 3;
    filter.up_to = 3;
    assert_false(journal_filter_has(&filter, entry));
    filter.up_to = 4;
    filter.from_ms = filter.to_ms = 5000;
    assert_true(journal_filter_has(&filter, entry));
    filter.from_ms = 5001;
    assert_false(journal_filter_has(&filter, entry));
    filter.from_ms = 0;
    filter.to_ms = 4999;
    assert_false(journal_filter_has(&filter, entry));
    filter.to_ms = 5000;
    (void)snprintf(filter.category, sizeof(filter.category), "info");
    assert_false(journal_filter_has(&filter, entry));
    (void)snprintf(filter.category, sizeof(filter.category), "access");
    (void)snprintf(filter.priority, sizeof(filter.priority), "low");
    assert_false(journal_filter_has(&filter, entry));
    filter.priority[0] = '\0';
    (void)snprintf(filter.name, sizeof(filter.name), "access");
    assert_false(journal_filter_has(&filter, entry));
    entry_free(entry);
}

static void test_no_more_are_kept_than_allowed(void **state)
{
    struct journal_filter filter = all();
    int64_t next;
    struct journal_file *file = opened(*state, 5, &next);

    assert_int_equal(write_numbers(file, 1, 5), 0);
    assert_string_equal(page(file, &filter, false, 0, 9), "1 2 3 4 5 of 5");
    assert_int_equal(write_numbers(file, 6, 6), 0);
    assert_string_equal(page(file, &filter, false, 0, 9), "2 3 4 5 6 of 5");
    assert_int_equal(write_numbers(file, 7, 20), 0);
    assert_string_equal(page(file, &filter, false, 0, 9), "16 17 18 19 20 of 5");
    journal_file_free(file);

    file = opened(*state, 2, &next); /* fewer from now on */
    assert_int_equal(write_numbers(file, next, next), 0);
    assert_string_equal(page(file, &filter, false, 0, 0), "of 2");
    journal_file_free(file);
}

/* At each hour the old ones go; those of a clock that was never set have no age. */
static void test_no_older_ones_are_kept(void **state)
{
    struct journal_filter filter = all();
    int64_t next, reserved;
    struct journal_file *file = opened(*state, 100, &next);
    struct entry *entry = entry_of(1, 1000);

    entry->next = entry_of(2, now_ms - 10 * 1000);
    entry->next->next = entry_of(3, now_ms);
    assert_int_equal(journal_file_write(file, entry, 4, &reserved), 0);
    free_list(entry);
    assert_string_equal(page(file, &filter, false, 0, 9), "1 2 3 of 3");
    hand_clock_step_unix_ms(now_ms - 1700000000000 + 182LL * DAY_S * 1000);
    assert_int_equal(write_numbers(file, 4, 4), 0);
    assert_string_equal(page(file, &filter, false, 0, 9), "1 2 3 4 of 4"); /* not yet an hour */
    hand_clock_advance_ms(3600 * 1000);
    hand_clock_step_unix_ms(-3600 * 1000);
    assert_int_equal(write_numbers(file, 5, 5), 0);
    assert_string_equal(page(file, &filter, false, 0, 9), "1 3 4 5 of 4");
    hand_clock_step_unix_ms(-(now_ms - 1700000000000 + 182LL * DAY_S * 1000));
    journal_file_free(file);
}

/* Whatever was told before a crash, its number is not given again. */
static void test_numbers_go_on_after_a_crash(void **state)
{
    int64_t next, first;
    struct journal_file *file = opened(*state, 100, &first);

    journal_file_free(file); /* nothing written, but 500 may have been told */
    file = opened(*state, 100, &next);
    assert_true(next >= first + JOURNAL_FILE_RESERVE);
    assert_int_equal(write_numbers(file, next, next + 600), 0);
    first = next + 600;
    journal_file_free(file);
    file = opened(*state, 100, &next);
    assert_true(next > first + JOURNAL_FILE_RESERVE / 2);
    assert_true(next <= first + JOURNAL_FILE_RESERVE + 1);
    assert_int_equal(journal_file_close(file, next), 0);
    journal_file_free(file);
    first = next;
    file = opened(*state, 100, &next);
    assert_int_equal(next, first); /* a clean end leaves no gap */
    journal_file_free(file);
}

static void check_begun_anew(struct state_dir *dir, struct journal_file *file)
{
    struct journal_filter filter = all();
    char note[JOURNAL_FILE_MAX_NOTE], name[256];

    assert_true(journal_file_take_note(file, note));
    assert_non_null(strstr(note, "damaged"));
    assert_int_equal(state_dir_count(dir, JOURNAL_FILE ".damaged-", name), 1);
    assert_non_null(strstr(note, name));
    assert_false(journal_file_take_note(file, note));
    assert_int_equal(state_dir_mode(dir, JOURNAL_FILE), 0600);
    assert_int_equal(write_numbers(file, 2000000000, 2000000001), 0);
    assert_string_equal(page(file, &filter, true, 0, 9), "2000000001 2000000000 of 2");
}

static void test_damage_at_the_start(void **state)
{
    struct state_dir *dir = *state;
    char bytes[8192];
    int64_t next = 0;
    struct journal_file *file;

    memset(bytes, 'x', sizeof(bytes));
    state_dir_write(dir, JOURNAL_FILE, bytes, sizeof(bytes));
    file = opened(dir, 100, &next);
    assert_int_equal(next, 1700000000); /* by the clock: the file does not tell */
    check_begun_anew(dir, file);
    journal_file_free(file);
}

static void test_an_empty_file_is_damaged(void **state)
{
    struct state_dir *dir = *state;
    int64_t next = 0;
    struct journal_file *file;

    state_dir_write(dir, JOURNAL_FILE, "", 0);
    file = opened(dir, 100, &next);
    check_begun_anew(dir, file);
    journal_file_free(file);
}

/* Pages in the middle are only found to be bad when they are read. */
static void test_damage_met_while_it_runs(void **state)
{
    struct state_dir *dir = *state;
    struct journal_filter filter = all();
    struct journal_rows rows = {&filter, true, true, 0, 9, 0, NULL, 0};
    int64_t next;
    struct journal_file *file = opened(dir, 1000, &next);
    size_t len;
    char *bytes;

    assert_int_equal(write_numbers(file, 1, 900), 0);
    assert_int_equal(journal_file_close(file, 901), 0);
    journal_file_free(file);
    bytes = state_dir_read(dir, JOURNAL_FILE, &len);
    assert_true(len > 20 * 4096);
    memset(bytes + 5 * 4096, 0xa5, len - 5 * 4096);
    state_dir_write(dir, JOURNAL_FILE, bytes, len);
    free(bytes);
    file = made(dir, 1000);
    (void)journal_file_open(file, 1, &next); /* may find it, or not yet */
    (void)journal_file_read(file, &rows);
    free_list(rows.first);
    check_begun_anew(dir, file);
    journal_file_free(file);
}

static void test_a_newer_file_is_left_alone(void **state)
{
    struct state_dir *dir = *state;
    int64_t next, reserved;
    struct journal_file *file = opened(dir, 100, &next);
    struct journal_filter filter = all();
    struct journal_rows rows = {&filter, true, true, 0, 9, 0, NULL, 0};
    struct entry *entry = entry_of(1, now_ms);
    size_t len, len_after;
    char *bytes, *after;

    assert_int_equal(journal_file_close(file, 1), 0);
    journal_file_free(file);
    bytes = state_dir_read(dir, JOURNAL_FILE, &len);
    bytes[63] = 2; /* user_version */
    state_dir_write(dir, JOURNAL_FILE, bytes, len);
    file = made(dir, 100);
    assert_int_equal(journal_file_open(file, 1, &next), ENOTSUP);
    assert_true(next > 1000000000);
    assert_int_equal(journal_file_write(file, entry, 2, &reserved), ENOTSUP);
    assert_int_equal(reserved, 0);
    assert_int_equal(journal_file_read(file, &rows), ENOENT);
    journal_file_free(file);
    after = state_dir_read(dir, JOURNAL_FILE, &len_after);
    assert_int_equal(len_after, len);
    assert_memory_equal(after, bytes, len);
    free(after);
    free(bytes);
    entry_free(entry);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_a_full_disk_loses_nothing_that_was_written(void **state)
{
    struct journal_filter filter = all();
    int64_t next;
    struct journal_file *file = opened(*state, 100, &next);
    int err = 0;
    int64_t last = 0;

    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(64 * 1024);
    while (!err && last < 1000) {
        err = write_numbers(file, last + 1, last + 1);
        last += !err;
    }
    assert_int_equal(err, ENOSPC);
    assert_int_equal(write_numbers(file, last + 1, last + 1), ENOSPC);
    limit_files(RLIM_INFINITY);
    assert_int_equal(write_numbers(file, last + 1, last + 1), 0);
    (void)page(file, &filter, true, 0, 1);
    journal_file_free(file);
    file = opened(*state, 100, &next);
    assert_true(next > last);
    assert_int_equal(journal_file_close(file, next), 0);
    journal_file_free(file);
}

static void test_no_room_for_a_first_file(void **state)
{
    struct journal_filter filter = all();
    struct journal_rows rows = {&filter, true, true, 0, 9, 0, NULL, 0};
    struct journal_file *file = made(*state, 100);
    int64_t next = 0, reserved;
    struct entry *entry = entry_of(1, now_ms);

    (void)signal(SIGXFSZ, SIG_IGN);
    limit_files(4096);
    assert_int_equal(journal_file_open(file, 1, &next), ENOSPC);
    assert_true(next >= 1700000000);
    assert_int_equal(journal_file_write(file, entry, 2, &reserved), ENOSPC);
    assert_int_equal(journal_file_read(file, &rows), ENOENT);
    limit_files(RLIM_INFINITY);
    assert_int_equal(write_numbers(file, next, next), 0);
    journal_file_free(file);
    file = opened(*state, 100, &reserved);
    assert_true(reserved > next);
    journal_file_free(file);
    entry_free(entry);
}

/* Of processor time: a busy machine takes none of it. */
static double milliseconds(struct journal_file *file, const struct journal_filter *filter,
                           int64_t offset)
{
    struct timespec start, end;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    (void)page(file, filter, true, offset, 10);
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
}

/* A few milliseconds; what is allowed here is for slow machines and sanitizers. */
static void test_a_page_of_20000_is_quick(void **state)
{
    struct journal_filter filter = all();
    int64_t next;
    struct journal_file *file = opened(*state, MANY, &next);
    double first, last, filtered, none;

    for (int64_t i = 1; i < MANY; i += 1000)
        assert_int_equal(write_numbers(file, i, i + 999), 0);
    first = milliseconds(file, &filter, 0);
    last = milliseconds(file, &filter, MANY - 10);
    (void)snprintf(filter.category, sizeof(filter.category), "access");
    filtered = milliseconds(file, &filter, 0);
    (void)snprintf(filter.name, sizeof(filter.name), "no such name");
    none = milliseconds(file, &filter, 0);
    print_message("# of %d: first page %.2f ms, last %.2f, filtered %.2f, none %.2f\n", MANY, first,
                  last, filtered, none);
    assert_true(first < 100 && last < 200 && filtered < 100 && none < 100);
    journal_file_free(file);
}

static int64_t mark_of(struct journal_file *file, const char *name)
{
    int64_t value = -1;

    assert_int_equal(journal_file_read_mark(file, name, &value), 0);
    return value;
}

static void test_marks_are_kept(void **state)
{
    int64_t next, value = -1, after;
    struct journal_file *file = made(*state, MANY);

    assert_int_equal(journal_file_read_mark(file, "a", &value), ENOENT);
    assert_int_equal(value, 0);
    assert_int_equal(journal_file_write_mark(file, "a", 1), ENOENT);
    assert_int_equal(journal_file_open(file, 1, &next), 0);
    assert_int_equal(mark_of(file, "a"), 0);
    assert_int_equal(journal_file_write_mark(file, "a", 17), 0);
    assert_int_equal(journal_file_write_mark(file, "b", INT64_MAX), 0);
    assert_int_equal(journal_file_write_mark(file, "a", 18), 0);
    journal_file_free(file); /* as if killed */
    file = opened(*state, MANY, &after);
    assert_int_equal(mark_of(file, "a"), 18);
    assert_true(mark_of(file, "b") == INT64_MAX);
    assert_true(after > next); /* they are no event numbers */
    assert_true(after < 10 * JOURNAL_FILE_RESERVE);
    assert_int_equal(write_numbers(file, after, after + 2), 0);
    assert_int_equal(journal_file_close(file, after + 3), 0);
    journal_file_free(file);
}

static void test_cleared_is_gone(void **state)
{
    const struct state_dir *dir = *state;
    const struct journal_filter filter = all();
    struct journal_file *file;
    int64_t next;

    file = opened(dir, 100, &next);
    assert_int_equal(write_numbers(file, 1, 60), 0);
    assert_true(state_dir_holds(dir, "somebody at the door"));
    assert_int_equal(journal_file_clear(file, 59), 0);
    assert_string_equal(page(file, &filter, true, 0, 5), "60 of 1");
    assert_int_equal(journal_file_clear(file, 1000), 0);
    assert_string_equal(page(file, &filter, true, 0, 5), "of 0");
    assert_false(state_dir_holds(dir, "somebody at the door"));
    /* Numbers go on, and so does the counting. */
    assert_int_equal(write_numbers(file, 61, 70), 0);
    assert_string_equal(page(file, &filter, true, 0, 2), "70 69 of 10");
    journal_file_free(file);
    file = opened(dir, 100, &next);
    assert_true(next > 70);
    journal_file_free(file);
    file = made(dir, 100);
    assert_int_equal(journal_file_clear(file, 1), ENOENT);
    journal_file_free(file);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, state_dir_setup, state_dir_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_written_is_read_again),
        TEST(test_pages_and_filters),
        TEST(test_the_filter_says_the_same_of_an_entry),
        TEST(test_no_more_are_kept_than_allowed),
        TEST(test_no_older_ones_are_kept),
        TEST(test_numbers_go_on_after_a_crash),
        TEST(test_damage_at_the_start),
        TEST(test_an_empty_file_is_damaged),
        TEST(test_damage_met_while_it_runs),
        TEST(test_a_newer_file_is_left_alone),
        TEST(test_a_full_disk_loses_nothing_that_was_written),
        TEST(test_no_room_for_a_first_file),
        TEST(test_a_page_of_20000_is_quick),
        TEST(test_marks_are_kept),
        TEST(test_cleared_is_gone),
    };

    hand_clock_stand();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
