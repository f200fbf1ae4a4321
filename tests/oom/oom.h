/* SPDX-License-Identifier: MIT */
/* oom.h - scenarios that are run again and again, each time with another allocation failing, until
 * a run passes that needs no more. All of the process's allocations count, those of the libraries
 * too (in a build with sanitizers only those of our code and libre). */
#ifndef OOM_H
#define OOM_H

/* Runs from nothing to nothing: whatever it makes it frees. Returns 0 if all went well, else the
 * error that came out. What must not be ends in abort(). */
typedef int oom_run_fn(void);

struct oom_scenario {
    const char *name;
    oom_run_fn *run;
    const int *errors; /* that may come out besides 0 and ENOMEM; ends with 0; NULL: none */
};

/* Each run is a process of its own: after a crash the next one goes on. Then a run without a
 * failure must go well, and no block may be left over. Prints TAP and "N passed, M failed".
 *   argv  [SCENARIO [N]]: only that one; only the Nth, telling where it is
 * Returns the exit code. scenarios ends with name NULL. */
int oom_main(int argc, char *argv[], const struct oom_scenario *scenarios);

#define oom_must(is_true)                                                                          \
    do {                                                                                           \
        if (!(is_true))                                                                            \
            oom_broken(#is_true, __FILE__, __LINE__);                                              \
    } while (0)

_Noreturn void oom_broken(const char *what, const char *file, int line);

#endif
