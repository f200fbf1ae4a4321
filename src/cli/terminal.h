/* SPDX-License-Identifier: MIT */
/* terminal.h - asking a person for a password. Blocks. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

enum { TERMINAL_MAX_LINE = 255 };

/* Is there a person to ask at standard input? */
bool terminal_is_there(void);

/* One line from standard input, without its end. At a terminal the prompt is shown on standard
 * error, and what is typed is not.
 * Returns 0, ENODATA (nothing came), EMSGSIZE (too long), EINTR (broken off by a signal, which
 * then acts as usual) or another errno value; after a failure ret_line is wiped. */
int terminal_ask_secret(const char *prompt, char ret_line[TERMINAL_MAX_LINE + 1]);

#endif
