/* SPDX-License-Identifier: MIT */
#include "http/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/timer.h"
#include "http/api.h"
#include "http/event_streams.h"
#include "http/listen.h"
#include "http/local.h"
#include "http/page.h"
#include "http/server.h"
#include "http/tls_identity.h"
#include "panel/panel.h"

/* Each connection with TLS costs some 50 KiB. */
enum {
    TOKEN_LIFE_S = 2 * 3600,
    MAX_LOCAL_CONNECTIONS = 16,
    MAX_TLS_CONNECTIONS = 128,
    MAX_TLS_PER_ADDRESS = 64,
    SWITCH_MS = 300, /* from the answer to the end of HTTPS: it may have come that way */
};

struct http {
    struct api api;
    struct auth *auth;
    struct event_streams *streams; /* NULL: no journal */
    struct panel *panel;           /* borrowed */
    struct server *server;
    struct server *https; /* NULL: off */
    struct server_config https_config;
    char https_address[LISTEN_TEXT_SIZE]; /* "": not configured; with its port, once it has one */
    struct timer switch_timer;
    struct server *local; /* for the command line; NULL: none */
};

static void on_request(struct request *request, void *arg)
{
    struct http *http = arg;

    if (api_has_path(request_path(request)))
        api_serve(&http->api, request);
    else
        page_serve(request);
}

static int make_identity(const struct http *http, struct tls_identity **ret_identity)
{
    const struct settings *settings = panel_settings(http->panel);

    if (!*settings->https_key_pem)
        return ENOKEY;
    return tls_identity_new(settings->https_certificate_pem, settings->https_key_pem, ret_identity);
}

static void renew_identity(void *arg)
{
    struct http *http = arg;
    struct tls_identity *identity = NULL;
    int err;

    if (!http->https)
        return; /* it is read when it is switched on */
    err = make_identity(http, &identity);
    if (err)
        log_error("http: the new certificate is used from the next start on: %s", strerror(err));
    else
        server_set_identity(http->https, identity);
    tls_identity_free(identity);
}

/* At most `most`; 0, the default, is more. */
static unsigned limit(unsigned value, unsigned most)
{
    return value && value < most ? value : most;
}

static int open_https(struct http *http)
{
    struct server_config server = http->https_config;
    int err = make_identity(http, &server.identity);

    server.address = http->https_address;
    if (!err)
        err = server_new(&server, &http->https);
    tls_identity_free(server.identity);
    if (err)
        return err;
    /* Switched off and on it is found at the same port. */
    (void)snprintf(http->https_address, sizeof(http->https_address), "%s",
                   server_address(http->https));
    return 0;
}

static void on_switch(void *arg)
{
    struct http *http = arg;
    bool is_wanted = panel_settings(http->panel)->device.is_https_on;
    int err = 0;

    if (!is_wanted)
        http->https = server_free(http->https);
    else if (!http->https)
        err = open_https(http);
    if (err)
        log_error("http: HTTPS cannot be switched on: %s", strerror(err));
    else
        log_info("http: HTTPS is %s", is_wanted ? "on" : "off");
}

static void switch_https(void *arg)
{
    struct http *http = arg;

    timer_start(&http->switch_timer, SWITCH_MS, on_switch, http);
}

static int prepare_https(struct http *http, const struct http_config *config)
{
    int len =
        snprintf(http->https_address, sizeof(http->https_address), "%s", config->https_address);

    if (len < 0 || (size_t)len >= sizeof(http->https_address))
        return EINVAL;
    http->https_config = (struct server_config){
        .max_connections = limit(config->max_connections, MAX_TLS_CONNECTIONS),
        .max_per_address = limit(config->max_per_address, MAX_TLS_PER_ADDRESS),
        .idle_s = config->idle_s,
        .request_s = config->request_s,
        .handle = on_request,
        .arg = http,
    };
    http->api.renew_identity = renew_identity;
    http->api.renew_arg = http;
    http->api.switch_https = switch_https;
    http->api.switch_arg = http;
    return panel_settings(http->panel)->device.is_https_on ? open_https(http) : 0;
}

/* Without it the panel runs all the same. */
static void open_local(struct http *http, const char *dir)
{
    const struct server_config config = {
        .local_dir = dir,
        .max_connections = MAX_LOCAL_CONNECTIONS,
        .handle = on_request,
        .arg = http,
    };
    int err = server_new(&config, &http->local);

    if (err)
        log_warn("http: the command line cannot reach this panel: %s/" LOCAL_SOCKET_NAME ": %s",
                 dir, strerror(err));
}

int http_new(const struct http_config *config, struct http **ret_http)
{
    struct http *http = calloc(1, sizeof(*http));
    struct server_config server = {
        .address = config->address,
        .max_connections = config->max_connections,
        .max_per_address = config->max_per_address,
        .idle_s = config->idle_s,
        .request_s = config->request_s,
        .handle = on_request,
        .arg = http,
    };
    int err;

    if (!http)
        return ENOMEM;
    http->panel = config->panel;
    err = auth_new(config->panel, config->events, config->auth_worker,
                   config->token_life_s ? config->token_life_s : TOKEN_LIFE_S, &http->auth);
    if (err)
        goto out;
    if (config->journal)
        err = event_streams_new(config->journal, http->auth, &http->streams);
    if (err)
        goto out;
    http->api = (struct api){
        .panel = config->panel,
        .events = config->events,
        .worker = config->auth_worker,
        .auth = http->auth,
        .journal = config->journal,
        .streams = http->streams,
    };
    if (config->resolv_conf)
        host_network_dns(config->resolv_conf, http->api.dns);
    api_init(&http->api);
    err = server_new(&server, &http->server);
    if (err)
        goto out;
    if (config->https_address)
        err = prepare_https(http, config);
    if (err)
        goto out;
    if (config->local_dir)
        open_local(http, config->local_dir);
    *ret_http = http;
out:
    if (err)
        http_free(http);
    return err;
}

struct http *http_free(struct http *http)
{
    if (!http)
        return NULL;
    /* In this order: a request that waits for a password check becomes an orphan first and
     * is then answered, which frees it. */
    timer_stop(&http->switch_timer);
    event_streams_free(http->streams);
    server_free(http->server);
    server_free(http->https);
    server_free(http->local);
    auth_free(http->auth);
    api_done(&http->api);
    free(http);
    return NULL;
}

const char *http_address(const struct http *http)
{
    return server_address(http->server);
}

const char *http_https_address(const struct http *http)
{
    return http->https ? server_address(http->https) : NULL;
}

const char *http_https_place(const struct http *http)
{
    return http->https_address;
}
