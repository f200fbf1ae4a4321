/* SPDX-License-Identifier: MIT */
/* arguments.h - the command line of the verbs that speak to a running panel. Pure function. */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include <stdbool.h>

enum { ARGUMENTS_MAX_WORDS = 32, ARGUMENTS_MAX_MESSAGE = 200 };

/* What was given; all borrowed from argv, NULL: not given. */
struct arguments {
    const char *verb;
    const char *state;  /* --state DIR */
    const char *config; /* --config FILE: for what it says of state and of SIP */
    const char *sip_ca; /* --sip-ca FILE: for a check without a running panel */
    bool is_json;       /* --json: print the answer as it came */
    bool is_help;
    const char *words[ARGUMENTS_MAX_WORDS]; /* the rest, in order */
    unsigned n_words;
};

/* argv: the verb and what follows it; argc at least 1. Options may stand anywhere, as "--state DIR"
 * or "--state=DIR"; of a repeated one the last counts; what follows "--" is no option.
 *   ret_message  on failure one clear line, without a line end
 * Returns 0 or EINVAL. */
int arguments_read(int argc, char *const argv[], struct arguments *ret_arguments,
                   char ret_message[ARGUMENTS_MAX_MESSAGE]);

#endif
