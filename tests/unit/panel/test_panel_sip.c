/* SPDX-License-Identifier: MIT */
/* The panel and its SIP accounts: two of them, whom they trust, how they go on. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "panel/panel.h"
#include "panel/fakes.h"

static struct worker *worker;
static struct event_bus *events;
static struct panel *panel;
static char told[2000]; /* events */
static unsigned n_done;

static void on_event(const struct event *event, void *arg)
{
    size_t len = strlen(told);

    (void)arg;
    (void)snprintf(told + len, sizeof(told) - len, "%s %s\n", event_name(event->kind), event->text);
}

static struct settings settings_of(const char *user)
{
    struct settings settings;

    settings_init(&settings);
    settings.sip_is_set = true;
    settings.sip_enable = SWITCH_ON;
    (void)snprintf(settings.sip.user, sizeof(settings.sip.user), "%s", user);
    (void)snprintf(settings.sip.password, sizeof(settings.sip.password), "secret1");
    return settings;
}

static void start(const struct settings *settings)
{
    const struct panel_config config = {
        .store_worker = worker,
        .agents = {fakes_agent(&fake_agent), fakes_agent(&fake_second)},
        .events = events,
        .identity = {.device_name = "Gate"}};

    panel = panel_free(panel);
    assert_int_equal(panel_new(&config, settings, &panel), 0);
}

static int setup(void **state)
{
    struct settings settings = settings_of("0");

    (void)state;
    fakes_reset();
    told[0] = '\0';
    n_done = 0;
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("store", PANEL_MAX_CHANGES + 2, &worker), 0);
    assert_int_equal(event_bus_new(&events), 0);
    assert_int_equal(event_listen(events, on_event, NULL), 0);
    start(&settings);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    worker = worker_free(worker);
    panel = panel_free(panel);
    events = event_bus_free(events);
    loop_done();
    return 0;
}

static bool are_done(void *arg)
{
    return n_done == *(unsigned *)arg;
}

static void wait_done(unsigned n)
{
    assert_true(loop_until(are_done, &n));
    loop_for_ms(5);
    assert_int_equal(n_done, n);
}

/* A change by a plain function. */
struct change_of {
    void (*edit)(struct settings *settings);
};

static int on_plain_edit(struct settings *settings, void *arg)
{
    struct change_of *change = arg;

    change->edit(settings);
    return 0;
}

static void on_plain_done(int err, void *arg)
{
    (void)arg;
    assert_int_equal(err, 0);
    n_done++;
}

static void change(void (*edit)(struct settings *settings))
{
    struct change_of change_of = {edit};

    assert_int_equal(panel_change(panel, on_plain_edit, on_plain_done, &change_of), 0);
    wait_done(n_done + 1);
}

static void set_second(struct settings *settings)
{
    settings->second_is_set = true;
    settings->second = settings->sip;
    (void)snprintf(settings->second.user, sizeof(settings->second.user), "second");
    settings->second.transport = SIP_TRANSPORT_TLS;
}

static void remove_second(struct settings *settings)
{
    settings->second_is_set = false;
}

static void switch_off(struct settings *settings)
{
    settings->sip_enable = SWITCH_OFF;
}

static void switch_on(struct settings *settings)
{
    settings->sip_enable = SWITCH_ON;
}

static void test_the_second_account_is_its_own(void **state)
{
    struct panel_sip_status status;

    (void)state;
    fake_agent.status.state = AGENT_REGISTERED;
    panel_sip_status(panel, 2, &status);
    assert_int_equal(status.state, PANEL_SIP_OFFLINE);
    assert_string_equal(status.reason, "no SIP settings yet");
    change(set_second);
    assert_true(fake_second.is_on);
    assert_string_equal(fake_second.applied.user, "second");
    assert_int_equal(fake_agent.n_applied, 1); /* at the start */
    assert_non_null(strstr(told, "settings_changed second SIP settings of second at"));
    assert_null(strstr(told, "settings_changed SIP settings"));
    fake_second.status.state = AGENT_TRYING;
    (void)snprintf(fake_second.status.reason, sizeof(fake_second.status.reason), "no answer");
    panel_sip_status(panel, 2, &status);
    assert_int_equal(status.state, PANEL_SIP_ERROR);
    assert_string_equal(status.reason, "no answer");
    assert_true(status.is_set && status.is_tls && status.is_tls_verified);
    panel_sip_status(panel, 1, &status);
    assert_int_equal(status.state, PANEL_SIP_OK);
    assert_string_equal(status.reason, "");

    change(switch_off);
    assert_false(fake_agent.is_on);
    assert_false(fake_second.is_on);
    change(switch_on);
    assert_true(fake_agent.is_on);
    assert_true(fake_second.is_on);
    fake_second.status.state = AGENT_REGISTERED;
    change(remove_second);
    assert_true(fake_agent.is_on);
    assert_false(fake_second.is_on);
    assert_non_null(strstr(told, "second SIP settings removed"));
}

static void test_the_switch_before_there_are_settings(void **state)
{
    struct settings settings;

    (void)state;
    settings_init(&settings);
    start(&settings);
    change(switch_on);
    assert_string_equal(told, "settings_changed SIP on, no settings yet\n");
    change(switch_off);
    assert_non_null(strstr(told, "settings_changed SIP off, no settings yet"));
    assert_null(strstr(told, "removed"));
}

static void test_both_accounts_start(void **state)
{
    struct settings settings = settings_of("101");

    (void)state;
    set_second(&settings);
    settings.is_reregister = false;
    settings.reregister_time_s = 77;
    (void)snprintf(settings.sip_ca_pem, sizeof(settings.sip_ca_pem), "a CA");
    start(&settings);
    assert_true(fake_agent.is_on && fake_second.is_on);
    assert_false(fake_agent.is_retrying || fake_second.is_retrying);
    assert_int_equal(fake_agent.longest_pause_s, 77);
    assert_int_equal(fake_second.longest_pause_s, 77);
    assert_string_equal(fake_second.ca_pem, "a CA");
    assert_true(fake_second.is_strict);
    assert_int_equal(fake_second.applied_with_trust, 1); /* known before it connects */
}

static void test_a_panel_with_one_agent(void **state)
{
    struct settings settings = settings_of("101");
    struct panel_config config = {
        .store_worker = worker, .agents = {fakes_agent(&fake_agent), NULL}, .events = events};
    struct panel_sip_status status;

    (void)state;
    panel = panel_free(panel);
    fakes_reset();
    assert_int_equal(panel_new(&config, &settings, &panel), 0);
    change(set_second);
    panel_sip_register_now(panel);
    panel_sip_status(panel, 2, &status);
    assert_int_equal(status.state, PANEL_SIP_ERROR);
    assert_int_equal(fake_second.n_applied + fake_second.n_register_now, 0);
    assert_true(fake_agent.is_on);
}

static void trust_anybody(struct settings *settings)
{
    settings->sip_tls_is_checked = false;
}

static void test_trust_reaches_those_with_tls(void **state)
{
    struct panel_sip_status status;
    unsigned before;

    (void)state;
    change(set_second);
    fake_agent.status.state = fake_second.status.state = AGENT_REGISTERED;
    assert_int_equal(fake_agent.n_set_trust, 0); /* nothing but the default so far */
    before = fake_agent.n_applied;
    change(trust_anybody);
    assert_false(fake_agent.is_strict);
    assert_false(fake_second.is_strict);
    assert_int_equal(fake_second.applied_with_trust, 1);
    assert_int_equal(fake_agent.n_applied, before); /* UDP: its binding stays */
    panel_sip_status(panel, 2, &status);
    assert_true(status.is_tls);
    assert_false(status.is_tls_verified);
}

static void retry_no_more(struct settings *settings)
{
    settings->is_reregister = false;
    settings->reregister_time_s = 30;
}

static void test_retry_leaves_a_binding_alone(void **state)
{
    unsigned before = fake_agent.n_applied;

    (void)state;
    assert_true(fake_agent.is_retrying);
    assert_int_equal(fake_agent.longest_pause_s, 900);
    fake_agent.status.state = AGENT_REGISTERED;
    change(retry_no_more);
    assert_false(fake_agent.is_retrying);
    assert_int_equal(fake_agent.longest_pause_s, 30);
    assert_int_equal(fake_agent.n_applied, before);
    fake_agent.status.state = AGENT_TRYING;
    change(switch_on); /* changes nothing, but asks for a try */
    assert_int_equal(fake_agent.n_applied, before + 1);
}

static void on_message(const struct panel_sip_message *message, void *arg)
{
    char *text = arg;
    size_t len = strlen(text);

    (void)snprintf(text + len, 200 - len, "%u %d %d %s;", message->account, (int)message->at_ms,
                   message->is_sent, message->text);
}

static void test_trace_of_both(void **state)
{
    char text[200] = "";

    (void)state;
    panel_sip_trace(panel, on_message, text);
    assert_string_equal(text, "1 10 1 REGISTER 1;1 20 0 200 OK;2 15 1 REGISTER 2;2 25 0 200 OK;");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_the_second_account_is_its_own),
        CASE(test_the_switch_before_there_are_settings),
        CASE(test_both_accounts_start),
        CASE(test_a_panel_with_one_agent),
        CASE(test_trust_reaches_those_with_tls),
        CASE(test_retry_leaves_a_binding_alone),
        CASE(test_trace_of_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
