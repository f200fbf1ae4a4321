/* SPDX-License-Identifier: MIT */
/* The HTTP server and its API, over real sockets, with the panel above a store and agents that note
 * what they are told. The client is a process of its own, in which nothing fails. Whatever single
 * allocation fails: a request gets a good answer, one that says whose fault it was, or none; and
 * asked again it gets the good one. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "allocate.h"
#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "http/http.h"
#include "oom.h"
#include "panel/fakes.h"
#include "panel/panel.h"
#include "settings/admin.h"
#include "settings/certificate.h"
#include "settings/json_memory.h"

#define PASSWORD "first-Password"
#define NEW_PASSWORD "second-Password"
#define SIP                                                                                        \
    "{\"proxy\":\"sip:10.0.0.5\",\"realm\":\"10.0.0.5\",\"user\":\"101\",\"password\":\"secret\"," \
    "\"transport\":\"udp\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478}}"

enum { ANSWER_SIZE = 64 * 1024, TRIES = 3, CLIENT_LIMIT_S = 20, TLS_QUESTIONS = 4 };

struct question {
    const char *method;
    const char *target; /* NULL: log in */
    const char *body;
    const char *wanted; /* in the good answer */
};

static const struct question usual[] = {
    {"GET", "/api/info", "", "\"device_type\":\"panel\""},
    {"POST", "/api/v1/login", NULL, "\"token\""},
    {"POST", "/api/v1/device/sip/settings", SIP, "{}"},
    {"GET", "/api/v1/device/sip/settings", "", "\"password\":\"WebPass\""},
    {"POST", "/api/v1/device/sip/enable", "{\"sip_enable\":false}", "{}"},
    {"POST", "/api/v1/device/sip/reregister", "{\"is_reregister\":true,\"reregister_time\":99}",
     "{}"},
    {"GET", "/api/v1/device/sip/reregister", "", "99"},
    {"PUT", "/api/portero/v1/sip/tls", "{\"ca_pem\":\"\",\"verify\":false}", "{}"},
    {"GET", "/api/v1/sip/status", "", "\"sip_status\""},
    {"GET", "/api/portero/v1/sip/trace", "", "REGISTER 2"},
    {"GET", "/", "", "<html"},
    {NULL, NULL, NULL, NULL},
};

static struct settings settings;

/* ---- the client, in its own process ---- */

struct client {
    struct sockaddr_in server;
    SSL_CTX *tls; /* NULL: plain HTTP */
    char token[128];
    char answer[ANSWER_SIZE];
};

struct verdict {
    bool is_good;
    unsigned question, status;
};

static size_t exchange_plain(int fd, const char *request, char *answer)
{
    size_t len = 0;
    ssize_t n;

    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        return 0;
    while ((n = recv(fd, answer + len, ANSWER_SIZE - 1 - len, 0)) > 0)
        len += (size_t)n;
    return len;
}

static size_t exchange_tls(SSL_CTX *ctx, int fd, const char *request, char *answer)
{
    SSL *ssl = SSL_new(ctx);
    size_t len = 0;
    int n;

    if (ssl && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1 &&
        SSL_write(ssl, request, (int)strlen(request)) > 0) {
        while ((n = SSL_read(ssl, answer + len, (int)(ANSWER_SIZE - 1 - len))) > 0)
            len += (size_t)n;
    }
    SSL_free(ssl);
    return len;
}

/* Returns the status; 0: there was no whole answer. */
static unsigned ask_once(struct client *client, const struct question *question, const char *body)
{
    char request[4096];
    size_t len = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(request, sizeof(request),
                   "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s%s%sContent-Length: "
                   "%zu\r\n\r\n%s",
                   question->method, question->target,
                   *client->token ? "Authorization: Bearer " : "", client->token,
                   *client->token ? "\r\n" : "", strlen(body), body);
    if (!connect(fd, (const struct sockaddr *)(const void *)&client->server,
                 sizeof(client->server)))
        len = client->tls ? exchange_tls(client->tls, fd, request, client->answer)
                          : exchange_plain(fd, request, client->answer);
    client->answer[len] = '\0';
    (void)close(fd);
    if (strncmp(client->answer, "HTTP/1.1 ", 9) != 0)
        return 0;
    return (unsigned)strtoul(client->answer + 9, NULL, 10);
}

/* Of these statuses none blames the client. */
static bool is_no_reproach(unsigned status)
{
    return status == 0 || status == 200 || status == 429 || status == 500 || status == 503;
}

static void keep_token(struct client *client)
{
    static const char key[] = "\"token\":\"";
    const char *token = strstr(client->answer, key);

    if (token)
        (void)snprintf(client->token, sizeof(client->token), "%.*s",
                       (int)strcspn(token + strlen(key), "\""), token + strlen(key));
}

static unsigned log_in_once(struct client *client, const char *password)
{
    static const struct question question = {"POST", "/api/v1/login", NULL, NULL};
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];
    char body[128];
    unsigned status;

    admin_md5_hex(password, md5_hex);
    (void)snprintf(body, sizeof(body), "{\"username\":\"admin\",\"password\":\"%s\"}", md5_hex);
    client->token[0] = '\0';
    status = ask_once(client, &question, body);
    if (status == 200)
        keep_token(client);
    return status;
}

static void say(int pipe_fd, unsigned question, unsigned status, bool is_good)
{
    const struct verdict verdict = {is_good, question, status};

    (void)!write(pipe_fd, &verdict, sizeof(verdict));
}

static void ask_usual(struct client *client, int pipe_fd)
{
    /* Below TLS all is the same: some questions will do. */
    for (unsigned i = 0; usual[i].method && (!client->tls || i < TLS_QUESTIONS); i++) {
        unsigned status = 0;

        for (unsigned n = 0; n < TRIES && status != 200; n++) {
            status = usual[i].body ? ask_once(client, &usual[i], usual[i].body)
                                   : log_in_once(client, PASSWORD);
            if (!is_no_reproach(status))
                break;
        }
        if (status != 200 || !strstr(client->answer, usual[i].wanted)) {
            say(pipe_fd, i, status, false);
            return;
        }
    }
    say(pipe_fd, 0, 200, true);
}

/* The question was looked at. */
static bool is_answer(unsigned status)
{
    return status == 200 || status == 400;
}

/* Once only: it may have been done although the answer got lost. */
static void ask_password(struct client *client, int pipe_fd)
{
    static const struct question question = {"POST", "/api/v1/security/password/admin", NULL, NULL};
    unsigned status = 0, with_old = 0, with_new = 0;

    for (unsigned n = 0; n < TRIES && status != 200; n++)
        status = log_in_once(client, PASSWORD);
    if (status == 200)
        status =
            ask_once(client, &question,
                     "{\"old_password\":\"" PASSWORD "\",\"new_password\":\"" NEW_PASSWORD "\"}");
    /* Each of these costs a whole argon2id. */
    for (unsigned n = 0; n < TRIES && status != 200 && !is_answer(with_old); n++)
        with_old = log_in_once(client, PASSWORD);
    for (unsigned n = 0; n < TRIES && with_old != 200 && !is_answer(with_new); n++)
        with_new = log_in_once(client, NEW_PASSWORD);
    say(pipe_fd, status == 200 ? with_new : with_old, status,
        is_no_reproach(status) && (with_old == 200 || with_new == 200));
}

typedef void client_fn(struct client *client, int pipe_fd);

static _Noreturn void run_client(const char *address, bool is_tls, client_fn *ask, int pipe_fd)
{
    static struct client client;

    allocate_fail_at(0, false);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)alarm(CLIENT_LIMIT_S);
    client.server = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10)),
    };
    if (is_tls)
        client.tls = SSL_CTX_new(TLS_client_method());
    ask(&client, pipe_fd);
    _exit(0);
}

/* ---- the server ---- */

struct hearing {
    int fd;
    bool has_ended;
    struct verdict verdict;
};

static bool has_verdict(void *arg)
{
    struct hearing *hearing = arg;
    ssize_t n = read(hearing->fd, &hearing->verdict, sizeof(hearing->verdict));

    hearing->has_ended = n == 0;
    return n >= 0;
}

static void serve_client(const struct http *http, bool is_tls, client_fn *ask)
{
    struct hearing hearing = {.fd = -1};
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
        abort();
    pid = fork();
    if (pid == 0)
        run_client(is_tls ? http_https_address(http) : http_address(http), is_tls, ask, fds[1]);
    (void)close(fds[1]);
    if (pid < 0)
        abort();
    hearing.fd = fds[0];
    oom_must(loop_until(has_verdict, &hearing));
    oom_must(waitpid(pid, NULL, 0) == pid);
    (void)close(fds[0]);
    oom_must(!hearing.has_ended);
    if (!hearing.verdict.is_good)
        (void)fprintf(stderr, "# question %u (%s): status %u\n", hearing.verdict.question,
                      ask == ask_usual ? usual[hearing.verdict.question].target : "password",
                      hearing.verdict.status);
    oom_must(hearing.verdict.is_good);
}

static void on_event(const struct event *event, void *arg)
{
    (void)event;
    (void)arg;
}

static struct {
    struct worker *store, *auth;
    struct event_bus *events;
    struct panel *panel;
    struct http *http;
} world;

static int build(bool is_tls)
{
    struct panel_config panel = {.identity = {"a", "b", "c", "d", "e"},
                                 .agents = {fakes_agent(&fake_agent), fakes_agent(&fake_second)}};
    struct http_config http = {.address = "127.0.0.1:0",
                               .https_address = is_tls ? "127.0.0.1:0" : NULL};
    int err = worker_new("store", PANEL_MAX_CHANGES + 2, &world.store);

    if (!err)
        err = worker_new("auth", HTTP_AUTH_JOBS, &world.auth);
    if (!err)
        err = event_bus_new(&world.events);
    if (!err)
        err = event_listen(world.events, on_event, NULL);
    panel.store_worker = world.store;
    panel.events = world.events;
    if (!err)
        err = panel_new(&panel, &settings, &world.panel);
    http.panel = world.panel;
    http.events = world.events;
    http.auth_worker = world.auth;
    if (!err)
        err = http_new(&http, &world.http);
    return err;
}

static int run(bool is_tls, client_fn *ask)
{
    int err = loop_init();

    if (err)
        return err;
    fakes_reset();
    memset(&world, 0, sizeof(world));
    err = build(is_tls);
    if (!err)
        serve_client(world.http, is_tls, ask);
    http_free(world.http);
    worker_free(world.auth);
    worker_free(world.store);
    panel_free(world.panel);
    event_bus_free(world.events);
    loop_done();
    return err;
}

static int run_http(void)
{
    return run(false, ask_usual);
}

#ifdef PORTERO_SANITIZED
static int run_https(void)
{
    return run(true, ask_usual);
}
#endif

static int run_password(void)
{
    return run(false, ask_password);
}

/* A hash that costs next to nothing to compare with, as thousands of runs log in. */
static void make_settings(void)
{
    static const char *const names[] = {"127.0.0.1"};
    const struct certificate_buffers buffers = {
        .certificate_pem = settings.https_certificate_pem,
        .certificate_size = sizeof(settings.https_certificate_pem),
        .key_pem = settings.https_key_pem,
        .key_size = sizeof(settings.https_key_pem),
    };
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];

    settings_init(&settings);
    admin_md5_hex(PASSWORD, md5_hex);
    if (sodium_init() < 0 ||
        crypto_pwhash_str(settings.admin_hash, md5_hex, strlen(md5_hex), crypto_pwhash_OPSLIMIT_MIN,
                          crypto_pwhash_MEMLIMIT_MIN))
        abort();
    if (certificate_make(names, 1, &buffers))
        abort();
}

int main(int argc, char *argv[])
{
    static const struct oom_scenario scenarios[] = {
        {"HTTP", run_http, NULL},
#ifdef PORTERO_SANITIZED /* else GnuTLS's own allocations fail, too: that it does not survive */
        {"HTTPS", run_https, NULL},
#endif
        {"a new password", run_password, NULL},
        {NULL, NULL, NULL},
    };

    log_set_level(LOG_LEVEL_ERROR);
    json_memory_init();
    make_settings();
    return oom_main(argc, argv, scenarios);
}
