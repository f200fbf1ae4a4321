/* SPDX-License-Identifier: MIT */
#include "cli/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The value of option name if argument is that option: "--name=value", or in the next argument.
 * Returns 0 (it is another one), 1 or 2 arguments used, or -1 (its value is missing). */
static int read_option(const char *name, int left, char *const argv[], const char **value)
{
    size_t len = strlen(name);

    if (strncmp(argv[0], name, len) != 0)
        return 0;
    if (argv[0][len] == '=' && argv[0][len + 1]) {
        *value = argv[0] + len + 1;
        return 1;
    }
    if (argv[0][len] == '\0' && left > 1 && argv[1][0]) {
        *value = argv[1];
        return 2;
    }
    return argv[0][len] == '\0' || argv[0][len] == '=' ? -1 : 0;
}

/* Returns how many arguments it took; 0: no such option; -1: no value. */
static int read_any(struct arguments *arguments, int left, char *const argv[])
{
    const struct {
        const char *name;
        const char **value;
    } options[] = {{"--state", &arguments->state},
                   {"--config", &arguments->config},
                   {"--sip-ca", &arguments->sip_ca}};
    int used = 0;

    if (!strcmp(argv[0], "--json")) {
        arguments->is_json = true;
        return 1;
    }
    if (!strcmp(argv[0], "--help")) {
        arguments->is_help = true;
        return 1;
    }
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && !used; i++)
        used = read_option(options[i].name, left, argv, options[i].value);
    return used;
}

int arguments_read(int argc, char *const argv[], struct arguments *ret_arguments,
                   char ret_message[ARGUMENTS_MAX_MESSAGE])
{
    bool is_only_words = false;
    int used = 1;

    memset(ret_arguments, 0, sizeof(*ret_arguments));
    ret_arguments->verb = argv[0];
    for (int i = 1; i < argc; i += used) {
        used = 1;
        if (!is_only_words && !strcmp(argv[i], "--")) {
            is_only_words = true;
            continue;
        }
        if (!is_only_words && argv[i][0] == '-') {
            used = read_any(ret_arguments, argc - i, argv + i);
            if (used > 0)
                continue;
            (void)snprintf(ret_message, ARGUMENTS_MAX_MESSAGE, "%.60s %s%.20s (see portero --help)",
                           argv[i], used ? "needs a value" : "is not an option of portero ",
                           used ? "" : argv[0]);
            return EINVAL;
        }
        if (ret_arguments->n_words == ARGUMENTS_MAX_WORDS) {
            (void)snprintf(ret_message, ARGUMENTS_MAX_MESSAGE, "too many words: at most %d",
                           ARGUMENTS_MAX_WORDS);
            return EINVAL;
        }
        ret_arguments->words[ret_arguments->n_words++] = argv[i];
    }
    return 0;
}
