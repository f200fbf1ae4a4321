/* SPDX-License-Identifier: MIT */
/* cli.h - the verbs of the command line that speak to a running panel: status, call, hangup, open,
 * settings, password, check. Blocks. Exit codes: 0 fine, 1 failed, 2 wrong use. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

struct arguments;
struct json_t;

enum { CLI_WRONG_USE = 2 };

/* What of the verbs is for --help. */
extern const char cli_help[];

bool cli_has_verb(const char *verb);

/* Checks an account (from 1 on) without a running panel. Returns 0, then *ret_report is what the
 * API would have answered and the caller's, or NULL if the account is not set (if none is, that is
 * the first one's fault); or an exit code, then it has said why. */
typedef int cli_check_fn(unsigned account, struct json_t **ret_report, void *arg);

/* Do what arguments say; cli_has_verb(arguments->verb).
 *   state  the state directory
 * Returns an exit code. */
int cli_run(const struct arguments *arguments, const char *state, cli_check_fn *check_alone,
            void *arg);

#endif
