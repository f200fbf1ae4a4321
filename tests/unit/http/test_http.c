/* SPDX-License-Identifier: MIT */
/* The whole room with a fake panel, over real sockets: a client thread asks, the loop runs in
 * the test's thread until it has its answer. The clock is the real one plus a step. */
#include "test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/event.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/timer.h"
#include "base/worker.h"
#include "fake_clock.h"
#include "fake_panel.h"
#include "http/http.h"
#include "settings/admin.h"

#define PASSWORD "first-Password"
#define SIP_PASSWORD "planted-secret"
#define BODY                                                                                       \
    "{\"proxy\":\"sip:10.0.0.5\",\"realm\":\"10.0.0.5\",\"user\":\"101\","                         \
    "\"password\":\"" SIP_PASSWORD "\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478}}"
#define SETTINGS "/api/v1/device/sip/settings"

enum { ANSWER_SIZE = 16384, SHORT_MS = 60 };

static struct {
    struct worker *worker;
    struct event_bus *events;
    struct panel *panel;
    struct http *http;
    char told[8192]; /* all events */
    char token[64];
} world;

static void on_event(const struct event *event, void *arg)
{
    size_t len = strlen(world.told);

    (void)arg;
    (void)snprintf(world.told + len, sizeof(world.told) - len, "%s %s\n", event_name(event->kind),
                   event->text);
}

/* ---- a client ---- */

struct exchange {
    const char *request;
    char answer[ANSWER_SIZE];
};

static int connect_to_panel(void)
{
    const char *address = http_address(world.http);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    in.sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)(const void *)&in, sizeof(in)), 0);
    return fd;
}

static void stop_now(void *arg)
{
    (void)arg;
    loop_stop();
}

/* One request on a connection of its own, until the server closes that. */
static void *talk(void *arg)
{
    struct exchange *exchange = arg;
    size_t len = 0;
    ssize_t n;
    int fd = connect_to_panel();

    if (send(fd, exchange->request, strlen(exchange->request), MSG_NOSIGNAL) > 0) {
        while ((n = recv(fd, exchange->answer + len, ANSWER_SIZE - 1 - len, 0)) > 0)
            len += (size_t)n;
    }
    exchange->answer[len] = '\0';
    (void)close(fd);
    (void)loop_post(stop_now, NULL);
    return NULL;
}

/* Returns the status, and the answer in full. headers: each with its CRLF. */
static unsigned ask(const char *method, const char *target, const char *headers, const char *body,
                    char answer[ANSWER_SIZE])
{
    struct exchange exchange;
    char request[4096];
    pthread_t thread;

    (void)snprintf(request, sizeof(request),
                   "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: "
                   "%zu\r\n\r\n%s",
                   method, target, headers, strlen(body), body);
    exchange.request = request;
    assert_int_equal(pthread_create(&thread, NULL, talk, &exchange), 0);
    assert_int_equal(loop_run(), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    memcpy(answer, exchange.answer, ANSWER_SIZE);
    if (strncmp(answer, "HTTP/1.1 ", 9) != 0)
        return 0;
    return (unsigned)strtoul(answer + 9, NULL, 10);
}

static const char *bearer(void)
{
    static char header[128];

    (void)snprintf(header, sizeof(header), "Authorization: Bearer %s\r\n", world.token);
    return header;
}

static unsigned log_in(const char *password, char answer[ANSWER_SIZE])
{
    char target[256];
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];

    admin_md5_hex(password, md5_hex);
    (void)snprintf(target, sizeof(target), "/api/v1/login?username=admin&password=%s", md5_hex);
    return ask("GET", target, "", "", answer);
}

static void run_for(unsigned ms)
{
    struct timer timer = {.fn = NULL};

    timer_start(&timer, ms, stop_now, NULL);
    assert_int_equal(loop_run(), 0);
}

static bool is_closed(int fd)
{
    char c;

    return recv(fd, &c, 1, MSG_DONTWAIT) == 0;
}

/* ---- life ---- */

static int build(void **state)
{
    struct http_config config = {.address = "127.0.0.1:0", .max_per_address = 8};
    char answer[ANSWER_SIZE];

    (void)state;
    memset(&world, 0, sizeof(world));
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("auth", HTTP_AUTH_JOBS, &world.worker), 0);
    assert_int_equal(event_bus_new(&world.events), 0);
    assert_int_equal(event_listen(world.events, on_event, NULL), 0);
    world.panel = fake_panel_new(PASSWORD);
    config.panel = world.panel;
    config.events = world.events;
    config.auth_worker = world.worker;
    assert_int_equal(http_new(&config, &world.http), 0);
    assert_int_equal(log_in(PASSWORD, answer), 200);
    (void)snprintf(world.token, sizeof(world.token), "%.40s",
                   strstr(answer, "\"token\":\"") + strlen("\"token\":\""));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world.http = http_free(world.http);
    world.panel = panel_free(world.panel);
    world.worker = worker_free(world.worker);
    world.events = event_bus_free(world.events);
    loop_done();
    return 0;
}

/* ---- tests ---- */

static void test_first_settings_turn_sip_on(void **state)
{
    char answer[ANSWER_SIZE];

    (void)state;
    assert_int_equal(fake_panel_settings(world.panel)->sip_enable, SWITCH_UNSET);
    assert_int_equal(ask("POST", SETTINGS, bearer(), BODY, answer), 200);
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n{}");
    assert_int_equal(fake_panel_settings(world.panel)->sip_enable, SWITCH_ON);
    assert_true(fake_panel_settings(world.panel)->sip_is_set);
    assert_string_equal(fake_panel_settings(world.panel)->sip.password, SIP_PASSWORD);
    assert_int_equal(
        ask("POST", "/api/v1/device/sip/enable", bearer(), "{\"sip_enable\":false}", answer), 200);
    assert_int_equal(ask("POST", SETTINGS, bearer(), BODY, answer), 200);
    assert_int_equal(fake_panel_settings(world.panel)->sip_enable, SWITCH_OFF);
}

/* The kept answer follows each change, whoever made it. */
static void test_get_shows_what_is_set_now(void **state)
{
    char answer[ANSWER_SIZE];

    (void)state;
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 200);
    assert_non_null(strstr(answer, "\"user\":\"panel\""));
    assert_int_equal(ask("POST", SETTINGS, bearer(), BODY, answer), 200);
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 200);
    assert_non_null(strstr(answer, "\"user\":\"101\""));
    assert_non_null(strstr(answer, "\"password\":\"WebPass\""));
    fake_panel_settings(world.panel)->sip.registration_interval_s = 31;
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 200);
    assert_non_null(strstr(answer, "\"registration_interval\":31}"));
    assert_null(strstr(answer, SIP_PASSWORD));
}

static void test_refused_settings_tell_field_and_reason(void **state)
{
    char answer[ANSWER_SIZE];

    (void)state;
    assert_int_equal(ask("POST", SETTINGS, bearer(), "{\"proxy\":1}", answer), 400);
    assert_non_null(strstr(answer, "\"field\":\"proxy\",\"reason\":"));
    assert_int_equal(ask("POST", SETTINGS, bearer(), "{", answer), 400);
    assert_non_null(strstr(answer, "\r\n\r\n{\"error\":\"Wrong JSON body\""));
    assert_int_equal(ask("POST", "/api/v1/device/sip/enable", bearer(), "{}", answer), 400);
    assert_non_null(strstr(answer, "no value for `sip_enable`"));
    assert_false(fake_panel_settings(world.panel)->sip_is_set);
}

static void test_store_failures_are_told(void **state)
{
    static const struct {
        int err;
        unsigned status;
        const char *text;
    } cases[] = {
        {ENOSPC, 507, "{\"error\":\"Not stored: the disk is full\"}"},
        {EROFS, 503, "{\"error\":\"Not stored: portero.db is damaged\"}"},
        {EIO, 500, "{\"error\":\"Not stored: "},
        {EINVAL, 500, "{\"error\":\"Not stored: "},
    };
    char answer[ANSWER_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fake_panel_fail_with(world.panel, cases[i].err);
        assert_int_equal(ask("POST", SETTINGS, bearer(), BODY, answer), cases[i].status);
        assert_non_null(strstr(answer, cases[i].text));
        assert_false(fake_panel_settings(world.panel)->sip_is_set);
    }
    fake_panel_fail_with(world.panel, ENOSPC);
    assert_int_equal(
        ask("POST", "/api/v1/security/password/admin?oldPassword=" PASSWORD "&newPassword=other",
            bearer(), "", answer),
        507);
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 200);
}

static int never_edit(struct settings *settings, void *arg)
{
    (void)settings;
    (void)arg;
    return ECANCELED;
}

static void ignore(int err, void *arg)
{
    (void)err;
    (void)arg;
}

static void test_too_many_changes_are_refused(void **state)
{
    char answer[ANSWER_SIZE];

    (void)state;
    fake_panel_hold(world.panel, true);
    for (unsigned i = 0; i < PANEL_MAX_CHANGES; i++)
        assert_int_equal(panel_change(world.panel, never_edit, ignore, NULL), 0);
    assert_int_equal(ask("POST", SETTINGS, bearer(), BODY, answer), 503);
}

static void test_password_change_kills_tokens_whoever_makes_it(void **state)
{
    char answer[ANSWER_SIZE];
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];

    (void)state;
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 200);
    admin_md5_hex("second", md5_hex);
    assert_int_equal(admin_hash(md5_hex, fake_panel_settings(world.panel)->admin_hash), 0);
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 401);
    assert_int_equal(log_in(PASSWORD, answer), 400);
    assert_int_equal(log_in("second", answer), 200);
}

static void test_password_change_is_an_event(void **state)
{
    char answer[ANSWER_SIZE];

    (void)state;
    assert_int_equal(ask("POST", "/api/v1/security/password/admin?", bearer(),
                         "{\"old_password\":\"" PASSWORD "\",\"new_password\":\"second\"}", answer),
                     200);
    assert_non_null(strstr(world.told, "password_changed from 127.0.0.1\n"));
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 401);
    assert_int_equal(log_in("second", answer), 200);
}

/* Two at once: the second one's old password is no longer the right one when its turn comes. */
static void test_password_is_changed_once_by_two(void **state)
{
    char answer[ANSWER_SIZE];
    char request[1024];
    char hash[ADMIN_HASH_MAX_LEN + 1];
    char md5_hex[ADMIN_MD5_HEX_LEN + 1];
    ssize_t len;
    int fd = connect_to_panel();

    (void)state;
    fake_panel_hold(world.panel, true);
    (void)snprintf(request, sizeof(request),
                   "POST /api/v1/security/password/admin?oldPassword=" PASSWORD
                   "&newPassword=x HTTP/1.1\r\nHost: x\r\n%s\r\n",
                   bearer());
    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    for (unsigned i = 0; i < 200 && fake_panel_waiting(world.panel) == 0; i++)
        run_for(10);
    admin_md5_hex("second", md5_hex);
    assert_int_equal(admin_hash(md5_hex, hash), 0);
    memcpy(fake_panel_settings(world.panel)->admin_hash, hash, sizeof(hash));
    fake_panel_hold(world.panel, false);
    run_for(SHORT_MS);
    len = recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT);
    assert_true(len > 0);
    answer[len] = '\0';
    assert_non_null(strstr(answer, "\r\n\r\n{\"error\":\"Wrong password\"}"));
    assert_string_equal(fake_panel_settings(world.panel)->admin_hash, hash);
    assert_null(strstr(world.told, "password_changed"));
    (void)close(fd);
}

static void test_events_tell_logins_without_secrets(void **state)
{
    char answer[ANSWER_SIZE];

    (void)state;
    assert_int_equal(log_in("wrong-Password", answer), 400);
    assert_int_equal(log_in(PASSWORD, answer), 200);
    assert_string_equal(world.told, "successful_login_api_call from 127.0.0.1\n"
                                    "incorrect_login_api_call from 127.0.0.1\n"
                                    "successful_login_api_call from 127.0.0.1\n");
}

static void test_pause_ends_by_itself(void **state)
{
    char answer[ANSWER_SIZE];

    (void)state;
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(log_in("wrong", answer), 400);
    assert_int_equal(log_in(PASSWORD, answer), 429);
    fake_clock_advance_ms(59000);
    assert_int_equal(log_in(PASSWORD, answer), 429);
    fake_clock_advance_ms(1000);
    assert_int_equal(log_in("wrong", answer), 400);
    assert_int_equal(log_in(PASSWORD, answer), 429);
    assert_non_null(strstr(answer, "Retry-After: 180\r\n"));
    fake_clock_advance_ms(180000);
    assert_int_equal(log_in(PASSWORD, answer), 200);
}

static void test_token_expires(void **state)
{
    char answer[ANSWER_SIZE];

    (void)state;
    fake_clock_advance_ms(7199000);
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 200);
    fake_clock_advance_ms(7200000);
    assert_int_equal(ask("GET", SETTINGS, bearer(), "", answer), 401);
}

/* A byte now and then does not keep a connection for ever. */
static void test_dripping_client_is_cut_after_60_s(void **state)
{
    int fd = connect_to_panel();

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(send(fd, "G", 1, MSG_NOSIGNAL), 1);
        run_for(SHORT_MS);
        assert_false(is_closed(fd));
        fake_clock_advance_ms(11000);
    }
    fake_clock_advance_ms(5000);
    run_for(SHORT_MS);
    assert_true(is_closed(fd));
    (void)close(fd);
}

/* But each answer gives another 60 s. */
static void test_busy_client_is_not_cut(void **state)
{
    static const char request[] = "GET /api/info HTTP/1.1\r\nHost: x\r\n\r\n";
    char answer[ANSWER_SIZE];
    int fd = connect_to_panel();

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
        run_for(SHORT_MS);
        assert_true(recv(fd, answer, sizeof(answer), MSG_DONTWAIT) > 0);
        fake_clock_advance_ms(50000);
    }
    run_for(SHORT_MS);
    assert_false(is_closed(fd));
    (void)close(fd);
}

static void test_connections_of_one_address_are_limited(void **state)
{
    int fds[10];
    unsigned closed = 0;

    (void)state;
    for (size_t i = 0; i < 10; i++)
        fds[i] = connect_to_panel();
    run_for(SHORT_MS);
    for (size_t i = 0; i < 10; i++)
        closed += is_closed(fds[i]);
    assert_int_equal(closed, 2);
    for (size_t i = 0; i < 10; i++)
        (void)close(fds[i]);
    run_for(SHORT_MS);
    fds[0] = connect_to_panel();
    run_for(SHORT_MS);
    assert_false(is_closed(fds[0]));
    (void)close(fds[0]);
}

/* The sanitizer tells if anything leaks or is used too late. */
static void test_freed_while_a_change_waits(void **state)
{
    char request[1024];
    int fd = connect_to_panel();

    (void)state;
    fake_panel_hold(world.panel, true);
    (void)snprintf(request, sizeof(request),
                   "POST " SETTINGS " HTTP/1.1\r\nHost: x\r\n%sContent-Length: %zu\r\n\r\n" BODY,
                   bearer(), strlen(BODY));
    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    run_for(SHORT_MS);
    world.http = http_free(world.http);
    assert_true(is_closed(fd));
    (void)close(fd);
}

/* Twice the same, so that one waits for the other, and one that is wrong. */
static void test_freed_while_passwords_are_checked(void **state)
{
    static const char *const requests[] = {
        "GET " SETTINGS " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRtaW46bm8=\r\n\r\n",
        "GET " SETTINGS " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRtaW46bm8=\r\n\r\n",
        "GET " SETTINGS " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YWRtaW46bm9v\r\n\r\n",
        "GET /api/v1/login?username=admin&password=nonsense HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    int fds[4];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        fds[i] = connect_to_panel();
        assert_true(send(fds[i], requests[i], strlen(requests[i]), MSG_NOSIGNAL) > 0);
    }
    run_for(3);
    world.http = http_free(world.http);
    for (size_t i = 0; i < 4; i++)
        (void)close(fds[i]);
}

static void test_freed_while_a_password_is_changed(void **state)
{
    char request[1024];
    int fd = connect_to_panel();

    (void)state;
    (void)snprintf(request, sizeof(request),
                   "POST /api/v1/security/password/admin?oldPassword=" PASSWORD
                   "&newPassword=x HTTP/1.1\r\nHost: x\r\n%s\r\n",
                   bearer());
    assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
    run_for(3);
    world.http = http_free(world.http);
    (void)close(fd);
}

static void test_bad_address_and_taken_port(void **state)
{
    struct http_config config = {
        .address = "nonsense",
        .panel = world.panel,
        .auth_worker = world.worker,
    };
    struct http *http = NULL;

    (void)state;
    assert_int_equal(http_new(&config, &http), EINVAL);
    config.address = http_address(world.http);
    assert_int_equal(http_new(&config, &http), EADDRINUSE);
    assert_null(http);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, build, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_settings_turn_sip_on),
        TEST(test_get_shows_what_is_set_now),
        TEST(test_refused_settings_tell_field_and_reason),
        TEST(test_store_failures_are_told),
        TEST(test_too_many_changes_are_refused),
        TEST(test_password_change_kills_tokens_whoever_makes_it),
        TEST(test_password_change_is_an_event),
        TEST(test_password_is_changed_once_by_two),
        TEST(test_events_tell_logins_without_secrets),
        TEST(test_pause_ends_by_itself),
        TEST(test_token_expires),
        TEST(test_dripping_client_is_cut_after_60_s),
        TEST(test_busy_client_is_not_cut),
        TEST(test_connections_of_one_address_are_limited),
        TEST(test_freed_while_a_change_waits),
        TEST(test_freed_while_passwords_are_checked),
        TEST(test_freed_while_a_password_is_changed),
        TEST(test_bad_address_and_taken_port),
    };

    log_set_level(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
