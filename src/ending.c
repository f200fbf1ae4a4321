/* SPDX-License-Identifier: MIT */
#include "ending.h"

#include "base/log.h"
#include "base/loop.h"
#include "sip/agent.h"

enum {
    STOP_MS = 2500,        /* SIGTERM to exit, at most; then what is under way is left */
    REBOOT_AFTER_MS = 400, /* the answer, and who logs out behind it, come first */
    REBOOT_STOP_MS = 1000,
};

static void on_agent_stopped(void *arg)
{
    struct ending *ending = arg;

    if (--ending->n_stopping == 0)
        loop_stop();
}

static void on_limit(void *arg)
{
    (void)arg;
    log_warn("the SIP server has not answered our goodbye");
    loop_stop();
}

static void begin(struct ending *ending, unsigned limit_ms)
{
    if (ending->is_begun)
        return;
    ending->is_begun = true;
    log_info("stopping");
    timer_start(&ending->limit, limit_ms, on_limit, ending);
    ending->n_stopping = ending->n_agents;
    for (unsigned i = 0; i < ending->n_agents; i++)
        agent_stop(ending->agents[i], on_agent_stopped, ending);
}

static void on_reboot(void *arg)
{
    struct ending *ending = arg;

    ending->is_reboot = true;
    begin(ending, REBOOT_STOP_MS);
}

void ending_init(struct ending *ending, struct agent *const agents[], unsigned n_agents)
{
    *ending = (struct ending){.agents = agents, .n_agents = n_agents};
}

void ending_done(struct ending *ending)
{
    timer_stop(&ending->limit);
    timer_stop(&ending->reboot);
}

void ending_by_signal(struct ending *ending)
{
    timer_stop(&ending->reboot);
    ending->is_reboot = false;
    begin(ending, STOP_MS);
}

void ending_by_reboot(struct ending *ending)
{
    if (!ending->is_begun && !timer_is_running(&ending->reboot))
        timer_start(&ending->reboot, REBOOT_AFTER_MS, on_reboot, ending);
}

bool ending_is_reboot(const struct ending *ending)
{
    return ending->is_reboot;
}
