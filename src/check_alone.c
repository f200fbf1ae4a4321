/* SPDX-License-Identifier: MIT */
#include "check_alone.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/event.h"
#include "base/loop.h"
#include "base/worker.h"
#include "config.h"
#include "http/report_json.h"
#include "settings/store.h"
#include "sip/agent.h"

enum { RESOLVER_JOBS = 4 };

struct alone {
    const struct config *config;
    struct settings *settings;
    struct store *store;
    struct event_bus *events;
    struct worker *resolver_worker;
    struct agent *agent;
    unsigned account; /* 1 or 2 */
    json_t *report;
};

static int fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "portero: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

static void on_checked(const struct report *report, void *arg)
{
    struct alone *alone = arg;

    if (report)
        alone->report = report_to_json(report);
    loop_stop();
}

static void on_stopped(void *arg)
{
    (void)arg;
    loop_stop();
}

/* Ctrl-C: what is registered is removed first. */
static void on_signal(int signal, void *arg)
{
    struct alone *alone = arg;

    (void)signal;
    agent_stop(alone->agent, on_stopped, alone);
}

/* A directory without a store is somebody's mistake: none is made in it. */
static int read_settings(struct alone *alone)
{
    const char *dir = alone->config->state;
    char path[CONFIG_MAX_VALUE + 16];
    struct stat st;
    int err;

    (void)snprintf(path, sizeof(path), "%s/portero.db", dir);
    if (stat(path, &st))
        return fail(dir, "no panel runs on this state directory, and no settings are in it (see "
                         "--state)");
    err = store_open(dir, &alone->store);
    if (err)
        return fail(dir, err == EBUSY ? "a panel uses this state directory, but cannot be asked"
                                      : strerror(err));
    alone->settings = malloc(sizeof(*alone->settings));
    if (!alone->settings)
        return fail(dir, strerror(ENOMEM));
    err = store_load(alone->store, alone->settings);
    if (err)
        return fail("the settings cannot be read",
                    store_problem(alone->store)[0] ? store_problem(alone->store) : strerror(err));
    return 0;
}

/* The configured address, but not its port: the check has no use for it. */
static void any_port(const char *address, char bind[CONFIG_MAX_VALUE + 1])
{
    const char *colon = strrchr(address, ':');

    (void)snprintf(bind, CONFIG_MAX_VALUE + 1, "%.*s:0", colon ? (int)(colon - address) : 0,
                   address);
}

static const struct sip_settings *account_of(const struct settings *settings, unsigned account)
{
    if (account == 1)
        return settings->sip_is_set ? &settings->sip : NULL;
    return settings->second_is_set ? &settings->second : NULL;
}

/* If no account is set that is the first one's fault. */
static bool is_left_out(const struct settings *settings, unsigned account)
{
    return !account_of(settings, account) && (account > 1 || account_of(settings, 2));
}

static int make_agent(struct alone *alone)
{
    const struct config *config = alone->config;
    char bind[CONFIG_MAX_VALUE + 1];
    struct agent_config agent = {
        .bind = "0.0.0.0:0",
        .ca_file = config->sip_ca[0] ? config->sip_ca : NULL,
        .nameserver = config->nameserver[0] ? config->nameserver : NULL,
        .serial = alone->settings->serial,
        .events = alone->events,
        .resolver_worker = alone->resolver_worker,
    };
    int err;

    if (config->sip[0]) {
        any_port(config->sip, bind);
        agent.bind = bind;
    }
    err = agent_new(&agent, &alone->agent);
    if (err)
        return fail(err == ENOENT || err == ENOMSG ? config->sip_ca : "SIP",
                    err == ENOMSG ? "has no certificate in it" : strerror(err));
    err = agent_set_trust(alone->agent, alone->settings->sip_ca_pem,
                          alone->settings->sip_tls_is_checked);
    if (err)
        return fail("the CAs of sip/tls", strerror(err));
    err = agent_check(alone->agent, account_of(alone->settings, alone->account), on_checked, alone);
    return err ? fail("check", strerror(err)) : 0;
}

static int run(struct alone *alone)
{
    int err = loop_init();

    if (!err)
        err = loop_on_signal(on_signal, alone);
    if (!err)
        err = event_bus_new(&alone->events);
    if (!err)
        err = worker_new("resolver", RESOLVER_JOBS, &alone->resolver_worker);
    if (err)
        return fail("check", strerror(err));
    err = make_agent(alone);
    if (err)
        return err;
    err = loop_run();
    return err ? fail("the loop has ended", strerror(err)) : 0;
}

int check_alone(const struct config *config, unsigned account, struct json_t **ret_report)
{
    struct alone alone = {.config = config, .account = account};
    int code = read_settings(&alone);
    bool is_run = !code && !is_left_out(alone.settings, account);

    if (is_run)
        code = run(&alone);
    agent_free(alone.agent);
    worker_abandon(alone.resolver_worker); /* a look-up may take minutes */
    event_bus_free(alone.events);
    if (is_run)
        loop_done();
    store_close(alone.store);
    if (alone.settings)
        settings_wipe(alone.settings);
    free(alone.settings);
    if (is_run && !code && !alone.report)
        code = fail("check", "broken off");
    *ret_report = alone.report;
    return code;
}
