/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "panel/factory.h"
#include "panel/fakes.h"

static struct {
    struct worker *worker;
    unsigned n_done;
    int err;
} test;

static void on_done(int err, void *arg)
{
    assert_ptr_equal(arg, &test);
    test.n_done++;
    test.err = err;
}

static bool is_done(void *arg)
{
    (void)arg;
    return test.n_done > 0;
}

static int setup(void **state)
{
    (void)state;
    fakes_reset();
    memset(&test, 0, sizeof(test));
    return loop_init() ? -1 : worker_new("store", 1, &test.worker);
}

static int teardown(void **state)
{
    (void)state;
    worker_free(test.worker);
    loop_done();
    return 0;
}

static void test_told_when_it_is_on_disk(void **state)
{
    char serial[] = "00000000-0000-4000-8000-000000000001";

    (void)state;
    assert_int_equal(factory_reset(NULL, test.worker, serial, on_done, &test), 0);
    serial[0] = 'x'; /* it was copied */
    assert_int_equal(test.n_done, 0);
    assert_true(loop_until(is_done, NULL));
    assert_int_equal(test.err, 0);
    assert_int_equal(fake_store.n_resets, 1);
    assert_string_equal(fake_store.serial, "00000000-0000-4000-8000-000000000001");
}

static void test_failures(void **state)
{
    (void)state;
    fake_store.err = EIO;
    assert_int_equal(factory_reset(NULL, test.worker, "s", on_done, &test), 0);
    assert_int_equal(factory_reset(NULL, test.worker, "s", on_done, &test), EBUSY);
    assert_true(loop_until(is_done, NULL));
    assert_int_equal(test.n_done, 1);
    assert_int_equal(test.err, EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_told_when_it_is_on_disk, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
