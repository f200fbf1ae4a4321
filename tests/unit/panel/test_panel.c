/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "base/hand_clock.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "panel/panel.h"
#include "panel/fakes.h"
#include "settings/field_error.h"
#include "settings/sip_settings_json.h"

static struct worker *worker;
static struct event_bus *events;
static struct panel *panel;
static char told[2000]; /* events */
static char done[1000]; /* "name:err," in the order of being told */
static unsigned n_done;
static bool is_inside, was_inside; /* panel_change */

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

static unsigned sound_levels[2]; /* volume, gain: what the fakes make of a struct sound */

static void start(const struct settings *settings)
{
    struct panel_config config = {.store_worker = worker,
                                  .agents = {fakes_agent(&fake_agent), fakes_agent(&fake_second)},
                                  .events = events,
                                  .sound = (struct sound *)(void *)sound_levels,
                                  .identity = {.device_name = "Gate"}};

    panel = panel_free(panel);
    assert_int_equal(forward_table_new(&config.forward), 0);
    assert_int_equal(panel_new(&config, settings, &panel), 0);
}

static int setup(void **state)
{
    struct settings settings = settings_of("0");

    (void)state;
    fakes_reset();
    told[0] = done[0] = '\0';
    n_done = 0;
    was_inside = false;
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

/* ---- one change ---- */

struct step {
    const char *name;
    int refusal;      /* what edit says */
    const char *json; /* SIP settings to set; else name is appended to the user */
    unsigned n_edits;
    char seen_user[SIP_SETTINGS_MAX_TEXT + 1]; /* in edit */
    struct step *then;                         /* asked for in done */
};

static int on_edit(struct settings *settings, void *arg)
{
    struct step *step = arg;
    struct field_error error;
    size_t len = strlen(settings->sip.user);

    step->n_edits++;
    memcpy(step->seen_user, settings->sip.user, sizeof(step->seen_user));
    if (step->json)
        return sip_settings_from_json(step->json, strlen(step->json), &settings->sip, &error);
    (void)snprintf(settings->sip.user + len, sizeof(settings->sip.user) - len, "%s", step->name);
    return step->refusal;
}

static void ask(struct step *step);

static void on_done(int err, void *arg)
{
    struct step *step = arg;
    size_t len = strlen(done);

    was_inside = was_inside || is_inside;
    n_done++;
    (void)snprintf(done + len, sizeof(done) - len, "%s:%d,", step->name, err);
    if (step->then)
        ask(step->then);
}

static int try_ask(struct step *step)
{
    int err;

    is_inside = true;
    err = panel_change(panel, on_edit, on_done, step);
    is_inside = false;
    return err;
}

static void ask(struct step *step)
{
    assert_int_equal(try_ask(step), 0);
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
    assert_false(was_inside);
}

static const char *running_user(void)
{
    return panel_settings(panel)->sip.user;
}

/* ---- changes ---- */

static void test_a_change_is_stored_then_runs(void **state)
{
    struct step a = {.name = "a"};

    (void)state;
    assert_int_equal(fake_agent.n_applied, 1); /* at start */
    assert_string_equal(fake_agent.applied.user, "0");
    (void)pthread_mutex_lock(&fake_store.gate);
    ask(&a);
    loop_for_ms(5);
    assert_string_equal(running_user(), "0"); /* not before it is on disk */
    assert_int_equal(fake_agent.n_applied, 1);
    (void)pthread_mutex_unlock(&fake_store.gate);
    wait_done(1);
    assert_string_equal(done, "a:0,");
    assert_string_equal(running_user(), "0a");
    assert_int_equal(fake_store.n_saves, 1);
    assert_string_equal(fake_store.saved[0].sip.user, "0a");
    assert_int_equal(fake_agent.n_applied, 2);
    assert_string_equal(fake_agent.applied.user, "0a");
    assert_non_null(strstr(told, "settings_changed SIP settings of 0a"));
    assert_null(strstr(told, "secret1"));
    assert_int_equal(fake_store.n_backups, 1);
}

static void test_changes_go_one_after_the_other(void **state)
{
    struct step a = {.name = "a"}, b = {.name = "b"}, c = {.name = "c"};

    (void)state;
    (void)pthread_mutex_lock(&fake_store.gate);
    ask(&a);
    ask(&b);
    ask(&c);
    loop_for_ms(5);
    assert_int_equal(a.n_edits, 1);
    assert_int_equal(b.n_edits + c.n_edits, 0); /* it is not their turn */
    (void)pthread_mutex_unlock(&fake_store.gate);
    wait_done(3);
    assert_string_equal(done, "a:0,b:0,c:0,");
    assert_string_equal(running_user(), "0abc");
    assert_string_equal(b.seen_user, "0a");
    assert_string_equal(c.seen_user, "0ab");
    assert_int_equal(fake_store.n_saves, 3);
    assert_string_equal(fake_store.saved[1].sip.user, "0ab");
    assert_int_equal(fake_store.n_backups, 1); /* once, when all is done */
}

static void test_a_refused_change_changes_nothing(void **state)
{
    struct step a = {.name = "a", .refusal = EPERM}, b = {.name = "b"};

    (void)state;
    ask(&a);
    assert_int_equal(n_done, 0);
    wait_done(1);
    assert_string_equal(done, "a:1,");
    assert_string_equal(running_user(), "0");
    assert_int_equal(fake_store.n_saves, 0);
    assert_int_equal(fake_store.n_backups, 0);
    assert_int_equal(fake_agent.n_applied, 1);
    assert_string_equal(told, "");
    ask(&b);
    wait_done(2);
    assert_string_equal(running_user(), "0b");
}

static void test_a_refused_one_in_the_queue(void **state)
{
    struct step a = {.name = "a"}, b = {.name = "b", .refusal = EPERM}, c = {.name = "c"};

    (void)state;
    ask(&a);
    ask(&b);
    ask(&c);
    wait_done(3);
    assert_string_equal(done, "a:0,b:1,c:0,");
    assert_string_equal(running_user(), "0ac");
}

static void test_a_full_disk_leaves_the_old_settings(void **state)
{
    struct step a = {.name = "a"}, b = {.name = "b"};
    char wanted[20];

    (void)state;
    fake_store.err = ENOSPC;
    ask(&a);
    wait_done(1);
    (void)snprintf(wanted, sizeof(wanted), "a:%d,", ENOSPC);
    assert_string_equal(done, wanted);
    assert_string_equal(running_user(), "0");
    assert_int_equal(fake_agent.n_applied, 1);
    assert_string_equal(told, "");
    assert_int_equal(fake_store.n_backups, 0);
    fake_store.err = 0;
    ask(&b);
    wait_done(2);
    assert_string_equal(running_user(), "0b"); /* nothing of a is left */
}

/* However quick the store is: the worker may be done before panel_change has returned. */
static void test_a_failure_is_never_overlooked(void **state)
{
    struct step a = {.name = "a"};

    (void)state;
    fake_store.err = ENOSPC;
    for (unsigned i = 0; i < 50; i++) {
        unsigned n = i + 1;

        done[0] = '\0';
        fake_store.n_saves = 0;
        ask(&a);
        assert_true(loop_until(are_done, &n));
        assert_string_equal(running_user(), "0");
    }
}

static void test_only_so_many_wait(void **state)
{
    static struct step steps[PANEL_MAX_CHANGES + 1];

    (void)state;
    memset(steps, 0, sizeof(steps));
    (void)pthread_mutex_lock(&fake_store.gate);
    for (int i = 0; i < PANEL_MAX_CHANGES; i++) {
        steps[i].name = "";
        ask(&steps[i]);
    }
    steps[PANEL_MAX_CHANGES].name = "x";
    assert_int_equal(try_ask(&steps[PANEL_MAX_CHANGES]), EBUSY);
    (void)pthread_mutex_unlock(&fake_store.gate);
    wait_done(PANEL_MAX_CHANGES);
    assert_int_equal(steps[PANEL_MAX_CHANGES].n_edits, 0);
    assert_string_equal(running_user(), "0");
    ask(&steps[PANEL_MAX_CHANGES]); /* now there is room */
    wait_done(PANEL_MAX_CHANGES + 1);
    assert_string_equal(running_user(), "0x");
}

static void test_done_may_ask_for_another(void **state)
{
    struct step c = {.name = "c"}, a = {.name = "a", .then = &c}, b = {.name = "b"};
    struct step d = {.name = "d", .refusal = EPERM, .then = &b};

    (void)state;
    ask(&a);
    ask(&d);
    wait_done(4);
    assert_string_equal(done, "a:0,d:1,c:0,b:0,");
    assert_string_equal(running_user(), "0acb");
}

/* "WebPass" keeps the password that is stored when it is this change's turn. */
static void test_webpass_in_a_queued_change(void **state)
{
#define BODY(password)                                                                             \
    "{\"proxy\":\"sip:sip.example.invalid\",\"realm\":\"sip.example.invalid\",\"user\":\"0\","     \
    "\"password\":\"" password "\",\"stun\":{\"ip\":\"127.0.0.1\",\"port\":3478}}"
    struct step a = {.name = "a", .json = BODY("changed2")};
    struct step b = {.name = "b", .json = BODY("WebPass")};

    (void)state;
    (void)pthread_mutex_lock(&fake_store.gate);
    ask(&a);
    ask(&b);
    (void)pthread_mutex_unlock(&fake_store.gate);
    wait_done(2);
    assert_string_equal(done, "a:0,b:0,");
    assert_string_equal(panel_settings(panel)->sip.password, "changed2");
    assert_string_equal(fake_store.saved[1].sip.password, "changed2");

    fake_store.err = ENOSPC; /* and when the one before could not be stored, the old one */
    a.json = BODY("changed3");
    ask(&a);
    wait_done(3);
    fake_store.err = 0;
    ask(&b);
    wait_done(4);
    assert_string_equal(panel_settings(panel)->sip.password, "changed2");
}

static void test_free_with_changes_that_wait(void **state)
{
    struct step a = {.name = "a", .refusal = EPERM}, b = {.name = "b"};
    char expected[40];

    (void)state;
    ask(&a);
    ask(&b);
    panel = panel_free(panel); /* the loop has ended, say */
    assert_int_equal(n_done, 2);
    (void)snprintf(expected, sizeof(expected), "a:%d,b:%d,", ECANCELED, ECANCELED);
    assert_string_equal(done, expected);
    loop_for_ms(5);
    assert_int_equal(n_done, 2);
    assert_null(panel_free(NULL));
}

/* ---- what SIP is told ---- */

static int set_enable(struct settings *settings, void *arg)
{
    settings->sip_enable = *(enum switch_state *)arg;
    return 0;
}

static int set_hash(struct settings *settings, void *arg)
{
    (void)arg;
    (void)snprintf(settings->admin_hash, sizeof(settings->admin_hash), "other");
    return 0;
}

static void count_done(int err, void *arg)
{
    (void)arg;
    assert_int_equal(err, 0);
    n_done++;
}

static void test_switching_off_and_on(void **state)
{
    enum switch_state off = SWITCH_OFF, on = SWITCH_ON;

    (void)state;
    assert_int_equal(panel_change(panel, set_enable, count_done, &off), 0);
    wait_done(1);
    assert_false(fake_agent.is_on);
    assert_non_null(strstr(told, "SIP off"));
    assert_int_equal(panel_change(panel, set_enable, count_done, &on), 0);
    wait_done(2);
    assert_true(fake_agent.is_on);
    assert_non_null(strstr(told, "SIP on"));
}

static void test_other_settings_do_not_touch_a_registration(void **state)
{
    (void)state;
    fake_agent.status.state = AGENT_REGISTERED;
    assert_int_equal(panel_change(panel, set_hash, count_done, NULL), 0);
    wait_done(1);
    assert_string_equal(panel_settings(panel)->admin_hash, "other");
    assert_int_equal(fake_agent.n_applied, 1);
    assert_string_equal(told, "");
    panel_sip_register_now(panel);
    assert_int_equal(fake_agent.n_register_now, 1);
    assert_int_equal(fake_second.n_register_now, 1);
}

static void test_sip_starts_only_when_it_can(void **state)
{
    struct settings settings = settings_of("101");

    (void)state;
    fake_agent.n_applied = 0;
    settings.sip.password[0] = '\0'; /* the key file was lost */
    start(&settings);
    settings = settings_of("101");
    settings.sip_enable = SWITCH_OFF;
    start(&settings);
    settings.sip_enable = SWITCH_UNSET;
    start(&settings);
    settings = settings_of("101");
    settings.sip_is_set = false;
    start(&settings);
    assert_int_equal(fake_agent.n_applied, 0);
    settings.sip_is_set = true;
    start(&settings);
    assert_int_equal(fake_agent.n_applied, 1);
    assert_string_equal(panel_identity(panel)->device_name, "Gate");
}

/* ---- the status ---- */

static void test_words_of_the_status(void **state)
{
    static const struct {
        bool is_set;
        enum switch_state enable;
        bool has_password;
        enum agent_state agent;
        const char *reason;  /* the agent's */
        const char *problem; /* the store's */
        enum panel_sip_state state;
        const char *wanted;
    } cases[] = {
        {false, SWITCH_UNSET, false, AGENT_OFF, "", "", PANEL_SIP_OFFLINE, "no SIP settings yet"},
        {false, SWITCH_OFF, false, AGENT_OFF, "", "", PANEL_SIP_OFFLINE, "no SIP settings yet"},
        {false, SWITCH_ON, false, AGENT_OFF, "", "", PANEL_SIP_ERROR, "no SIP settings yet"},
        {false, SWITCH_UNSET, false, AGENT_OFF, "", "portero.db is damaged", PANEL_SIP_OFFLINE,
         "portero.db is damaged"},
        {true, SWITCH_UNSET, true, AGENT_OFF, "", "", PANEL_SIP_OFFLINE, "SIP is switched off"},
        {true, SWITCH_OFF, true, AGENT_OFF, "", "", PANEL_SIP_OFFLINE, "SIP is switched off"},
        {true, SWITCH_OFF, false, AGENT_OFF, "", "", PANEL_SIP_OFFLINE, "SIP is switched off"},
        {true, SWITCH_OFF, true, AGENT_TRYING, "waiting", "", PANEL_SIP_OFFLINE,
         "SIP is switched off"}, /* saying goodbye */
        {true, SWITCH_ON, false, AGENT_OFF, "", "", PANEL_SIP_ERROR,
         "the SIP password is lost: type it again"},
        {true, SWITCH_ON, true, AGENT_TRYING, "", "", PANEL_SIP_ERROR, "registering"},
        {true, SWITCH_ON, true, AGENT_TRYING, "wrong password: 403 Forbidden", "", PANEL_SIP_ERROR,
         "wrong password: 403 Forbidden"},
        {true, SWITCH_ON, true, AGENT_REGISTERED, "", "", PANEL_SIP_OK, ""},
        {true, SWITCH_ON, true, AGENT_REGISTERED, "", "key file is new", PANEL_SIP_OK, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct settings settings = settings_of("101");
        struct panel_sip_status status;

        settings.sip_is_set = cases[i].is_set;
        settings.sip_enable = cases[i].enable;
        if (!cases[i].has_password)
            settings.sip.password[0] = '\0';
        fakes_reset();
        fake_agent.status.state = cases[i].agent;
        (void)snprintf(fake_agent.status.reason, sizeof(fake_agent.status.reason), "%s",
                       cases[i].reason);
        fake_store.problem = cases[i].problem;
        start(&settings);
        memset(&status, 0x5a, sizeof(status));
        panel_sip_status(panel, 1, &status);
        assert_int_equal(status.state, cases[i].state);
        assert_string_equal(status.reason, cases[i].wanted);
        assert_string_equal(panel_problem(panel), cases[i].problem);
    }
}

static void test_figures_of_the_status(void **state)
{
    struct panel_sip_status status;

    (void)state;
    fake_agent.status = (struct agent_status){.state = AGENT_REGISTERED,
                                              .code = 200,
                                              .last_attempt_at_s = 1700000001,
                                              .expires_at_s = 1700000061,
                                              .next_attempt_at_s = 1700000055,
                                              .public_address = "192.0.2.9:5060",
                                              .stun = "ok"};
    panel_sip_status(panel, 1, &status);
    assert_int_equal(status.code, 200);
    assert_int_equal(status.register_last_attempt_s, 1700000001);
    assert_int_equal(status.expires_at_s, 1700000061);
    assert_int_equal(status.next_attempt_at_s, 1700000055);
    assert_string_equal(status.public_address, "192.0.2.9:5060");
    assert_string_equal(status.stun, "ok");
    assert_false(status.is_tls);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static int edit_calls(struct settings *settings, void *arg)
{
    (void)arg;
    settings->calls.volume = 2;
    settings->calls.gain = 3;
    (void)snprintf(settings->calls.accept_from, sizeof(settings->calls.accept_from), "10.0.0.0/8");
    return 0;
}

static void on_flag(int err, void *arg)
{
    *(int *)arg = err;
}

static bool is_told(void *arg)
{
    return *(int *)arg != -1;
}

static void test_calls_follow_the_settings(void **state)
{
    int err = -1;

    (void)state;
    assert_string_equal(fake_agent.callers, "");
    assert_int_equal(sound_levels[0], call_settings_default.volume);
    assert_int_equal(panel_change(panel, edit_calls, on_flag, &err), 0);
    assert_true(loop_until(is_told, &err));
    assert_int_equal(err, 0);
    assert_string_equal(fake_agent.callers, "10.0.0.0/8");
    assert_string_equal(fake_second.callers, "10.0.0.0/8");
    assert_int_equal(sound_levels[0], 2);
    assert_int_equal(sound_levels[1], 3);
}

static void test_with_sip_off_nobody_may_call(void **state)
{
    enum switch_state off = SWITCH_OFF, on = SWITCH_ON;

    (void)state;
    assert_int_equal(panel_change(panel, edit_calls, count_done, NULL), 0);
    wait_done(1);
    assert_int_equal(panel_change(panel, set_enable, count_done, &off), 0);
    wait_done(2);
    assert_string_equal(fake_agent.callers, "");
    assert_string_equal(fake_second.callers, "");
    assert_int_equal(panel_change(panel, set_enable, count_done, &on), 0);
    wait_done(3);
    assert_string_equal(fake_agent.callers, "10.0.0.0/8");
}

static void test_forward_rules_are_stored_first(void **state)
{
    static const uint32_t flats[] = {7};
    struct forward_rule rule, found;
    int err = -1;

    (void)state;
    assert_true(forward_rule_from_text("101\n", 7, &rule));
    fake_store.err = ENOSPC;
    assert_int_equal(panel_forward_put(panel, &rule, on_flag, &err), 0);
    assert_true(loop_until(is_told, &err));
    assert_int_equal(err, ENOSPC);
    assert_int_equal(forward_table_count(panel_forward(panel)), 0);

    fake_store.err = 0;
    err = -1;
    assert_int_equal(panel_forward_put(panel, &rule, on_flag, &err), 0);
    assert_int_equal(forward_table_count(panel_forward(panel)), 0); /* not before it is on disk */
    assert_true(loop_until(is_told, &err));
    assert_int_equal(forward_table_find(panel_forward(panel), 7, &found), 0);

    err = -1;
    assert_int_equal(panel_forward_remove(panel, flats, 1, on_flag, &err), 0);
    assert_true(loop_until(is_told, &err));
    assert_int_equal(forward_table_count(panel_forward(panel)), 0);
    assert_int_equal(panel_forward_remove(panel, flats, 1001, on_flag, &err), E2BIG);
}

static bool has_backup(void *arg)
{
    (void)arg;
    return fake_store.n_backups > 0;
}

/* Rows may have been changed just before the last end, when there was no time for a backup. */
static void test_a_start_is_backed_up_later(void **state)
{
    (void)state;
    hand_clock_advance_ms(59000);
    loop_for_ms(5);
    assert_int_equal(fake_store.n_backups, 0);
    hand_clock_advance_ms(1000);
    assert_true(loop_until(has_backup, NULL));
}

static void test_only_a_simulated_keypad_can_be_pressed(void **state)
{
    (void)state;
    assert_int_equal(panel_keypad_press(panel, "1"), ENOTSUP);
    assert_true(panel_keypad_has("call"));
    assert_string_equal(panel_keypad_digits(panel), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_change_is_stored_then_runs),
        CASE(test_changes_go_one_after_the_other),
        CASE(test_a_refused_change_changes_nothing),
        CASE(test_a_refused_one_in_the_queue),
        CASE(test_a_full_disk_leaves_the_old_settings),
        CASE(test_a_failure_is_never_overlooked),
        CASE(test_only_so_many_wait),
        CASE(test_done_may_ask_for_another),
        CASE(test_webpass_in_a_queued_change),
        CASE(test_free_with_changes_that_wait),
        CASE(test_switching_off_and_on),
        CASE(test_other_settings_do_not_touch_a_registration),
        CASE(test_sip_starts_only_when_it_can),
        CASE(test_words_of_the_status),
        CASE(test_figures_of_the_status),
        CASE(test_calls_follow_the_settings),
        CASE(test_with_sip_off_nobody_may_call),
        CASE(test_forward_rules_are_stored_first),
        CASE(test_a_start_is_backed_up_later),
        CASE(test_only_a_simulated_keypad_can_be_pressed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
