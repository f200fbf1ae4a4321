/* SPDX-License-Identifier: MIT */
/* restart.h - the process starts itself again, at the addresses it had: whoever uses port 0 finds
 * it again. Not on any thread but the first, and without a loop. */
#ifndef RESTART_H
#define RESTART_H

#include <stdbool.h>

enum { RESTART_ADDRESS_SIZE = 64 };

/* "" for one that is as configured. */
struct restart {
    char http[RESTART_ADDRESS_SIZE];
    char https[RESTART_ADDRESS_SIZE];
    char sip[RESTART_ADDRESS_SIZE];
};

struct config;

/* Is this process one that has started itself again? Then its addresses go into config. */
bool restart_take(struct config *config);

/* Begin anew as `portero run` with these options: the same process with nothing in it. All must be
 * freed, and other threads may only be stuck. Returns an errno value, if at all. */
int restart_exec(int argc, char *const argv[], const struct restart *restart);

#endif
