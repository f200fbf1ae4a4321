/* SPDX-License-Identifier: MIT */
/* late.h - a shared library that is loaded when it is first wanted, not at each start: only who
 * uses it pays for it in time and memory. It is never unloaded.
 * Any thread, but not two at once for the same functions. Reads files: may block for some ms, so
 * on the loop thread only at the start or for what a person asks for now and then. */
#ifndef BASE_LATE_H
#define BASE_LATE_H

#include <stddef.h>

enum { LATE_PROBLEM_SIZE = 256 };

struct late_function {
    const char *name;   /* as the library calls it */
    void *ret_function; /* a pointer to that function: declare it by __typeof__(&NAME) */
};

/* Find all functions in the library, which is loaded if it is not yet; `library` is a name that the
 * dynamic linker looks up ("libm.so.6") or a path.
 * Returns 0, or ELIBACC: there is no such library, or it lacks one of them. Then *problem says so
 * in one line, cut to its size, and no pointer was set. */
int late_load(const char *library, const struct late_function functions[], size_t count,
              char problem[LATE_PROBLEM_SIZE]);

#endif
