/* SPDX-License-Identifier: MIT */
/* real_time.h - for tests by the real clock: sound that comes too late is lost, and a busy machine
 * lets threads stand still. Such a run says nothing, and is done again. */
#ifndef BASE_REAL_TIME_H
#define BASE_REAL_TIME_H

enum {
    REAL_TIME_TRIES = 10,
    REAL_TIME_STALL_MS = 20, /* less than that hurts no test */
};

/* Calls run, a whole group of tests, in a process of its own. Shows what it has written and returns
 * what it has; but when it fails while a thread that only wanted to sleep was woken
 * REAL_TIME_STALL_MS late, runs it again. The last of REAL_TIME_TRIES counts in any case. */
int real_time_run(int (*run)(void));

#endif
