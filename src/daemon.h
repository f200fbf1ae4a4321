/* SPDX-License-Identifier: MIT */
/* daemon.h - `portero run`: builds every object in order, runs the loop, frees in reverse. On the
 * first thread, before which there is no other. */
#ifndef DAEMON_H
#define DAEMON_H

enum { DAEMON_WRONG_USE = 2 };

/* argv: options, with which the process may start itself again. Returns an exit code when the panel
 * has ended; what failed was said. */
int daemon_run(int argc, char *argv[]);

#endif
