/* SPDX-License-Identifier: MIT */
#include "restart.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

/* "HTTP HTTPS SIP", with - for what is as configured. Not an option: it would be one more at each
 * restart, and is nobody else's business. */
#define VARIABLE "PORTERO_RESTARTED"
#define PROGRAM "/proc/self/exe"

static void take(char value[CONFIG_MAX_VALUE + 1], const char *address)
{
    if (strcmp(address, "-") != 0)
        (void)snprintf(value, CONFIG_MAX_VALUE + 1, "%s", address);
}

bool restart_take(struct config *config)
{
    const char *text = getenv(VARIABLE);
    struct restart at;
    int end = -1;

    if (!text)
        return false;
    (void)sscanf(text, "%63s %63s %63s%n", at.http, at.https, at.sip, &end);
    if (end > 0 && !text[end]) {
        take(config->http, at.http);
        take(config->https, at.https);
        take(config->sip, at.sip);
    }
    (void)unsetenv(VARIABLE);
    return end > 0;
}

static const char *or_dash(const char *address)
{
    return *address ? address : "-";
}

int restart_exec(int argc, char *const argv[], const struct restart *restart)
{
    char text[3 * RESTART_ADDRESS_SIZE];
    char **args = calloc((size_t)argc + 3, sizeof(*args));
    int err;

    if (!args)
        return ENOMEM;
    args[0] = (char *)(uintptr_t) "portero";
    args[1] = (char *)(uintptr_t) "run";
    memcpy(&args[2], argv, (size_t)argc * sizeof(*args));
    (void)snprintf(text, sizeof(text), "%s %s %s", or_dash(restart->http), or_dash(restart->https),
                   or_dash(restart->sip));
    if (setenv(VARIABLE, text, 1)) {
        err = errno;
    } else {
        /* Libraries may have left some open. */
        (void)close_range(STDERR_FILENO + 1, UINT_MAX, 0);
        (void)execv(PROGRAM, args);
        err = errno;
    }
    free(args);
    return err;
}
