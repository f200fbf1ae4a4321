/* SPDX-License-Identifier: MIT */
#include "daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/identifier_rows.h"
#include "access/identifiers.h"
#include "base/clock_step.h"
#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/network.h"
#include "base/worker.h"
#include "config.h"
#include "door/door.h"
#include "door/relay.h"
#include "ending.h"
#include "first_start.h"
#include "http/http.h"
#include "inputs.h"
#include "journal/journal.h"
#include "media/camera.h"
#include "media/sound.h"
#include "panel/panel.h"
#include "restart.h"
#include "push/syslog.h"
#include "settings/certificate.h"
#include "settings/forward.h"
#include "settings/forward_rows.h"
#include "settings/store.h"
#include "sip/agent.h"

enum {
    RESOLVER_JOBS = 4,
    NAME_JOBS = 4,
};

/* Everything that lives as long as the process. */
struct portero {
    int argc;
    char **argv;
    struct config config;
    struct settings *settings; /* as loaded; NULL when the panel has them */
    struct door *door;
    struct sound *sound;
    struct camera *camera;
    struct store *store;
    struct event_bus *events;
    struct journal *journal;
    struct worker *store_worker, *auth_worker, *resolver_worker, *journal_worker;
    struct worker *name_worker; /* SIP must not wait for the look-ups of others */
    struct syslog *syslog;
    struct network *network;
    struct clock_step *clock_step;
    char sip[PANEL_ACCOUNTS][CONFIG_MAX_VALUE + 4]; /* where each listens; "": by route */
    struct agent *agents[PANEL_ACCOUNTS];
    struct panel *panel;
    struct inputs *inputs;
    struct http *http;
    char mac_address[18];
    struct ending ending;
    bool is_again;        /* this start is the beginning after such an end */
    struct restart where; /* to be found again */
};

static int fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "portero: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

static void on_event(const struct event *event, void *arg)
{
    struct portero *portero = arg;

    if (strcmp(event_priority(event->kind), "critical") == 0)
        log_error("%s: %s", event_name(event->kind), event->text);
    else
        log_info("%s: %s", event_name(event->kind), event->text);
    if (event->kind == EVENT_PASSWORD_CHANGED)
        first_start_forget_password(store_dir_fd(portero->store));
}

static void reload(struct portero *portero)
{
    struct config config;
    char message[CONFIG_MAX_MESSAGE];

    if (config_read(portero->argc, portero->argv, &config, message)) {
        log_error("the configuration is not read again: %s", message);
        return;
    }
    log_set_level(config.log_level);
    log_info("configuration read again: the log level counts now, the rest at the next start");
}

static void on_signal(int signal, void *arg)
{
    struct portero *portero = arg;

    if (signal == SIGHUP) {
        reload(portero);
        return;
    }
    ending_by_signal(&portero->ending);
}

static void reboot(void *arg)
{
    struct portero *portero = arg;

    ending_by_reboot(&portero->ending);
}

/* First of all, so that a door which a crash has left open is shut whatever else fails. */
static int make_door(struct portero *portero)
{
    const char *const texts[DOOR_LOCKS] = {portero->config.relay1, portero->config.relay2};
    static const char *const names[DOOR_LOCKS] = {"1", "2"};
    struct relay *relays[DOOR_LOCKS] = {NULL};
    int err = 0;

    for (unsigned i = 0; i < DOOR_LOCKS && !err; i++)
        err = relay_new(portero->config.simulate ? "sim" : texts[i], names[i], &relays[i]);
    if (!err)
        return door_new(relays, &portero->door);
    for (unsigned i = 0; i < DOOR_LOCKS; i++) {
        if (relays[i])
            relays[i]->free(relays[i]);
    }
    return err;
}

/* Open the store and make what a first start needs. Returns 0, or has said why not. */
static int open_store(struct portero *portero)
{
    struct settings *settings = calloc(1, sizeof(*settings));
    bool is_changed = false;
    int err;

    portero->settings = settings;
    if (!settings)
        return fail("start", strerror(ENOMEM));
    err = store_open_with(portero->config.state, identifier_rows_read, &portero->store);
    if (err == EBUSY)
        return fail(portero->config.state, "another portero uses this state directory");
    if (err)
        return fail(portero->config.state, strerror(err));
    err = store_load(portero->store, settings);
    if (store_problem(portero->store)[0])
        log_error("%s", store_problem(portero->store));
    if (err)
        return fail("the settings cannot be read", strerror(err));

    err =
        first_start_prepare(settings, portero->config.state, store_dir_fd(portero->store),
                            portero->config.serial, portero->config.factory_password, &is_changed);
    explicit_bzero(portero->config.factory_password, sizeof(portero->config.factory_password));
    if (err)
        return fail("the first start cannot be prepared", strerror(err));
    if (portero->config.https[0])
        err = first_start_make_identity(settings, portero->config.https, &is_changed);
    if (err)
        return fail("no certificate for HTTPS can be made", strerror(err));
    /* To seal a new key would take the place of one that may be found again. */
    if (is_changed && store_health(portero->store) != STORE_SAFE_MODE &&
        !store_has_lost_secrets(portero->store)) {
        err = store_save(portero->store, settings);
        if (err)
            return fail("the settings cannot be stored", strerror(err));
    }
    return 0;
}

static int make_workers(struct portero *portero)
{
    int err = worker_new("store", PANEL_MAX_CHANGES + 2, &portero->store_worker);

    if (!err)
        err = worker_new("auth", HTTP_AUTH_JOBS, &portero->auth_worker);
    if (!err)
        err = worker_new("resolver", RESOLVER_JOBS, &portero->resolver_worker);
    if (!err)
        err = worker_new("journal", JOURNAL_JOBS, &portero->journal_worker);
    if (!err)
        err = worker_new("names", NAME_JOBS, &portero->name_worker);
    return err;
}

static int make_journal(struct portero *portero)
{
    const struct journal_config config = {
        .dir = portero->config.state,
        .dir_fd = store_dir_fd(portero->store),
        .events = portero->events,
        .worker = portero->journal_worker,
        .max_events = portero->config.log_max_events,
        .max_days = portero->config.log_max_days,
    };

    return journal_new(&config, &portero->journal);
}

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

/* The first account has the configured port; the others any port of that address. */
static void choose_sip_addresses(struct portero *portero)
{
    const char *sip = portero->config.sip;
    const char *colon = strrchr(sip, ':');

    (void)snprintf(portero->sip[0], sizeof(portero->sip[0]), "%s", sip);
    for (unsigned i = 1; i < PANEL_ACCOUNTS && colon; i++)
        (void)snprintf(portero->sip[i], sizeof(portero->sip[i]), "%.*s:0", (int)(colon - sip), sip);
}

/* No sound is no reason not to open doors. */
static void make_sound(struct portero *portero)
{
    const struct config *config = &portero->config;
    char problem[DEVICE_MAX_PROBLEM] = "";
    int err = sound_new(config->audio_in, config->audio_out, &portero->sound);

    if (!err)
        err = sound_set_ports(portero->sound, config->rtp_min_port, config->rtp_max_port);
    if (err)
        log_error("calls have no sound: %s", strerror(err));
    else
        sound_look(portero->sound, problem);
    if (problem[0])
        log_warn("%s", problem);
}

static int make_agent(struct portero *portero, unsigned i)
{
    const struct agent_config config = {
        .bind = or_null(portero->sip[i]),
        .ca_file = or_null(portero->config.sip_ca),
        .nameserver = or_null(portero->config.nameserver),
        .serial = portero->settings->serial,
        .keepalive_s = portero->config.keepalive_s,
        .keepalive_is_options = portero->config.keepalive_options,
        .resolver_worker = portero->resolver_worker,
        .events = portero->events,
        .sound = portero->sound,
    };
    int err = agent_new(&config, &portero->agents[i]);

    if (!err)
        return 0;
    if (err == ENOENT || err == ENOMSG)
        return fail(portero->config.sip_ca,
                    err == ENOENT ? "cannot be read" : "has no certificate in it");
    if (err == EINVAL)
        return fail("sip or nameserver", "is not ADDR:PORT with an IP address");
    return fail(config.bind ? portero->sip[i] : "SIP", strerror(err));
}

static void on_network_changed(bool link_is_back, void *arg)
{
    struct portero *portero = arg;

    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++)
        agent_network_changed(portero->agents[i], link_is_back);
    syslog_network_changed(portero->syslog);
}

static void on_clock_stepped(void *arg)
{
    struct portero *portero = arg;

    log_info("the clock was set");
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++)
        agent_clock_stepped(portero->agents[i]);
}

/* A kernel that cannot tell is no reason not to run: the retry timers remain. */
static void watch_surroundings(struct portero *portero)
{
    int err = network_new(on_network_changed, portero, &portero->network);

    if (err)
        log_warn("changes of the network are not told: %s", strerror(err));
    err = clock_step_new(on_clock_stepped, portero, &portero->clock_step);
    if (err)
        log_warn("changes of the clock are not told: %s", strerror(err));
}

static void forget_settings(struct portero *portero)
{
    if (portero->settings)
        settings_wipe(portero->settings);
    free(portero->settings);
    portero->settings = NULL;
}

static void on_settings(const struct settings *settings, void *arg)
{
    struct portero *portero = arg;

    syslog_use_zone(portero->syslog, timezone_offset_min(settings->device.timezone));
    syslog_use(portero->syslog, &settings->syslog);
}

static int make_panel(struct portero *portero)
{
    struct panel_config config = {
        .store = portero->store,
        .store_worker = portero->store_worker,
        .agents = {portero->agents[0], portero->agents[1]},
        .door = portero->door,
        .events = portero->events,
        .sound = portero->sound,
        .camera = portero->camera,
        .reboot = reboot,
        .reboot_arg = portero,
        .is_simulated = portero->config.simulate,
        .follow = on_settings,
        .follow_arg = portero,
        .identity = {.device_name = portero->config.device_name,
                     .device_model = portero->config.device_model,
                     .firmware_version = portero->config.firmware_version,
                     .api_version = portero->config.api_version,
                     .mac_address = portero->mac_address},
    };
    int err;

    if (portero->config.mac_address[0])
        (void)snprintf(portero->mac_address, sizeof(portero->mac_address), "%.17s",
                       portero->config.mac_address);
    else
        first_start_mac_address(portero->settings->serial, portero->mac_address);
    err = forward_table_new(&config.forward);
    if (!err)
        err = store_read(portero->store, forward_rows_read, config.forward);
    if (!err)
        err = identifiers_new(&config.identifiers);
    if (!err)
        err = store_read(portero->store, identifier_rows_read, config.identifiers);
    if (!err) {
        err = panel_new(&config, portero->settings, &portero->panel); /* takes both */
    } else {
        forward_table_free(config.forward);
        identifiers_free(config.identifiers);
    }
    forget_settings(portero);
    return err;
}

static int make_http(struct portero *portero)
{
    const struct http_config config = {
        .address = portero->config.http,
        .local_dir = portero->config.state,
        .https_address = or_null(portero->config.https),
        .panel = portero->panel,
        .events = portero->events,
        .journal = portero->journal,
        .auth_worker = portero->auth_worker,
        .resolv_conf = "/etc/resolv.conf",
        .token_life_s = portero->config.token_life_s,
        .max_connections = portero->config.http_max_connections,
        .max_per_address = portero->config.http_max_per_address,
    };
    int err = http_new(&config, &portero->http);

    if (!err)
        return 0;
    if (err == EINVAL)
        return fail("http or https", "is not ADDR:PORT with an IP address");
    return fail(portero->config.https[0] ? "http or https" : portero->config.http, strerror(err));
}

/* In order; what fails has said why. */
static int build(struct portero *portero)
{
    int err;

    err = loop_init();
    if (!err)
        err = make_door(portero);
    if (err)
        return fail("start", strerror(err));
    err = open_store(portero);
    if (err)
        return err;
    err = loop_on_signal(on_signal, portero);
    if (!err)
        err = event_bus_new(&portero->events);
    if (!err)
        err = event_listen(portero->events, on_event, portero);
    if (!err)
        err = make_workers(portero);
    if (!err)
        err = make_journal(portero);
    if (!err)
        err = syslog_new(portero->journal, portero->name_worker, &portero->syslog);
    if (err)
        return fail("start", strerror(err));
    choose_sip_addresses(portero);
    make_sound(portero);
    err = camera_new(portero->config.camera, &portero->camera);
    if (err)
        return fail("camera", strerror(err));
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        err = make_agent(portero, i);
        if (err)
            return err;
    }
    watch_surroundings(portero);
    err = make_panel(portero);
    if (!err && !portero->config.simulate)
        err = inputs_new(&portero->config, portero->panel, &portero->inputs);
    if (err)
        return fail("start", strerror(err));
    return make_http(portero);
}

/* In reverse, but the door is shut before anything is waited for, as no timer runs any more. And
 * HTTP first: from then on nobody asks the workers for anything new. They bring
 * what they still have to do back to the others; but the resolver's has nothing to bring once the
 * agents are gone. */
static void take_apart(struct portero *portero)
{
    ending_done(&portero->ending);
    if (portero->door)
        (void)door_close(portero->door, DOOR_BOTH);
    http_free(portero->http);
    worker_free(portero->auth_worker);
    worker_free(portero->store_worker);
    inputs_free(portero->inputs);
    camera_free(portero->camera);
    panel_free(portero->panel);
    network_free(portero->network);
    clock_step_free(portero->clock_step);
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++)
        agent_free(portero->agents[i]);
    sound_free(portero->sound);
    worker_abandon(portero->resolver_worker); /* a look-up may take minutes */
    syslog_free(portero->syslog);
    worker_abandon(portero->name_worker);
    journal_free(portero->journal);
    worker_free(portero->journal_worker);
    event_bus_free(portero->events);
    door_free(portero->door);
    loop_done();
    store_close(portero->store);
    forget_settings(portero);
}

static void say_ready(const struct portero *portero)
{
    const struct settings *settings = panel_settings(portero->panel);
    const char *https = http_https_address(portero->http);
    struct certificate_info certificate;
    char sip[64];

    agent_local_address(portero->agents[0], sip, sizeof(sip));
    log_info("page and API at http://%s/, SIP at %s", http_address(portero->http), sip);
    if (https && !certificate_describe(settings->https_certificate_pem, &certificate))
        log_info("and at https://%s/, SHA-256 of the certificate %s", https,
                 certificate.fingerprint);
    if (portero->is_again)
        return; /* it was said once */
    (void)printf("ready http=%s sip=%s%s%s pid=%d\n", http_address(portero->http), sip,
                 https ? " https=" : "", https ? https : "", (int)getpid());
    (void)fflush(stdout);
}

/* Before all is taken apart. What is off now is to be there again when it is switched on. */
static void note_addresses(struct portero *portero)
{
    struct restart *where = &portero->where;

    (void)snprintf(where->http, sizeof(where->http), "%s", http_address(portero->http));
    (void)snprintf(where->https, sizeof(where->https), "%s", http_https_place(portero->http));
    if (portero->config.sip[0])
        agent_local_address(portero->agents[0], where->sip, sizeof(where->sip));
}

int daemon_run(int argc, char *argv[])
{
    struct portero portero = {.argc = argc, .argv = argv};
    char message[CONFIG_MAX_MESSAGE];
    int err;

    err = config_read(argc, argv, &portero.config, message);
    if (err) {
        (void)fprintf(stderr, "portero: %s\n", message);
        return DAEMON_WRONG_USE;
    }
    log_set_level(portero.config.log_level);
    portero.is_again = restart_take(&portero.config);
    ending_init(&portero.ending, portero.agents, PANEL_ACCOUNTS);
    err = build(&portero);
    if (!err) {
        say_ready(&portero);
        event_emit(portero.events, EVENT_DEVICE_BOOTED, "Portero %s, serial number %s",
                   PORTERO_VERSION, panel_settings(portero.panel)->serial);
        err = loop_run();
        if (err)
            err = fail("the loop has ended", strerror(err));
        note_addresses(&portero);
    }
    take_apart(&portero);
    if (!err && ending_is_reboot(&portero.ending) && !portero.config.exit_on_reboot)
        err = fail("the panel cannot start again",
                   strerror(restart_exec(argc, argv, &portero.where)));
    return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
