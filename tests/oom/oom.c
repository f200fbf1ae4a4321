/* SPDX-License-Identifier: MIT */
#include "oom.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocate.h"

enum { MAX_ALLOCATIONS = 100000, LIMIT_S = 30, EXIT_NEEDS_NO_MORE = 40, EXIT_BROKEN = 41 };

_Noreturn void oom_broken(const char *what, const char *file, int line)
{
    allocate_fail_at(0, false);
    (void)fprintf(stderr, "# %s:%d: broken: %s\n", file, line, what);
    abort();
}

static bool may_come_out(const struct oom_scenario *scenario, int err)
{
    if (!err || err == ENOMEM)
        return true;
    for (const int *allowed = scenario->errors; allowed && *allowed; allowed++) {
        if (*allowed == err)
            return true;
    }
    return false;
}

/* Returns the blocks that were left over. */
static long run_once(const struct oom_scenario *scenario, unsigned nth, bool is_told,
                     bool *ret_has_failed)
{
    long before = allocate_in_use();
    int err;

    allocate_fail_at(nth, is_told);
    err = scenario->run();
    *ret_has_failed = allocate_has_failed();
    allocate_fail_at(0, false);
    if (!may_come_out(scenario, err) || (err && !*ret_has_failed)) {
        (void)fprintf(stderr, "# %s: error %d: %s\n", scenario->name, err, strerror(err));
        exit(EXIT_BROKEN);
    }
    return allocate_in_use() - before;
}

/* What a library makes once and keeps is no leak: only what is left over each time. */
static _Noreturn void run_child(const struct oom_scenario *scenario, unsigned nth, bool is_told)
{
    bool has_failed, has_failed_again;
    long left;

    (void)alarm(LIMIT_S);
    left = run_once(scenario, nth, is_told, &has_failed);
    if (left)
        left = run_once(scenario, nth, false, &has_failed_again);
    if (left)
        left = run_once(scenario, nth, false, &has_failed_again);
    if (left > 0) {
        (void)fprintf(stderr, "# %s: %ld blocks are left over\n", scenario->name, left);
        exit(EXIT_BROKEN);
    }
    (void)run_once(scenario, 0, false, &has_failed_again);
    exit(has_failed ? 0 : EXIT_NEEDS_NO_MORE);
}

/* Returns true when a run needs no more than n allocations; counts what is broken. */
static bool run_nth(const struct oom_scenario *scenario, unsigned n, bool is_told,
                    unsigned *n_broken)
{
    int status = 0;
    pid_t pid;

    (void)fflush(stdout);
    pid = fork();
    if (pid == 0)
        run_child(scenario, n, is_told);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        abort();
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NEEDS_NO_MORE)
        return true;
    if (WIFEXITED(status) && !WEXITSTATUS(status))
        return false;
    (*n_broken)++;
    if (WIFSIGNALED(status))
        (void)printf("# %s: allocation %u: %s\n", scenario->name, n, strsignal(WTERMSIG(status)));
    else
        (void)printf("# %s: allocation %u: not as it must be\n", scenario->name, n);
    return false;
}

static unsigned run_all(const struct oom_scenario *scenario, unsigned *ret_n)
{
    unsigned n_broken = 0;
    bool has_failed;

    /* What is made at the first use is there now. */
    (void)run_once(scenario, 0, false, &has_failed);
    for (*ret_n = 1; *ret_n < MAX_ALLOCATIONS; (*ret_n)++) {
        if (run_nth(scenario, *ret_n, false, &n_broken))
            return n_broken;
    }
    return n_broken + 1; /* there is no end */
}

int oom_main(int argc, char *argv[], const struct oom_scenario *scenarios)
{
    unsigned n_passed = 0, n_failed = 0, n_broken = 0, n, at = 0;

    for (; scenarios->name; scenarios++) {
        if (argc > 1 && strcmp(argv[1], scenarios->name) != 0)
            continue;
        if (argc > 2) {
            bool has_failed;

            (void)run_once(scenarios, 0, false, &has_failed);
            (void)run_nth(scenarios, (unsigned)strtoul(argv[2], NULL, 10), true, &n_broken);
            return n_broken ? 1 : 0;
        }
        n_broken = run_all(scenarios, &n);
        n_broken ? n_failed++ : n_passed++;
        (void)printf("%sok %u - %s: %u allocations, each failed in turn\n", n_broken ? "not " : "",
                     ++at, scenarios->name, n - 1);
    }
    (void)printf("1..%u\n%u passed, %u failed\n", at, n_passed, n_failed);
    return n_failed || !at ? 1 : 0;
}
