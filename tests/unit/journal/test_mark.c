/* SPDX-License-Identifier: MIT */
/* Marks with a file that is played here. */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "journal/journal_file.h"
#include "journal/mark.h"

enum { MAX_TOLD = 4 };

static struct worker *worker;
static int64_t stored;
static int file_err;
static struct {
    int err;
    int64_t value;
} told[MAX_TOLD];
static unsigned n_told;

int journal_file_read_mark(struct journal_file *file, const char *name, int64_t *ret_value)
{
    (void)file;
    assert_string_equal(name, "test");
    *ret_value = stored;
    return file_err;
}

int journal_file_write_mark(struct journal_file *file, const char *name, int64_t value)
{
    (void)file;
    assert_string_equal(name, "test");
    if (!file_err)
        stored = value;
    return file_err;
}

static void on_mark(int err, int64_t value, void *arg)
{
    assert_ptr_equal(arg, &stored);
    told[n_told].err = err;
    told[n_told++].value = value;
}

static bool has_told(void *arg)
{
    return n_told == *(unsigned *)arg;
}

static int setup(void **state)
{
    (void)state;
    stored = 0;
    file_err = 0;
    n_told = 0;
    return loop_init() || worker_new("test", 2, &worker);
}

static int teardown(void **state)
{
    (void)state;
    worker = worker_free(worker);
    loop_done();
    return 0;
}

static struct mark_config config_now(void)
{
    return (struct mark_config){.worker = worker, .name = "test", .fn = on_mark, .arg = &stored};
}

static void test_in_order(void **state)
{
    const struct mark_config config = config_now();
    unsigned n = 2;

    (void)state;
    assert_int_equal(mark_write(&config, 4711), 0);
    assert_int_equal(mark_read(&config), 0);
    assert_int_equal(n_told, 0); /* never from inside the call */
    assert_int_equal(mark_read(&config), EBUSY);
    assert_true(loop_until(has_told, &n));
    assert_int_equal(told[0].err, 0);
    assert_int_equal(told[1].err, 0);
    assert_int_equal(told[1].value, 4711);
}

static void test_a_failure_is_told(void **state)
{
    const struct mark_config config = config_now();
    unsigned n = 2;

    (void)state;
    file_err = ENOSPC;
    assert_int_equal(mark_write(&config, 1), 0);
    assert_int_equal(mark_read(&config), 0);
    assert_true(loop_until(has_told, &n));
    assert_int_equal(told[0].err, ENOSPC);
    assert_int_equal(told[1].err, ENOSPC);
}

static void test_the_end_of_the_worker_tells(void **state)
{
    const struct mark_config config = config_now();

    (void)state;
    assert_int_equal(mark_write(&config, 7), 0);
    worker = worker_free(worker);
    assert_int_equal(n_told, 1);
    assert_int_equal(stored, 7);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_in_order),
        TEST(test_a_failure_is_told),
        TEST(test_the_end_of_the_worker_tells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
