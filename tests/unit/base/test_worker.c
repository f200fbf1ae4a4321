/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"

enum { JOBS = 50 };

struct job {
    unsigned worked, done; /* 1-based place in the order; 0: not yet */
    bool was_worked_elsewhere, was_done_here;
    char thread_name[16];
};

static struct {
    struct job jobs[JOBS];
    unsigned n_worked, n_done; /* n_worked: worker's thread only, until it was joined */
    pthread_t loop_thread;
    pthread_mutex_t gate; /* held: jobs wait */
    struct worker *worker;
} test = {.gate = PTHREAD_MUTEX_INITIALIZER};

static int setup(void **state)
{
    (void)state;
    memset(test.jobs, 0, sizeof(test.jobs));
    test.n_worked = test.n_done = 0;
    test.loop_thread = pthread_self();
    assert_int_equal(worker_new("tested", JOBS, &test.worker), 0);
    return loop_init();
}

static int teardown(void **state)
{
    (void)state;
    worker_free(test.worker);
    loop_done();
    return 0;
}

static void work(void *arg)
{
    struct job *job = arg;

    (void)pthread_mutex_lock(&test.gate);
    (void)pthread_mutex_unlock(&test.gate);
    job->worked = ++test.n_worked;
    job->was_worked_elsewhere = !pthread_equal(pthread_self(), test.loop_thread);
    (void)pthread_getname_np(pthread_self(), job->thread_name, sizeof(job->thread_name));
}

static void done(void *arg)
{
    struct job *job = arg;

    job->done = ++test.n_done;
    job->was_done_here = pthread_equal(pthread_self(), test.loop_thread);
}

static bool are_all_done(void *arg)
{
    return test.n_done == *(unsigned *)arg;
}

static void check_jobs(unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(test.jobs[i].worked, i + 1);
        assert_int_equal(test.jobs[i].done, i + 1);
        assert_true(test.jobs[i].was_worked_elsewhere);
        assert_true(test.jobs[i].was_done_here);
        assert_string_equal(test.jobs[i].thread_name, "tested");
    }
}

static void test_jobs_run_in_order_and_come_back_to_the_loop(void **state)
{
    unsigned all = JOBS;

    (void)state;
    for (unsigned i = 0; i < JOBS; i++)
        assert_int_equal(worker_submit(test.worker, work, done, &test.jobs[i]), 0);
    assert_int_equal(test.n_done, 0); /* done is always later */
    assert_true(loop_until(are_all_done, &all));
    check_jobs(JOBS);
}

static void test_only_so_many_jobs_at_once(void **state)
{
    struct worker *small = NULL;
    unsigned two = 2, three = 3;

    (void)state;
    assert_int_equal(worker_new("small", 2, &small), 0);
    (void)pthread_mutex_lock(&test.gate);
    assert_int_equal(worker_submit(small, work, done, &test.jobs[0]), 0);
    assert_int_equal(worker_submit(small, work, done, &test.jobs[1]), 0);
    assert_int_equal(worker_submit(small, work, done, &test.jobs[2]), EBUSY);
    (void)pthread_mutex_unlock(&test.gate);
    assert_true(loop_until(are_all_done, &two));
    assert_int_equal(test.jobs[2].worked, 0);
    assert_int_equal(worker_submit(small, work, done, &test.jobs[2]), 0);
    assert_true(loop_until(are_all_done, &three));
    worker_free(small);
}

static void submit_next(void *arg)
{
    struct job *job = arg;

    done(job);
    if (job + 1 < &test.jobs[10])
        assert_int_equal(worker_submit(test.worker, work, submit_next, job + 1), 0);
}

static void test_done_may_submit_the_next(void **state)
{
    unsigned ten = 10;

    (void)state;
    assert_int_equal(worker_submit(test.worker, work, submit_next, &test.jobs[0]), 0);
    assert_true(loop_until(are_all_done, &ten));
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(test.jobs[i].done, i + 1);
}

/* The loop has ended: what was submitted is still done (a commit, say). */
static void test_free_lets_jobs_finish(void **state)
{
    (void)state;
    (void)pthread_mutex_lock(&test.gate);
    for (unsigned i = 0; i < JOBS; i++)
        assert_int_equal(worker_submit(test.worker, work, done, &test.jobs[i]), 0);
    (void)pthread_mutex_unlock(&test.gate);
    test.worker = worker_free(test.worker);
    assert_null(test.worker);
    assert_int_equal(test.n_done, JOBS);
    check_jobs(JOBS);
}

/* The same, but with the message to the loop on its way already. */
static void test_free_after_a_job_has_been_told_to_the_loop(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(worker_submit(test.worker, work, done, &test.jobs[i]), 0);
    (void)usleep(20000);
    test.worker = worker_free(test.worker);
    assert_int_equal(test.n_done, 3);
}

static void test_free_without_any_job(void **state)
{
    (void)state;
    test.worker = worker_free(test.worker);
    assert_null(worker_free(NULL));
}

struct stuck {
    sem_t has_begun, may_end, has_ended;
    bool is_done;
};

static void work_stuck(void *arg)
{
    struct stuck *stuck = arg;

    (void)sem_post(&stuck->has_begun);
    (void)sem_wait(&stuck->may_end);
    (void)sem_post(&stuck->has_ended);
}

static void done_stuck(void *arg)
{
    ((struct stuck *)arg)->is_done = true;
}

static struct stuck stuck;

static void begin_stuck(void)
{
    memset(&stuck, 0, sizeof(stuck));
    (void)sem_init(&stuck.has_begun, 0, 0);
    (void)sem_init(&stuck.may_end, 0, 0);
    (void)sem_init(&stuck.has_ended, 0, 0);
    assert_int_equal(worker_submit(test.worker, work_stuck, done_stuck, &stuck), 0);
    assert_int_equal(sem_wait(&stuck.has_begun), 0);
}

/* A look-up that hangs: nobody waits for it, but those behind it get their memory back. */
static void test_abandon_does_not_wait_for_a_stuck_job(void **state)
{
    (void)state;
    begin_stuck();
    assert_int_equal(worker_submit(test.worker, work, done, &test.jobs[0]), 0);
    assert_int_equal(worker_submit(test.worker, work, done, &test.jobs[1]), 0);
    test.worker = worker_abandon(test.worker); /* if it waited, then for ever */
    assert_null(test.worker);
    assert_int_equal(test.n_done, 2);
    assert_false(stuck.is_done);
    (void)sem_post(&stuck.may_end);
    assert_int_equal(sem_wait(&stuck.has_ended), 0);
    assert_false(stuck.is_done);
    assert_int_equal(test.n_worked, 0);
    assert_int_equal(test.jobs[0].done, 1);
    assert_int_equal(test.jobs[1].done, 2);
}

static void submit_another(void *arg)
{
    done(arg);
    assert_int_equal(worker_submit(test.worker, work, done, &test.jobs[9]), EBUSY);
}

static void test_abandoned_takes_no_more_jobs(void **state)
{
    (void)state;
    begin_stuck();
    assert_int_equal(worker_submit(test.worker, work, submit_another, &test.jobs[0]), 0);
    test.worker = worker_abandon(test.worker);
    assert_int_equal(test.n_done, 1);
    (void)sem_post(&stuck.may_end);
}

static void test_abandon_with_nothing_to_do(void **state)
{
    unsigned one = 1;

    (void)state;
    assert_null(worker_abandon(NULL));
    assert_int_equal(worker_submit(test.worker, work, done, &test.jobs[0]), 0);
    assert_true(loop_until(are_all_done, &one));
    test.worker = worker_abandon(test.worker);
    assert_null(test.worker);
    assert_int_equal(test.n_done, 1);
    assert_int_equal(worker_new("no thread", 1, &test.worker), 0);
    test.worker = worker_abandon(test.worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_jobs_run_in_order_and_come_back_to_the_loop, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_only_so_many_jobs_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_done_may_submit_the_next, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_lets_jobs_finish, setup, teardown),
        cmocka_unit_test_setup_teardown(test_free_after_a_job_has_been_told_to_the_loop, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_free_without_any_job, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abandon_does_not_wait_for_a_stuck_job, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_abandoned_takes_no_more_jobs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_abandon_with_nothing_to_do, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
