/* SPDX-License-Identifier: MIT */
#include "panel/fakes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/camera.h"
#include "media/sound.h"
#include "settings/store.h"
#include "sip/trace.h"

struct fake_store fake_store = {.gate = PTHREAD_MUTEX_INITIALIZER};
struct fake_agent fake_agent, fake_second;
struct fake_camera fake_camera;

void fakes_reset(void)
{
    fake_store.err = 0;
    fake_store.n_saves = fake_store.n_backups = fake_store.n_resets = 0;
    fake_store.problem = "";
    memset(&fake_agent, 0, sizeof(fake_agent));
    memset(&fake_camera, 0, sizeof(fake_camera));
    memset(&fake_second, 0, sizeof(fake_second));
}

struct agent *fakes_agent(struct fake_agent *fake)
{
    return (struct agent *)(void *)fake;
}

static struct fake_agent *fake_of(const struct agent *agent)
{
    return (const void *)agent == &fake_agent ? &fake_agent : &fake_second;
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

int camera_take(struct camera *camera, const struct camera_shot *shot, camera_done_fn *done,
                void *arg)
{
    struct jpeg jpeg = {(unsigned char *)strdup("JPEG"), 4};
    int err = fake_camera.err;

    (void)camera;
    fake_camera.shot = *shot;
    if (fake_camera.refuses)
        err = EBUSY;
    if (!fake_camera.refuses)
        done(err ? NULL : &jpeg, err, arg);
    if (err)
        free(jpeg.data);
    return fake_camera.refuses ? EBUSY : 0;
}

int store_reset(struct store *store, const char *serial)
{
    (void)store;
    fake_store.n_resets++;
    (void)snprintf(fake_store.serial, sizeof(fake_store.serial), "%s", serial);
    return fake_store.err;
}

const char *store_problem(const struct store *store)
{
    (void)store;
    return fake_store.problem;
}

int store_write(struct store *store, store_rows_fn *write, void *arg)
{
    (void)store;
    (void)write;
    (void)arg;
    return fake_store.err;
}

/* Calls are the matter of test_calling.c. */
void agent_on_call(struct agent *agent, call_event_fn *on_call, void *arg)
{
    (void)agent;
    (void)on_call;
    (void)arg;
}

int agent_call(struct agent *agent, const char *number, unsigned *ret_id)
{
    (void)agent;
    (void)number;
    (void)ret_id;
    return ENOTCONN;
}

int agent_call_end(struct agent *agent, unsigned id, bool is_limit)
{
    (void)agent;
    (void)id;
    (void)is_limit;
    return ENOENT;
}

int agent_call_answer(struct agent *agent, unsigned id)
{
    (void)agent;
    (void)id;
    return ENOENT;
}

int agent_call_refuse(struct agent *agent, unsigned id, unsigned code)
{
    (void)agent;
    (void)id;
    (void)code;
    return ENOENT;
}

int agent_call_stats(const struct agent *agent, unsigned id, struct audio_stats *ret_stats)
{
    (void)agent;
    (void)id;
    (void)ret_stats;
    return ENOENT;
}

const char *call_end_name(enum call_end end)
{
    (void)end;
    return "";
}

int agent_set_callers(struct agent *agent, const char *networks)
{
    struct fake_agent *fake = fake_of(agent);

    (void)snprintf(fake->callers, sizeof(fake->callers), "%s", networks);
    return 0;
}

void sound_set_volume(struct sound *sound, unsigned level)
{
    *(unsigned *)(void *)sound = level;
}

void sound_set_gain(struct sound *sound, unsigned level)
{
    *((unsigned *)(void *)sound + 1) = level;
}

void agent_apply(struct agent *agent, const struct sip_settings *settings)
{
    struct fake_agent *fake = fake_of(agent);

    fake->n_applied++;
    fake->applied_with_trust = fake->n_set_trust;
    fake->is_on = settings != NULL;
    if (settings)
        fake->applied = *settings;
}

void agent_register_now(struct agent *agent)
{
    struct fake_agent *fake = fake_of(agent);

    fake->n_register_now++;
}

int agent_check(struct agent *agent, const struct sip_settings *settings, agent_checked_fn *checked,
                void *arg)
{
    struct fake_agent *fake = fake_of(agent);

    fake->n_checks++;
    fake->checked_with_settings = settings != NULL;
    checked(NULL, arg);
    return 0;
}

void agent_status(const struct agent *agent, struct agent_status *ret_status)
{
    struct fake_agent *fake = fake_of(agent);

    *ret_status = fake->status;
}

void agent_set_retry(struct agent *agent, bool is_on, unsigned longest_s)
{
    struct fake_agent *fake = fake_of(agent);

    fake->is_retrying = is_on;
    fake->longest_pause_s = longest_s;
}

int agent_set_trust(struct agent *agent, const char *ca_pem, bool is_strict)
{
    struct fake_agent *fake = fake_of(agent);

    (void)snprintf(fake->ca_pem, sizeof(fake->ca_pem), "%s", ca_pem);
    fake->is_strict = is_strict;
    fake->n_set_trust++;
    return 0;
}

const struct trace *agent_trace(const struct agent *agent)
{
    return (const struct trace *)(const void *)agent;
}

/* Two messages an agent. */
void trace_show(const struct trace *trace, trace_show_fn *show, void *arg)
{
    bool is_first = (const void *)trace == &fake_agent;
    struct trace_entry entry = {.at_ms = is_first ? 10 : 15,
                                .is_sent = true,
                                .transport = "udp",
                                .peer = "192.0.2.1:5060",
                                .text = is_first ? "REGISTER 1" : "REGISTER 2"};

    show(&entry, arg);
    entry.at_ms += 10;
    entry.is_sent = false;
    entry.text = "200 OK";
    show(&entry, arg);
}
