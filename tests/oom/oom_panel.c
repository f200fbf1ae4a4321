/* SPDX-License-Identifier: MIT */
/* A change of settings through the panel, with the real loop and worker, and a store and an agent
 * that note what they are told. Each change is either refused at once or told as done. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "oom.h"
#include "panel/panel.h"
#include "panel/fakes.h"

static struct {
    bool is_done;
    int err;
} change;

static int edit(struct settings *settings, void *arg)
{
    (void)arg;
    settings->sip.registration_interval_s = 77;
    return 0;
}

static void on_done(int err, void *arg)
{
    (void)arg;
    change.is_done = true;
    change.err = err;
}

static bool is_done(void *arg)
{
    (void)arg;
    return change.is_done;
}

static int change_once(struct panel *panel)
{
    int err;

    memset(&change, 0, sizeof(change));
    err = panel_change(panel, edit, on_done, NULL);
    if (err)
        return err;
    oom_must(loop_until(is_done, NULL));
    if (!change.err)
        oom_must(panel_settings(panel)->sip.registration_interval_s == 77);
    return change.err;
}

static int run(void)
{
    struct panel_config config = {.identity = {"a", "b", "c", "d", "e"}};
    struct settings settings;
    struct worker *worker = NULL;
    struct event_bus *events = NULL;
    struct panel *panel = NULL;
    int err;

    fakes_reset();
    memset(&settings, 0, sizeof(settings));
    settings.sip = sip_settings_default;
    err = loop_init();
    if (err)
        return err;
    err = worker_new("store", 4, &worker);
    if (!err)
        err = event_bus_new(&events);
    config.store_worker = worker;
    config.events = events;
    if (!err)
        err = panel_new(&config, &settings, &panel);
    if (!err)
        err = change_once(panel);
    worker_free(worker);
    panel_free(panel);
    event_bus_free(events);
    loop_done();
    return err;
}

int main(int argc, char *argv[])
{
    static const int errors[] = {EAGAIN, 0}; /* no memory for a thread */
    static const struct oom_scenario scenarios[] = {
        {"panel", run, errors},
        {NULL, NULL, NULL},
    };

    log_set_level(LOG_LEVEL_ERROR);
    return oom_main(argc, argv, scenarios);
}
