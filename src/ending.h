/* SPDX-License-Identifier: MIT */
/* ending.h - how the loop ends: SIP says goodbye first, but is not waited for long. Loop thread
 * only. Never blocks. */
#ifndef ENDING_H
#define ENDING_H

#include <stdbool.h>

#include "base/timer.h"

struct agent;

/* Embedded; not to be moved. */
struct ending {
    struct agent *const *agents;
    unsigned n_agents;
    unsigned n_stopping; /* agents that still say goodbye */
    bool is_begun;
    bool is_reboot;
    struct timer limit, reboot;
};

/* agents: borrowed until ending_done; looked at when they are to stop. */
void ending_init(struct ending *ending, struct agent *const agents[], unsigned n_agents);

/* Nothing of it comes any more. */
void ending_done(struct ending *ending);

/* End now, for good. */
void ending_by_signal(struct ending *ending);

/* End a moment later, to begin anew. Once is enough. */
void ending_by_reboot(struct ending *ending);

/* Is it to be a new beginning? Also after ending_done. */
bool ending_is_reboot(const struct ending *ending);

#endif
