/* SPDX-License-Identifier: MIT */
/* relay_sim.h - a relay that only says what it would do, in the log: for --simulate and tests.
 * Loop thread only. Never blocks. */
#ifndef DOOR_RELAY_SIM_H
#define DOOR_RELAY_SIM_H

#include <stdbool.h>

#include "door/relay.h"

/* name: copied, cut at RELAY_MAX_NAME. On or off is not known before the first set, as with a real
 * one after a crash. Returns 0 or ENOMEM; caller owns *ret_relay, free with its free. */
int relay_sim_new(const char *name, struct relay **ret_relay);

/* relay: of relay_sim_new, as for all below. */
bool relay_sim_is_on(const struct relay *relay);

/* What set returns from now on, nothing being switched then; 0: it works. */
void relay_sim_fail_with(struct relay *relay, int err);

#endif
