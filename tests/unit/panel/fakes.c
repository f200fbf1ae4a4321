/* SPDX-License-Identifier: MIT */
#include "panel/fakes.h"

#include <stdlib.h>
#include <string.h>

#include "settings/store.h"

struct fake_store fake_store = {.gate = PTHREAD_MUTEX_INITIALIZER};
struct fake_agent fake_agent;

void fakes_reset(void)
{
    fake_store.err = 0;
    fake_store.n_saves = fake_store.n_backups = 0;
    fake_store.problem = "";
    memset(&fake_agent, 0, sizeof(fake_agent));
}

int store_save(struct store *store, const struct settings *settings)
{
    (void)store;
    (void)pthread_mutex_lock(&fake_store.gate);
    (void)pthread_mutex_unlock(&fake_store.gate);
    if (fake_store.n_saves == FAKES_MAX_SAVES)
        abort();
    fake_store.saved[fake_store.n_saves++] = *settings;
    return fake_store.err;
}

int store_backup(struct store *store)
{
    (void)store;
    fake_store.n_backups++;
    return 0;
}

const char *store_problem(const struct store *store)
{
    (void)store;
    return fake_store.problem;
}

void agent_apply(struct agent *agent, const struct sip_settings *settings)
{
    (void)agent;
    fake_agent.n_applied++;
    fake_agent.is_on = settings != NULL;
    if (settings)
        fake_agent.applied = *settings;
}

void agent_register_now(struct agent *agent)
{
    (void)agent;
    fake_agent.n_register_now++;
}

void agent_status(const struct agent *agent, struct agent_status *ret_status)
{
    (void)agent;
    *ret_status = fake_agent.status;
}
