/* SPDX-License-Identifier: MIT */
#include "door/relay_sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

struct relay_sim {
    struct relay relay;
    bool is_on;
    bool is_known;
    int err;
};

static struct relay_sim *sim_of(struct relay *relay)
{
    return (struct relay_sim *)(void *)relay;
}

/* The log is its face: each change is a line, and nothing else is; that it is off at the start is
 * none that somebody would want to read. */
static int set(struct relay *relay, bool is_on)
{
    struct relay_sim *sim = sim_of(relay);

    if (sim->err)
        return sim->err;
    if (sim->is_on != is_on)
        log_info("relay %s (simulated): %s", relay->name, is_on ? "on" : "off");
    else if (!sim->is_known)
        log_debug("relay %s (simulated): off at the start", relay->name);
    sim->is_on = is_on;
    sim->is_known = true;
    return 0;
}

static void release(struct relay *relay)
{
    struct relay_sim *sim = sim_of(relay);

    if (sim->is_on)
        (void)set(relay, false);
    free(sim);
}

int relay_sim_new(const char *name, struct relay **ret_relay)
{
    struct relay_sim *sim = calloc(1, sizeof(*sim));

    if (!sim)
        return ENOMEM;
    (void)snprintf(sim->relay.name, sizeof(sim->relay.name), "%s", name);
    sim->relay.set = set;
    sim->relay.free = release;
    *ret_relay = &sim->relay;
    return 0;
}

bool relay_sim_is_on(const struct relay *relay)
{
    return ((const struct relay_sim *)(const void *)relay)->is_on;
}

void relay_sim_fail_with(struct relay *relay, int err)
{
    sim_of(relay)->err = err;
}
