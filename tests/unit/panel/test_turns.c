/* SPDX-License-Identifier: MIT */
/* With a worker and a timer that are moved by hand. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/timer.h"
#include "base/worker.h"
#include "panel/turns.h"

static struct {
    worker_fn *work, *done;
    void *job; /* NULL: there is none */
    int err;   /* refuses it */
} worker;

static struct {
    timer_fn *fn;
    void *arg;
} timer;

int worker_submit(struct worker *unused, worker_fn *work, worker_fn *done, void *arg)
{
    assert_null(unused);
    assert_null(worker.job); /* one at a time */
    if (worker.err)
        return worker.err;
    worker.work = work;
    worker.done = done;
    worker.job = arg;
    return 0;
}

void timer_start_named(struct timer *unused, uint64_t delay_ms, timer_fn *fn, void *arg,
                       const char *name)
{
    (void)unused;
    (void)name;
    assert_int_equal(delay_ms, 0);
    timer.fn = fn;
    timer.arg = arg;
}

void timer_stop(struct timer *unused)
{
    (void)unused;
    timer.fn = NULL;
}

static void work_one(void)
{
    void *job = worker.job;

    assert_non_null(job);
    worker.work(job);
    worker.job = NULL;
    worker.done(job);
}

static void let_time_pass(void)
{
    timer_fn *fn = timer.fn;

    assert_non_null(fn);
    timer.fn = NULL;
    fn(timer.arg);
}

/* ---- changes that note what becomes of them ---- */

struct change {
    struct turn turn;
    const char *name;
    int refusal, failure;
    struct change *then; /* asked for in over */
};

static struct turns turns;
static char noted[200];

static void note(const char *what, const struct change *change, int err)
{
    size_t len = strlen(noted);

    (void)snprintf(noted + len, sizeof(noted) - len, "%s %s %d; ", what, change->name, err);
}

static int prepare(void *arg)
{
    struct change *change = arg;

    note("prepare", change, change->refusal);
    return change->refusal;
}

static int store(void *arg)
{
    struct change *change = arg;

    return change->failure;
}

static void stored(void *arg, int err)
{
    note("stored", arg, err);
}

static void take(struct change *change)
{
    turns_take(&turns, &change->turn, change);
}

static void over(void *arg, int err)
{
    struct change *change = arg;

    note(turns_is_empty(&turns) ? "last" : "over", change, err);
    if (change->then)
        take(change->then);
    memset(&change->turn, 0xff, sizeof(change->turn)); /* as if it were freed */
}

static const struct turns_verbs verbs = {prepare, store, stored, over};

static int setup(void **state)
{
    (void)state;
    memset(&worker, 0, sizeof(worker));
    memset(&timer, 0, sizeof(timer));
    noted[0] = '\0';
    turns_init(&turns, &verbs, NULL);
    return 0;
}

static void test_one_after_the_other(void **state)
{
    struct change a = {.name = "a"}, b = {.name = "b", .failure = EIO}, c = {.name = "c"};

    (void)state;
    assert_true(turns_is_empty(&turns));
    take(&a);
    take(&b);
    take(&c);
    assert_false(turns_is_empty(&turns));
    assert_string_equal(noted, "prepare a 0; ");
    work_one();
    assert_string_equal(noted, "prepare a 0; stored a 0; over a 0; prepare b 0; ");
    noted[0] = '\0';
    work_one();
    assert_string_equal(noted, "stored b 5; over b 5; prepare c 0; ");
    noted[0] = '\0';
    work_one();
    assert_string_equal(noted, "stored c 0; last c 0; ");
    assert_null(worker.job);
    assert_true(turns_is_empty(&turns));
}

/* Never from inside the call, by whomever it is refused; the next one is not held up. */
static void test_a_refusal_comes_later(void **state)
{
    struct change a = {.name = "a", .refusal = EINVAL}, b = {.name = "b"}, c = {.name = "c"};

    (void)state;
    take(&a);
    take(&b);
    assert_string_equal(noted, "prepare a 22; ");
    noted[0] = '\0';
    worker.err = EBUSY;
    let_time_pass();
    assert_string_equal(noted, "over a 22; prepare b 0; ");
    noted[0] = '\0';
    let_time_pass();
    assert_string_equal(noted, "last b 16; ");
    worker.err = 0;
    take(&c);
    work_one();
    assert_string_equal(noted, "last b 16; prepare c 0; stored c 0; last c 0; ");
}

static void test_who_is_told_may_ask_for_another(void **state)
{
    struct change d = {.name = "d"}, b = {.name = "b"};
    struct change a = {.name = "a", .then = &d};

    (void)state;
    take(&a);
    take(&b);
    work_one();
    work_one();
    work_one();
    assert_string_equal(noted, "prepare a 0; stored a 0; over a 0; "
                               "prepare b 0; stored b 0; over b 0; "
                               "prepare d 0; stored d 0; last d 0; ");
    noted[0] = '\0';
    a.then = &b; /* alone */
    take(&a);
    work_one();
    work_one();
    assert_string_equal(noted, "prepare a 0; stored a 0; last a 0; "
                               "prepare b 0; stored b 0; last b 0; ");
}

static void test_the_end(void **state)
{
    struct change c = {.name = "c"}, b = {.name = "b", .then = &c};
    struct change a = {.name = "a", .refusal = EINVAL};

    (void)state;
    take(&a);
    take(&b);
    noted[0] = '\0';
    turns_done(&turns);
    assert_string_equal(noted, "over a 125; last b 125; last c 125; ");
    assert_null(timer.fn);
    assert_null(worker.job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_after_the_other, setup),
        cmocka_unit_test_setup(test_a_refusal_comes_later, setup),
        cmocka_unit_test_setup(test_who_is_told_may_ask_for_another, setup),
        cmocka_unit_test_setup(test_the_end, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
