/* SPDX-License-Identifier: MIT */
/* Traps of libmicrohttpd that this file deals with:
 * - A response may be queued only in the second call for a request; in the first one the
 *   library would close the connection afterwards.
 * - It may ask for a time-out of 0 for ever (a partial TLS record): then MHD_run is paced.
 * - A 413 before the body was read would be lost by the reset that follows: drain first.
 * - Its time-out begins anew with each byte: a client that sends one now and then would stay
 *   for ever. So each connection has a deadline of ours besides.
 * - It reads a certificate once, at its start: so it is given a callback, which chooses for each
 *   connection. What that returns must live as long as the connection.
 * - MHD_stop_daemon aborts the process while a connection is suspended. */
#include "http/server.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/timer.h"
#include "http/connections.h"
#include "http/listen.h"
#include "http/local.h"
#include "http/request_impl.h"
#include "http/response.h"
#include "http/tls_identity.h"
#include "http/unescape.h"

enum {
    MAX_CONNECTIONS = 512,
    MAX_PER_ADDRESS = 128,
    IDLE_S = 30,
    REQUEST_S = 60,
    /* A connection's memory for request and answer headers. The library clears it for each
     * request, so more of it costs time even if it is never used. */
    HEADER_BYTES = 8 * 1024,
    DRAIN_MAX_BYTES = 4 * 1024 * 1024, /* of a body that is too large */
    MAX_ROUNDS = 16,                   /* of MHD_run, before others have their turn */
    MAX_TURN_MS = 2,                   /* after which no further round begins */
    MAX_ZEROS = 3,                     /* time-outs of 0 in a row before they are paced */
    PACE_MS = 10,
};

static const char tls_versions[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

struct server {
    struct MHD_Daemon *daemon;
    struct server_config config;
    char address[LISTEN_TEXT_SIZE];
    char *local_dir; /* NULL unless it is a local one; owned */
    int epoll_fd;
    struct timer run_timer;
    struct connections connections;
    bool is_running;   /* inside MHD_run */
    bool has_progress; /* something happened in this turn */
    bool has_resumed;  /* MHD_run is needed, though the library may not ask for it */
    unsigned zeros;
};

/* ---- connections ---- */

/* Returns true if it may go on; otherwise it is cut. */
static bool check_local(struct MHD_Connection *mhd, struct peer *peer)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);

    peer->is_local = info && local_is_ours(info->connect_fd);
    if (info && !peer->is_local)
        (void)shutdown(info->connect_fd, SHUT_RDWR);
    return peer->is_local;
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = cls;
    struct request *request = *context;
    const union MHD_ConnectionInfo *info;

    server->has_progress = true;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        request = calloc(1, sizeof(*request));
        *context = request;
        if (!request)
            return; /* on_request will refuse */
        request->server = server;
        request->mhd = mhd;
        info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
        peer_init(&request->peer, info ? info->client_addr : NULL);
        if (server->local_dir && !check_local(mhd, &request->peer)) {
            free(request);
            *context = NULL; /* on_request will refuse */
            return;
        }
        connections_add(&server->connections, request);
    } else if (request && !request_is_orphan(request)) {
        connections_remove(&server->connections, request);
        request_clear(request);
        tls_identity_free(request->identity);
        free(request);
    }
}

/* In the handshake. Returns 0, or -1 to end it. */
static int choose_identity(gnutls_session_t session, const gnutls_datum_t *req_ca_rdn, int nreqs,
                           const gnutls_pk_algorithm_t *pk_algos, int pk_algos_length,
                           gnutls_pcert_st **pcert, unsigned int *pcert_length,
                           gnutls_privkey_t *privkey)
{
    struct MHD_Connection *mhd = gnutls_session_get_ptr(session);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct request *request = info ? info->socket_context : NULL;

    (void)req_ca_rdn;
    (void)nreqs;
    (void)pk_algos;
    (void)pk_algos_length;
    if (!request)
        return -1;
    if (!request->identity)
        request->identity = tls_identity_share(request->server->config.identity);
    tls_identity_show(request->identity, pcert, pcert_length, privkey);
    return 0;
}

static enum MHD_Result may_connect(void *cls, const struct sockaddr *address, socklen_t len)
{
    const struct server *server = cls;
    struct peer peer;

    (void)len;
    if (server->local_dir)
        return MHD_YES; /* on_connection looks who it is */
    peer_init(&peer, address);
    return connections_from(&server->connections, &peer) < server->config.max_per_address ? MHD_YES
                                                                                          : MHD_NO;
}

/* ---- one request ---- */

static void answer_too_large(struct request *request)
{
    request_answer_error(request, MHD_HTTP_CONTENT_TOO_LARGE, "Request body is too large");
}

static enum MHD_Result queue_answer(struct request *request)
{
    if (!request->response)
        return MHD_NO;
    return MHD_queue_response(request->mhd, request->status, response_mhd(request->response));
}

static enum MHD_Result begin(struct request *request, const char *path, const char *method)
{
    const char *length;
    unsigned long long declared;

    request->path = path;
    request->method = method_parse(method);
    length = request_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (!length)
        return MHD_YES;
    declared = strtoull(length, NULL, 10);
    if (declared > DRAIN_MAX_BYTES ||
        (declared > REQUEST_MAX_BODY && request_header(request, MHD_HTTP_HEADER_EXPECT))) {
        request->is_handled = true;
        answer_too_large(request);
        return queue_answer(request);
    }
    return MHD_YES;
}

static enum MHD_Result receive(struct request *request, const char *data, size_t *len)
{
    if (request_add_body(request, data, *len) || request->received > DRAIN_MAX_BYTES)
        return MHD_NO;
    *len = 0;
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *len, void **context)
{
    struct server *server = cls;
    struct request *request = *context;

    (void)version;
    server->has_progress = true;
    if (!request) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        request = info ? info->socket_context : NULL;
        *context = request;
        return request ? begin(request, path, method) : MHD_NO;
    }
    if (*len)
        return receive(request, data, len);
    if (!request->is_handled) {
        request->is_handled = true;
        if (request->received > REQUEST_MAX_BODY)
            answer_too_large(request);
        else
            server->config.handle(request, server->config.arg);
    }
    if (request->is_answered)
        return queue_answer(request);
    request->is_suspended = true;
    MHD_suspend_connection(mhd);
    return MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = cls;
    struct request *request = *context;

    (void)mhd;
    (void)code;
    *context = NULL;
    if (!request || request_is_orphan(request))
        return;
    request_clear(request);
    request->received = 0;
    request->is_handled = false;
    request->is_answered = false;
    request->is_stream = false;
    connections_postpone(&server->connections, request);
}

static size_t on_escaped(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls;
    (void)mhd;
    return unescape(text);
}

/* ---- the loop ---- */

static void run(struct server *server);

static void on_timer(void *arg)
{
    run(arg);
}

static void on_epoll(int events, void *arg)
{
    (void)events;
    run(arg);
}

/* When to run again, if nothing comes in before. */
static void plan(struct server *server, bool has_timeout, unsigned long long timeout_ms)
{
    if (server->has_resumed) {
        has_timeout = true;
        timeout_ms = 0;
    }
    if (!has_timeout) {
        server->zeros = 0;
        timer_stop(&server->run_timer);
        return;
    }
    if (timeout_ms > 0 || server->has_progress)
        server->zeros = 0;
    else if (++server->zeros > MAX_ZEROS)
        timeout_ms = PACE_MS;
    timer_start(&server->run_timer, timeout_ms, on_timer, server);
}

static void run(struct server *server)
{
    uint64_t start_ms = clock_monotonic_ms();
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;
    bool has_timeout = false;

    if (server->is_running)
        return; /* somebody resumed a request from inside: the next round serves it */
    server->is_running = true;
    server->has_progress = false;
    for (unsigned round = 0; round < MAX_ROUNDS; round++) {
        server->has_resumed = false;
        (void)MHD_run(server->daemon);
        has_timeout = MHD_get_timeout(server->daemon, &timeout_ms) == MHD_YES;
        if (!server->has_resumed && !(has_timeout && timeout_ms == 0))
            break;
        if (clock_monotonic_ms() - start_ms > MAX_TURN_MS)
            break;
    }
    server->is_running = false;
    plan(server, has_timeout, timeout_ms);
}

void server_resume(struct server *server, struct request *request)
{
    request->is_suspended = false;
    connections_postpone(&server->connections, request);
    MHD_resume_connection(request->mhd);
    server->has_progress = true;
    server->has_resumed = true;
    run(server);
}

/* ---- life ---- */

static unsigned or_default(unsigned value, unsigned otherwise)
{
    return value ? value : otherwise;
}

#define FLAGS (MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME)
#define HANDLERS 0, may_connect, server, on_request, server
#define OPTIONS                                                                                    \
    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, server->config.max_connections,     \
        MHD_OPTION_CONNECTION_TIMEOUT, server->config.idle_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,  \
        (size_t)HEADER_BYTES, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,                 \
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_UNESCAPE_CALLBACK,           \
        on_escaped, NULL

static struct MHD_Daemon *start_plain(struct server *server, int fd)
{
    return MHD_start_daemon(FLAGS, HANDLERS, OPTIONS, MHD_OPTION_END);
}

static struct MHD_Daemon *start_tls(struct server *server, int fd)
{
    return MHD_start_daemon(FLAGS | MHD_USE_TLS, HANDLERS, OPTIONS, MHD_OPTION_HTTPS_PRIORITIES,
                            tls_versions, MHD_OPTION_HTTPS_CERT_CALLBACK, choose_identity,
                            MHD_OPTION_END);
}

static int start(struct server *server, int fd)
{
    const union MHD_DaemonInfo *info;

    server->daemon = server->config.identity ? start_tls(server, fd) : start_plain(server, fd);
    if (!server->daemon) {
        (void)close(fd);
        return ENOMEM;
    }
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info)
        return ENOTSUP;
    server->epoll_fd = info->epoll_fd;
    return loop_watch(server->epoll_fd, LOOP_READ, on_epoll, server);
}

static int open_socket(struct server *server, const struct server_config *config, int *ret_fd)
{
    int err;

    if (config->local_dir) {
        server->local_dir = strdup(config->local_dir);
        err = server->local_dir ? local_open(config->local_dir, ret_fd) : ENOMEM;
        if (err) { /* the file is not ours to remove */
            free(server->local_dir);
            server->local_dir = NULL;
        }
        return err;
    }
    err = listen_open(config->address, ret_fd);
    if (err)
        return err;
    err = listen_text(*ret_fd, server->address);
    if (err)
        (void)close(*ret_fd);
    return err;
}

int server_new(const struct server_config *config, struct server **ret_server)
{
    struct server *server = calloc(1, sizeof(*server));
    int fd = -1;
    int err;

    if (!server)
        return ENOMEM;
    server->epoll_fd = -1;
    server->config = *config;
    server->config.address = NULL;
    if (config->identity)
        tls_identity_share(config->identity);
    server->config.local_dir = NULL;
    server->config.max_connections = or_default(config->max_connections, MAX_CONNECTIONS);
    server->config.max_per_address = or_default(config->max_per_address, MAX_PER_ADDRESS);
    server->config.idle_s = or_default(config->idle_s, IDLE_S);
    server->config.request_s = or_default(config->request_s, REQUEST_S);
    connections_init(&server->connections, server->config.request_s);
    err = open_socket(server, config, &fd);
    if (err)
        goto out;
    err = start(server, fd); /* takes fd */
    if (err)
        goto out;
    *ret_server = server;
out:
    if (err)
        server_free(server);
    return err;
}

struct server *server_free(struct server *server)
{
    if (!server)
        return NULL;
    timer_stop(&server->run_timer);
    if (server->epoll_fd >= 0)
        loop_unwatch(server->epoll_fd);
    for (struct request *request = server->connections.soonest; request;) {
        struct request *next = request->later;

        if (request->is_suspended && request->is_stream) {
            request->is_suspended = false;
            MHD_resume_connection(request->mhd);
        } else if (request->is_suspended) {
            connections_remove(&server->connections, request);
            MHD_resume_connection(request->mhd);
            request->server = NULL;
            request->mhd = NULL;
        }
        request = next;
    }
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    connections_done(&server->connections);
    tls_identity_free(server->config.identity);
    if (server->local_dir)
        local_remove(server->local_dir);
    free(server->local_dir);
    free(server);
    return NULL;
}

const char *server_address(const struct server *server)
{
    return server->address;
}

void server_set_identity(struct server *server, struct tls_identity *identity)
{
    struct tls_identity *old = server->config.identity;

    server->config.identity = tls_identity_share(identity);
    tls_identity_free(old);
}
