/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "sip/agent.h"
#include "sip/dns_server.h"
#include "sip/registrar.h"

#define SERIAL "7a3c2c4e-0000-4000-8000-000000000001"

static struct worker *worker;
static struct event_bus *events;
static struct registrar registrar;
static struct dns_server *dns;
static struct agent *agent;
static char told[4000]; /* events */
static unsigned n_stopped;

static const struct dns_record no_names[] = {{NULL, 0, NULL, 0, 0, 0, 0}};

static const struct registrar_reply good[] = {{200, "Expires: 60\r\n"}, {-1, NULL}};
static const struct registrar_reply silence[] = {{0, NULL}, {-1, NULL}};

static void on_event(const struct event *event, void *arg)
{
    size_t len = strlen(told);

    (void)arg;
    (void)snprintf(told + len, sizeof(told) - len, "%s %s\n", event_name(event->kind), event->text);
}

static int setup(void **state)
{
    struct agent_config config = {.bind = "127.0.0.1:0", .serial = SERIAL};

    (void)state;
    told[0] = '\0';
    n_stopped = 0;
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("resolver", 4, &worker), 0);
    assert_int_equal(event_bus_new(&events), 0);
    assert_int_equal(event_listen(events, on_event, NULL), 0);
    registrar_start(&registrar);
    registrar_reply(&registrar, good);
    dns = dns_server_new(no_names);
    config.nameserver = dns_server_address(dns);
    config.resolver_worker = worker;
    config.events = events;
    assert_int_equal(agent_new(&config, &agent), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    agent = agent_free(agent);
    dns_server_free(dns);
    registrar_stop(&registrar);
    event_bus_free(events);
    worker_free(worker);
    loop_done();
    return 0;
}

static struct sip_settings settings_of(const char *user)
{
    struct sip_settings settings = {
        .realm = "pbx.test",
        .password = "secret1",
        .stun_ip = "127.0.0.1",
        .stun_port = 3478,
        .registration_interval_s = 60,
    };

    (void)snprintf(settings.proxy, sizeof(settings.proxy), "sip:127.0.0.1:%u", registrar.port);
    (void)snprintf(settings.user, sizeof(settings.user), "%s", user);
    return settings;
}

static void use(const char *user)
{
    struct sip_settings settings = settings_of(user);

    agent_apply(agent, &settings);
    memset(&settings, 0x5a, sizeof(settings)); /* was copied */
}

/* As it is now; the next call, which each wait below makes, refreshes it. */
static const struct agent_status *status_now(void)
{
    static struct agent_status status;

    agent_status(agent, &status);
    return &status;
}

/* ---- waiting ---- */

static bool is_registered(void *arg)
{
    (void)arg;
    return status_now()->state == AGENT_REGISTERED;
}

static bool is_off(void *arg)
{
    (void)arg;
    return status_now()->state == AGENT_OFF;
}

static bool has_requests(void *arg)
{
    return registrar.n >= *(const unsigned *)arg;
}

static bool has_code(void *arg)
{
    return status_now()->code == *(const int *)arg && status_now()->next_attempt_at_s;
}

static bool has_stopped(void *arg)
{
    (void)arg;
    return n_stopped > 0;
}

static void wait_registered(void)
{
    assert_true(loop_until(is_registered, NULL));
}

static void wait_requests(unsigned n)
{
    assert_true(loop_until(has_requests, &n));
    loop_for_ms(5);
    assert_int_equal(registrar.n, n);
    (void)status_now();
}

static void wait_code(int code)
{
    assert_true(loop_until(has_code, &code));
}

/* Let time fly, with the loop running in between; what that takes counts too. */
static void advance_ms(unsigned ms)
{
    uint64_t until_ms = clock_monotonic_ms() + ms;

    for (uint64_t now_ms; (now_ms = clock_monotonic_ms()) < until_ms;) {
        hand_clock_advance_ms(until_ms - now_ms > 250 ? 250 : until_ms - now_ms);
        loop_for_ms(1);
    }
    loop_for_ms(5);
    (void)status_now();
}

static const struct registrar_request *last(void)
{
    assert_true(registrar.n > 0);
    return &registrar.requests[registrar.n - 1];
}

/* Seconds from now until a time in the status; the real clock runs too. */
static void assert_in_s(int64_t at_s, int64_t wanted_s)
{
    int64_t in_s = at_s - clock_unix_s();

    if (in_s < wanted_s - 2 || in_s > wanted_s + 1)
        fail_msg("in %lld s, not in %lld s", (long long)in_s, (long long)wanted_s);
}

/* ---- registering ---- */

static void test_registers(void **state)
{

    (void)state;
    assert_int_equal(status_now()->state, AGENT_OFF);
    assert_string_equal(told, "");
    use("101");
    wait_registered();
    assert_int_equal(registrar.n, 1);
    assert_int_equal(status_now()->code, 200);
    assert_string_equal(status_now()->reason, "");
    assert_in_s(status_now()->last_attempt_at_s, 0);
    assert_in_s(status_now()->expires_at_s, 60);
    assert_in_s(status_now()->next_attempt_at_s, 54);
    assert_non_null(strstr(told, "sip_registered sip:101@pbx.test at 127.0.0.1:"));
    assert_int_equal(strncmp(last()->text, "REGISTER sip:pbx.test SIP/2.0\r\n", 31), 0);
    assert_int_equal(last()->expires_s, 60);
    assert_non_null(strstr(last()->contact, "+sip.instance=\"<urn:uuid:" SERIAL ">\""));
    assert_non_null(strstr(last()->contact, "reg-id=1"));
}

static void test_refreshes_in_time(void **state)
{
    char call_id[100];

    (void)state;
    use("101");
    wait_registered();
    (void)snprintf(call_id, sizeof(call_id), "%s", last()->call_id);
    for (unsigned n = 1; n <= 3; n++) {
        advance_ms(53000);
        assert_int_equal(registrar.n, n);
        advance_ms(1100);
        wait_requests(n + 1);
        assert_string_equal(last()->call_id, call_id);
        assert_int_equal(last()->cseq, registrar.requests[n - 1].cseq + 1);
        assert_true(is_registered(NULL));
        assert_in_s(status_now()->expires_at_s, 60);
    }
    assert_null(strstr(told, "lost"));
    assert_null(strstr(strstr(told, "sip_registered") + 1, "sip_registered")); /* told once */
}

static void test_steps_of_the_wall_clock_do_not_matter(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    hand_clock_step_unix_ms(3600 * 1000);
    advance_ms(10000);
    assert_int_equal(registrar.n, 1);
    assert_true(is_registered(NULL));
    hand_clock_step_unix_ms(-3600 * 1000);
    advance_ms(45000);
    wait_requests(2);
}

static void test_a_binding_that_expires_is_lost(void **state)
{

    (void)state;
    use("101");
    wait_registered();
    registrar_reply(&registrar, silence);
    advance_ms(55000);
    assert_int_equal(registrar.n, 2);
    assert_true(is_registered(NULL)); /* still bound */
    advance_ms(6000);
    assert_int_equal(status_now()->state, AGENT_TRYING);
    assert_int_equal(status_now()->expires_at_s, 0);
    assert_non_null(strstr(told, "sip_registration_lost sip:101@pbx.test: "));
    assert_non_null(strstr(status_now()->reason, "expired"));
    for (int i = 0; i < 300 && !strstr(status_now()->reason, "no answer"); i++)
        advance_ms(100); /* 32 s from the request */
    assert_non_null(strstr(status_now()->reason, "no answer from 127.0.0.1:"));
    assert_in_range(status_now()->next_attempt_at_s - clock_unix_s(), 0, 2);
    registrar_reply(&registrar, good);
    advance_ms(2000);
    wait_registered();
    assert_string_equal(status_now()->reason, "");
}

static void test_lost_is_told_once(void **state)
{
    const char *first;

    (void)state;
    use("101");
    wait_registered();
    registrar_reply(&registrar, silence);
    advance_ms(180000);
    first = strstr(told, "sip_registration_lost");
    assert_non_null(first);
    assert_null(strstr(first + 1, "sip_registration_lost"));
}

/* ---- refusals ---- */

static void test_wrong_password_waits_longer_and_longer(void **state)
{
    static const struct registrar_reply forbidden[] = {{403, ""}, {-1, NULL}};
    static const unsigned waits_s[] = {30, 60, 120};

    (void)state;
    registrar_reply(&registrar, forbidden);
    use("101");
    wait_code(403);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(status_now()->state, AGENT_TRYING);
        assert_string_equal(status_now()->reason, "wrong password: 403 Because");
        assert_int_equal(registrar.n, i + 1);
        assert_in_s(status_now()->next_attempt_at_s, waits_s[i]);
        advance_ms(waits_s[i] * 1000 - 1000);
        assert_int_equal(registrar.n, i + 1);
        advance_ms(1100);
        wait_requests(i + 2);
    }
    assert_null(strstr(told, "lost")); /* there was nothing to lose */
    use("101");                        /* settings posted again: at once, and from the start */
    wait_requests(5);
    wait_code(403);
    assert_in_s(status_now()->next_attempt_at_s, 30);
}

static void test_the_longest_pause(void **state)
{
    static const struct registrar_reply forbidden[] = {{403, ""}, {-1, NULL}};

    (void)state;
    registrar_reply(&registrar, forbidden);
    agent_set_retry(agent, true, 40);
    use("101");
    wait_code(403);
    assert_in_s(status_now()->next_attempt_at_s, 30);
    for (unsigned n = 2; n <= 4; n++) {
        advance_ms(n == 2 ? 30100 : 40100);
        wait_requests(n);
        wait_code(403);
        assert_in_s(status_now()->next_attempt_at_s, 40); /* instead of 60 s, 120 s, ... */
    }
}

static bool is_refused(void *arg)
{
    (void)arg;
    return status_now()->code == 403;
}

static void test_no_retry(void **state)
{
    static const struct registrar_reply forbidden[] = {{403, ""}, {-1, NULL}};

    (void)state;
    registrar_reply(&registrar, forbidden);
    agent_set_retry(agent, false, 900);
    use("101");
    assert_true(loop_until(is_refused, NULL));
    assert_int_equal(status_now()->next_attempt_at_s, 0);
    advance_ms(200000);
    assert_int_equal(registrar.n, 1);
    registrar_reply(&registrar, good);
    agent_register_now(agent);
    wait_registered();
    advance_ms(54100); /* a refresh is no retry */
    wait_requests(3);
    assert_true(is_registered(NULL));
}

static void test_a_server_that_cannot_now(void **state)
{
    static const struct registrar_reply busy[] = {
        {503, "Retry-After: 100 (soon)\r\n"}, {500, ""}, {200, "Expires: 60\r\n"}, {-1, NULL}};

    (void)state;
    registrar_reply(&registrar, busy);
    use("101");
    wait_code(503);
    assert_non_null(strstr(status_now()->reason, "503 Because"));
    assert_in_s(status_now()->next_attempt_at_s, 100);
    advance_ms(99000);
    assert_int_equal(registrar.n, 1);
    advance_ms(1100);
    wait_requests(2);
    wait_code(500);
    assert_in_range(status_now()->next_attempt_at_s - clock_unix_s(), 1, 4); /* 2 s, more or less */
    advance_ms(3000);
    wait_registered();
}

static void test_challenges(void **state)
{
    static const struct registrar_reply asks[] = {
        {401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"\r\n"},
        {200, "Expires: 60\r\n"},
        {401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\", qop=\"auth\"\r\n"},
        {200, "Expires: 60\r\n"},
        {-1, NULL}};

    (void)state;
    registrar_reply(&registrar, asks);
    use("101");
    wait_registered();
    assert_int_equal(registrar.n, 2);
    assert_null(strstr(registrar.requests[0].text, "Authorization:"));
    assert_non_null(strstr(registrar.requests[1].text, "nonce=\"n1\""));
    assert_string_equal(registrar.requests[0].call_id, registrar.requests[1].call_id);
    assert_int_equal(registrar.requests[1].cseq, registrar.requests[0].cseq + 1);
    advance_ms(54100); /* the nonce that was used before has got too old */
    wait_requests(4);
    assert_non_null(strstr(registrar.requests[2].text, "nonce=\"n1\""));
    assert_non_null(strstr(registrar.requests[2].text, "nc=00000002"));
    assert_non_null(strstr(registrar.requests[3].text, "nonce=\"n2\""));
    assert_true(is_registered(NULL));
    assert_null(strstr(told, "lost"));
}

static void test_a_challenge_again_is_a_wrong_password(void **state)
{
    static const struct registrar_reply asks[] = {
        {401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\"\r\n"},
        {401, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n2\"\r\n"},
        {-1, NULL}};

    (void)state;
    registrar_reply(&registrar, asks);
    use("101");
    wait_code(401);
    assert_int_equal(registrar.n, 2);
    assert_string_equal(status_now()->reason, "wrong password: 401 Because");
    assert_in_s(status_now()->next_attempt_at_s, 30);
}

static void test_a_longer_time_is_asked_for_if_the_server_wants_it(void **state)
{
    static const struct registrar_reply brief[] = {
        {423, "Min-Expires: 1800\r\n"}, {200, "Expires: 1800\r\n"}, {-1, NULL}};

    (void)state;
    registrar_reply(&registrar, brief);
    use("101");
    wait_registered();
    assert_int_equal(registrar.n, 2);
    assert_int_equal(last()->expires_s, 1800);
    assert_in_s(status_now()->next_attempt_at_s, 1620);
}

static void test_no_such_host(void **state)
{
    struct sip_settings settings = settings_of("101");

    (void)state;
    (void)snprintf(settings.proxy, sizeof(settings.proxy), "sip:nowhere.test");
    agent_apply(agent, &settings);
    wait_code(0);
    assert_string_equal(status_now()->reason,
                        "there is no host named nowhere.test: is the proxy spelled right?");
    dns_server_use(dns, no_names, DNS_SERVER_FAILURE);
    agent_register_now(agent);
    wait_code(0);
    assert_string_equal(status_now()->reason,
                        "the name nowhere.test cannot be looked up now: does DNS work?");
}

static void test_nobody_listens_by_tcp(void **state)
{
    struct sip_settings settings = settings_of("101");

    (void)state;
    settings.transport = SIP_TRANSPORT_TCP; /* the registrar has UDP only */
    agent_apply(agent, &settings);
    wait_code(0);
    assert_non_null(strstr(status_now()->reason, "refuses tcp connections"));
}

/* ---- changes ---- */

static void test_the_same_account_goes_on(void **state)
{
    struct sip_settings settings;

    (void)state;
    use("101");
    wait_registered();
    settings = settings_of("101");
    (void)snprintf(settings.password, sizeof(settings.password), "another1");
    settings.registration_interval_s = 300;
    agent_apply(agent, &settings);
    wait_requests(2);
    assert_string_equal(last()->call_id, registrar.requests[0].call_id);
    assert_int_equal(last()->cseq, registrar.requests[0].cseq + 1);
    assert_int_equal(last()->expires_s, 300);
    assert_true(is_registered(NULL));
    assert_null(strstr(told, "lost"));
}

static void test_another_account_says_goodbye_first(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    use("102");
    wait_requests(3);
    assert_int_equal(registrar.requests[1].expires_s, 0);
    assert_string_equal(registrar.requests[1].call_id, registrar.requests[0].call_id);
    assert_int_equal(registrar.requests[1].cseq, registrar.requests[0].cseq + 1);
    assert_non_null(strstr(registrar.requests[1].from, "sip:101@pbx.test"));
    assert_int_equal(last()->expires_s, 60);
    assert_string_not_equal(last()->call_id, registrar.requests[0].call_id);
    assert_non_null(strstr(last()->from, "sip:102@pbx.test"));
    wait_registered();
    assert_non_null(strstr(told, "sip_registered sip:102@pbx.test"));
}

static void test_a_goodbye_without_answer_takes_half_a_second(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    registrar_reply(&registrar, silence);
    use("102");
    wait_requests(2);
    assert_int_equal(last()->expires_s, 0);
    registrar_reply(&registrar, good);
    advance_ms(AGENT_LEAVE_MS - 250);
    assert_int_equal(registrar.n, 2);
    advance_ms(300);
    wait_requests(3);
    wait_registered();
}

static void test_only_the_last_of_many_changes_counts(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    for (int i = 0; i < 20; i++)
        use(i % 2 ? "103" : "104");
    use("105");
    wait_requests(3);
    assert_non_null(strstr(last()->from, "sip:105@pbx.test"));
}

static void test_switched_off(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    agent_apply(agent, NULL);
    assert_true(loop_until(is_off, NULL));
    assert_int_equal(registrar.n, 2);
    assert_int_equal(last()->expires_s, 0);
    assert_int_equal(status_now()->next_attempt_at_s, 0);
    agent_register_now(agent); /* nothing to register */
    advance_ms(120000);
    assert_int_equal(registrar.n, 2);
    use("101");
    wait_requests(3);
    wait_registered();
}

static void test_register_now(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    agent_register_now(agent);
    wait_requests(2);
    assert_true(is_registered(NULL));
    assert_int_equal(last()->cseq, registrar.requests[0].cseq + 1);
}

/* ---- the end ---- */

static void on_stopped(void *arg)
{
    assert_ptr_equal(arg, &n_stopped);
    n_stopped++;
}

static void test_stop_says_goodbye(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    agent_stop(agent, on_stopped, &n_stopped);
    assert_int_equal(n_stopped, 0);
    assert_true(loop_until(has_stopped, NULL));
    assert_int_equal(registrar.n, 2);
    assert_int_equal(last()->expires_s, 0);
    use("102"); /* too late */
    loop_for_ms(5);
    assert_int_equal(registrar.n, 2);
    assert_int_equal(n_stopped, 1);
}

static void test_stop_without_answer(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    registrar_reply(&registrar, silence);
    agent_stop(agent, on_stopped, &n_stopped);
    advance_ms(AGENT_STOP_MS - 250);
    assert_int_equal(n_stopped, 0);
    advance_ms(300);
    assert_int_equal(n_stopped, 1);
}

static void test_stop_while_leaving(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    registrar_reply(&registrar, silence);
    use("102");
    agent_stop(agent, on_stopped, &n_stopped);
    advance_ms(AGENT_STOP_MS + 50);
    assert_int_equal(n_stopped, 1);
    for (unsigned i = 0; i < registrar.n; i++)
        assert_null(strstr(registrar.requests[i].from, "sip:102@"));
}

static void test_stop_when_there_is_nobody_to_tell(void **state)
{
    (void)state;
    agent_stop(agent, on_stopped, &n_stopped);
    assert_int_equal(n_stopped, 0);
    assert_true(loop_until(has_stopped, NULL));
    assert_int_equal(registrar.n, 0);
}

static void test_free_at_any_moment(void **state)
{
    (void)state;
    use("101"); /* teardown frees: a look-up, a request, a goodbye may be under way */
    if (registrar.port % 2)
        loop_for_ms(2);
    assert_null(agent_free(NULL));
}

static void test_free_while_leaving(void **state)
{
    (void)state;
    use("101");
    wait_registered();
    use("102");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_registers),
        CASE(test_refreshes_in_time),
        CASE(test_steps_of_the_wall_clock_do_not_matter),
        CASE(test_a_binding_that_expires_is_lost),
        CASE(test_lost_is_told_once),
        CASE(test_wrong_password_waits_longer_and_longer),
        CASE(test_the_longest_pause),
        CASE(test_no_retry),
        CASE(test_a_server_that_cannot_now),
        CASE(test_challenges),
        CASE(test_a_challenge_again_is_a_wrong_password),
        CASE(test_a_longer_time_is_asked_for_if_the_server_wants_it),
        CASE(test_no_such_host),
        CASE(test_nobody_listens_by_tcp),
        CASE(test_the_same_account_goes_on),
        CASE(test_another_account_says_goodbye_first),
        CASE(test_a_goodbye_without_answer_takes_half_a_second),
        CASE(test_only_the_last_of_many_changes_counts),
        CASE(test_switched_off),
        CASE(test_register_now),
        CASE(test_stop_says_goodbye),
        CASE(test_stop_without_answer),
        CASE(test_stop_while_leaving),
        CASE(test_stop_when_there_is_nobody_to_tell),
        CASE(test_free_at_any_moment),
        CASE(test_free_while_leaving),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
