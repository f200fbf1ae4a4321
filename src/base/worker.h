/* SPDX-License-Identifier: MIT */
/* worker.h - one thread for what may block: commits, argon2id, name look-ups.
 * Jobs run one after the other, in order; each then comes back to the loop thread.
 * All calls from the loop thread. The thread is made at the first job. */
#ifndef BASE_WORKER_H
#define BASE_WORKER_H

struct worker;

typedef void worker_fn(void *arg);

/* name: borrowed, at most 15 characters (the thread's name).
 * max_jobs: how many may wait or run at once.
 * Returns 0 or ENOMEM; caller owns *ret_worker. */
int worker_new(const char *name, unsigned max_jobs, struct worker **ret_worker);

/* Lets the jobs that wait finish, runs their done functions, frees. Only when the loop no
 * longer runs. NULL is fine; returns NULL. */
struct worker *worker_free(struct worker *worker);

/* The same for a worker whose running job may be stuck in a system call: that job is not waited
 * for. Jobs that wait are not worked on; their done functions run now, as if work had done nothing.
 * The done function of a job that still runs is never called: the job, the thread and the worker's
 * memory are left to the end of the process, which should follow soon. What its work uses, arg
 * and all else, must stay valid until then. Only when the loop no longer runs; never blocks.
 * NULL is fine; returns NULL. */
struct worker *worker_abandon(struct worker *worker);

/* Call work(arg) on the worker's thread, then done(arg) on the loop thread.
 * arg is the job's until done is called. Returns 0, EBUSY (max_jobs reached, or
 * the worker is about to be freed), ENOMEM or EAGAIN (no thread); on failure neither is called. */
int worker_submit(struct worker *worker, worker_fn *work, worker_fn *done, void *arg);

#endif
