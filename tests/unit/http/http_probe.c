/* SPDX-License-Identifier: MIT */
/* http_probe - the http room by itself, with a fake panel: prints its base URL and runs
 * until SIGTERM. For tests/e2e/http_cases.py and for measuring.
 * Usage: http_probe PASSWORD [ADDR:PORT] */
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/worker.h"
#include "fake_panel.h"
#include "http/http.h"
#include "settings/json_memory.h"

static void on_signal(int signal, void *arg)
{
    (void)signal;
    (void)arg;
    loop_stop();
}

static void on_event(const struct event *event, void *arg)
{
    (void)arg;
    log_info("%s: %s", event_name(event->kind), event->text);
}

static int run(const char *password, const char *address)
{
    struct http_config config = {.address = address};
    struct http *http = NULL;
    int err;

    err = worker_new("auth", HTTP_AUTH_JOBS, &config.auth_worker);
    if (err)
        return err;
    err = event_bus_new(&config.events);
    if (err)
        goto out;
    err = event_listen(config.events, on_event, NULL);
    if (err)
        goto out;
    config.panel = fake_panel_new(password);
    err = http_new(&config, &http);
    if (err)
        goto out;
    printf("http://%s\n", http_address(http));
    (void)fflush(stdout);
    err = loop_run();
out:
    http_free(http);
    panel_free(config.panel);
    worker_free(config.auth_worker);
    event_bus_free(config.events);
    return err;
}

int main(int argc, char *argv[])
{
    int err;

    if (argc < 2) {
        (void)fprintf(stderr, "usage: http_probe PASSWORD [ADDR:PORT]\n");
        return 2;
    }
    json_memory_init();
    err = loop_init();
    if (!err)
        err = loop_on_signal(on_signal, NULL);
    if (!err)
        err = run(argv[1], argc > 2 ? argv[2] : "127.0.0.1:0");
    loop_done();
    if (err)
        (void)fprintf(stderr, "http_probe: %s\n", strerror(err));
    return err != 0;
}
