/* SPDX-License-Identifier: MIT */
/* agent_calls.c - what of agent.h is about calls. */
#include "sip/agent_impl.h"

#include <errno.h>

#include "sip/calls.h"

void agent_on_call(struct agent *agent, call_event_fn *on_call, void *arg)
{
    calls_listen(agent->calls, on_call, arg);
}

int agent_call(struct agent *agent, const char *number, unsigned *ret_id)
{
    return agent->stopped ? ECANCELED : calls_dial(agent->calls, number, ret_id);
}

int agent_call_end(struct agent *agent, unsigned id, bool is_limit)
{
    return calls_end(agent->calls, id, is_limit);
}

int agent_call_answer(struct agent *agent, unsigned id)
{
    return calls_answer(agent->calls, id);
}

int agent_call_refuse(struct agent *agent, unsigned id, unsigned code)
{
    return calls_refuse(agent->calls, id, code);
}

int agent_call_stats(const struct agent *agent, unsigned id, struct audio_stats *ret_stats)
{
    return calls_stats(agent->calls, id, ret_stats);
}

int agent_set_callers(struct agent *agent, const char *networks)
{
    return calls_set_callers(agent->calls, networks);
}
