/* SPDX-License-Identifier: MIT */
#include "base/late.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int fail(char problem[LATE_PROBLEM_SIZE])
{
    const char *why = dlerror();

    (void)snprintf(problem, LATE_PROBLEM_SIZE, "%s", why ? why : "it cannot be loaded");
    return ELIBACC;
}

int late_load(const char *library, const struct late_function functions[], size_t count,
              char problem[LATE_PROBLEM_SIZE])
{
    /* RTLD_NOW: what the library itself lacks is found here, not in the first call. */
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

    if (!handle)
        return fail(problem);
    for (size_t i = 0; i < count; i++) {
        if (!dlsym(handle, functions[i].name)) {
            (void)fail(problem);
            (void)dlclose(handle);
            return ELIBACC;
        }
    }
    for (size_t i = 0; i < count; i++) {
        void *symbol = dlsym(handle, functions[i].name);

        memcpy(functions[i].ret_function, &symbol, sizeof(symbol));
    }
    return 0;
}
