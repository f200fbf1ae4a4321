/* SPDX-License-Identifier: MIT */
#include "http/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/api.h"
#include "http/local.h"
#include "http/page.h"
#include "http/server.h"

enum { TOKEN_LIFE_S = 2 * 3600, MAX_LOCAL_CONNECTIONS = 16 };

struct http {
    struct api api;
    struct auth *auth;
    struct server *server;
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
    err = auth_new(config->panel, config->events, config->auth_worker,
                   config->token_life_s ? config->token_life_s : TOKEN_LIFE_S, &http->auth);
    if (err)
        goto out;
    http->api = (struct api){
        .panel = config->panel,
        .events = config->events,
        .worker = config->auth_worker,
        .auth = http->auth,
    };
    err = server_new(&server, &http->server);
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
    server_free(http->server);
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
