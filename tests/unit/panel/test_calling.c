/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/hand_clock.h"
#include "base/timer.h"
#include "door/dtmf_code.h"
#include "media/audio.h"
#include "panel/calling.h"
#include "panel/doors.h"
#include "panel/forwards.h"
#include "panel/keypad.h"
#include "settings/forward.h"
#include "sip/agent.h"

/* An agent that does what the test says. */
static struct fake_line {
    enum agent_state state;
    call_event_fn *on_call;
    void *arg;
    int call_err;
    bool ends_at_once; /* a call of its, from inside agent_call */
    unsigned last_id;
    char called[8][NUMBER_MAX_LEN + 1];
    unsigned n_called;
    char did[400]; /* "end 1;limit 2;answer 3;refuse 4 486;" */
} lines[2];

static struct event_bus *events;
static struct calling *calling;
static struct keypad *keypad;
static struct forward_table *table;
static struct settings settings;
static char told[4000], typed_digits[100];
static struct panel_call seen;
static struct panel_call_try seen_tries[FORWARD_MAX_TARGETS];

static struct agent *agent_at(unsigned i)
{
    return (struct agent *)(void *)&lines[i];
}

static struct fake_line *line_of(const struct agent *agent)
{
    return (const void *)agent == &lines[0] ? &lines[0] : &lines[1];
}

static void advance(uint64_t ms)
{
    hand_clock_advance_ms(ms);
    timer_run_due();
}

static void note(struct fake_line *line, const char *what, unsigned id, unsigned code)
{
    size_t len = strlen(line->did);

    (void)snprintf(line->did + len, sizeof(line->did) - len, code ? "%s %u %u;" : "%s %u;", what,
                   id, code);
}

void agent_on_call(struct agent *agent, call_event_fn *on_call, void *arg)
{
    line_of(agent)->on_call = on_call;
    line_of(agent)->arg = arg;
}

void agent_status(const struct agent *agent, struct agent_status *ret_status)
{
    memset(ret_status, 0, sizeof(*ret_status));
    ret_status->state = line_of(agent)->state;
}

int agent_call(struct agent *agent, const char *number, unsigned *ret_id)
{
    struct fake_line *line = line_of(agent);

    if (line->call_err)
        return line->call_err;
    (void)snprintf(line->called[line->n_called++ % 8], sizeof(line->called[0]), "%s", number);
    *ret_id = ++line->last_id;
    if (line->ends_at_once)
        line->on_call(CALL_CHANGED,
                      &(struct call_info){.id = line->last_id,
                                          .state = CALL_ENDED,
                                          .end = CALL_UNREACHABLE,
                                          .reason = "no route"},
                      0, line->arg);
    return 0;
}

int agent_call_end(struct agent *agent, unsigned id, bool is_limit)
{
    note(line_of(agent), is_limit ? "limit" : "end", id, 0);
    return 0;
}

int agent_call_answer(struct agent *agent, unsigned id)
{
    note(line_of(agent), "answer", id, 0);
    return 0;
}

int agent_call_refuse(struct agent *agent, unsigned id, unsigned code)
{
    note(line_of(agent), "refuse", id, code);
    return 0;
}

int agent_call_stats(const struct agent *agent, unsigned id, struct audio_stats *ret_stats)
{
    (void)agent;
    memset(ret_stats, 0, sizeof(*ret_stats));
    ret_stats->sent = 100 + id;
    return 0;
}

const char *call_end_name(enum call_end end)
{
    return end == CALL_BUSY ? "busy" : end == CALL_NO_ANSWER ? "no answer" : "hung up";
}

const struct forward_table *forwards_table(const struct forwards *forwards)
{
    (void)forwards;
    return table;
}

bool doors_digit(struct doors *doors, struct dtmf_typed *typed, char digit,
                 enum doors_typist typist, const char *by)
{
    size_t len = strlen(typed_digits);

    (void)doors;
    (void)typed;
    (void)snprintf(typed_digits + len, sizeof(typed_digits) - len, "%c<%s%s>", digit,
                   typist == DOORS_CALLER ? "caller " : "", by);
    return false;
}

void doors_digits_over(struct doors *doors, struct dtmf_typed *typed, enum doors_typist typist,
                       const char *by)
{
    char digit = '.';

    (void)doors_digit(doors, typed, digit, typist, by);
}

static void on_event(const struct event *event, void *arg)
{
    size_t len = strlen(told);

    (void)arg;
    (void)snprintf(told + len, sizeof(told) - len, "%s %s\n", event_name(event->kind), event->text);
}

static void say(unsigned i, struct call_info info)
{
    if (!info.peer_uri[0])
        (void)snprintf(info.peer_uri, sizeof(info.peer_uri), "sip:%.200s@pbx.a",
                       lines[i].called[(lines[i].n_called - 1) % 8]);
    lines[i].on_call(CALL_CHANGED, &info, 0, lines[i].arg);
    advance(0);
}

static void end_with(unsigned i, unsigned id, enum call_end end, int code)
{
    say(i, (struct call_info){.id = id, .state = CALL_ENDED, .end = end, .code = code});
}

static void answer(unsigned i, unsigned id)
{
    say(i, (struct call_info){
               .id = id, .state = CALL_ESTABLISHED, .code = 200, .answered_at_ms = 77000});
}

static void add_rule(uint32_t flat, const char *text)
{
    struct forward_rule rule;

    assert_true(forward_rule_from_text(text, flat, &rule));
    assert_int_equal(forward_table_put(table, &rule), 0);
}

static void keep(const struct panel_call *call, void *arg)
{
    (void)arg;
    seen = *call;
    memcpy(seen_tries, call->tries, call->n_tries * sizeof(seen_tries[0]));
}

static const struct panel_call *now(void)
{
    assert_true(calling_show_now(calling, keep, NULL));
    return &seen;
}

static int setup(void **state)
{
    struct calling_config config = {.agents = {agent_at(0), agent_at(1)},
                                    .doors = (struct doors *)(void *)&lines};

    (void)state;
    hand_clock_stand();
    memset(lines, 0, sizeof(lines));
    lines[0].state = AGENT_REGISTERED;
    told[0] = typed_digits[0] = '\0';
    settings_init(&settings);
    assert_int_equal(event_bus_new(&events), 0);
    assert_int_equal(event_listen(events, on_event, NULL), 0);
    assert_int_equal(forward_table_new(&table), 0);
    config.events = events;
    assert_int_equal(calling_new(&config, &calling), 0);
    calling_use(calling, &settings);
    assert_int_equal(keypad_new(calling, events, &keypad), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    keypad = keypad_free(keypad);
    calling = calling_free(calling);
    table = forward_table_free(table);
    events = event_bus_free(events);
    return 0;
}

static void test_a_press_calls_and_is_answered(void **state)
{
    (void)state;
    assert_int_equal(keypad_press(keypad, "1"), 0);
    assert_int_equal(keypad_press(keypad, "0"), 0);
    assert_string_equal(keypad_digits(keypad), "10");
    assert_int_equal(keypad_press(keypad, "call"), 0);
    assert_string_equal(lines[0].called[0], "10");
    assert_int_equal(now()->state, PANEL_CALL_DIALLING);
    say(0, (struct call_info){.id = 1, .state = CALL_RINGING, .code = 180, .ringing_at_ms = 1});
    assert_int_equal(now()->state, PANEL_CALL_RINGING);
    answer(0, 1);
    assert_int_equal(now()->state, PANEL_CALL_TALKING);
    assert_int_equal(seen.sound.sent, 101);
    end_with(0, 1, CALL_HUNG_UP_THERE, 200);
    assert_int_equal(now()->state, PANEL_CALL_ENDED);
    assert_string_equal(seen.end, "hung up");
    assert_int_equal(seen.n_tries, 1);
    assert_string_equal(seen_tries[0].uri, "sip:10@pbx.a");
    assert_string_equal(told, "button_pressed call 10\n"
                              "outgoing_call 10\n"
                              "call_ringing 10 at sip:10@pbx.a\n"
                              "call_answered 10 at sip:10@pbx.a\n"
                              "call_ended 10 at sip:10@pbx.a: hung up, 0 s\n");
}

static void test_one_press_is_one_call(void **state)
{
    (void)state;
    assert_int_equal(calling_start(calling, "101", PANEL_CALL_BY_API), 0);
    assert_int_equal(calling_start(calling, "101", PANEL_CALL_BY_API), 0);
    assert_int_equal(calling_start(calling, "101", PANEL_CALL_BY_KEYPAD), 0);
    assert_int_equal(calling_start(calling, "102", PANEL_CALL_BY_API), EBUSY);
    assert_int_equal(lines[0].n_called, 1);
    assert_int_equal(calling_start(calling, "x", PANEL_CALL_BY_API), EINVAL);
    assert_int_equal(calling_start(calling, "vizit:3", PANEL_CALL_BY_API), EINVAL);
}

static void test_targets_in_turn(void **state)
{
    (void)state;
    add_rule(7, "701\nvizit:1\nsip:702@pbx.b\n703\n");
    settings.calls.forwarding_timeout_s = 20;
    settings.calls.dial_timeout_s = 45;
    assert_int_equal(calling_start(calling, "7", PANEL_CALL_BY_API), 0);
    assert_string_equal(lines[0].called[0], "701");
    end_with(0, 1, CALL_BUSY, 486); /* the next at once; the handset cannot be called */
    assert_string_equal(lines[0].called[1], "sip:702@pbx.b");
    advance(19999);
    assert_string_equal(lines[0].did, "");
    advance(1);
    assert_string_equal(lines[0].did, "limit 2;");
    end_with(0, 2, CALL_NO_ANSWER, 487);
    assert_string_equal(lines[0].called[2], "703");
    advance(44999);
    assert_string_equal(lines[0].did, "limit 2;");
    advance(1);
    assert_string_equal(lines[0].did, "limit 2;limit 3;");
    end_with(0, 3, CALL_NO_ANSWER, 487);
    assert_int_equal(now()->state, PANEL_CALL_ENDED);
    assert_int_equal(seen.n_tries, 4);
    assert_string_equal(seen_tries[0].end, "busy");
    assert_int_equal(seen_tries[0].code, 486);
    assert_string_equal(seen_tries[1].end, "failed");
    assert_int_equal(seen_tries[1].account, 0);
    assert_string_equal(seen_tries[2].end, "no answer");
    assert_non_null(strstr(told, "outgoing_call_missed 7"));
}

static void test_who_answers_ends_the_search(void **state)
{
    (void)state;
    add_rule(7, "701\n702\n");
    assert_int_equal(calling_start(calling, "7", PANEL_CALL_BY_API), 0);
    answer(0, 1);
    end_with(0, 1, CALL_HUNG_UP_THERE, 200);
    assert_int_equal(lines[0].n_called, 1);
    assert_int_equal(now()->state, PANEL_CALL_ENDED);
    assert_null(strstr(told, "missed"));
}

static void test_hanging_up_ends_the_search(void **state)
{
    (void)state;
    add_rule(7, "701\n702\n");
    assert_int_equal(calling_end(calling), ENOENT);
    assert_int_equal(calling_start(calling, "7", PANEL_CALL_BY_API), 0);
    assert_int_equal(calling_end(calling), 0);
    assert_string_equal(lines[0].did, "end 1;");
    end_with(0, 1, CALL_CANCELED, 487);
    assert_int_equal(lines[0].n_called, 1);
    assert_int_equal(now()->state, PANEL_CALL_ENDED);
}

static void test_the_talk_has_an_end(void **state)
{
    (void)state;
    settings.calls.talk_timeout_s = 90;
    assert_int_equal(calling_start(calling, "7", PANEL_CALL_BY_API), 0);
    answer(0, 1);
    advance(89999);
    assert_string_equal(lines[0].did, "");
    advance(1);
    assert_string_equal(lines[0].did, "end 1;");
}

static void test_nobody_can_be_called(void **state)
{
    (void)state;
    lines[0].call_err = lines[1].call_err = ENOTCONN;
    assert_int_equal(calling_start(calling, "7", PANEL_CALL_BY_API), 0);
    assert_int_equal(now()->state, PANEL_CALL_ENDED);
    assert_string_equal(seen.reason, "SIP is switched off, or has no settings yet");
}

/* As when the INVITE cannot even be sent. */
static void test_calls_end_while_they_begin(void **state)
{
    (void)state;
    add_rule(7, "101\n102\n");
    lines[0].ends_at_once = true;
    assert_int_equal(calling_start(calling, "7", PANEL_CALL_BY_API), 0);
    assert_int_equal(now()->n_tries, 1);
    advance(0);
    assert_int_equal(now()->state, PANEL_CALL_ENDED);
    assert_int_equal(seen.n_tries, 2);
    assert_string_equal(seen.reason, "no route");
    advance(700 * 1000); /* nobody waits for an answer any more */
    assert_string_equal(lines[0].did, "");
    lines[0].ends_at_once = false;
    assert_int_equal(calling_start(calling, "8", PANEL_CALL_BY_API), 0);
    assert_int_equal(now()->state, PANEL_CALL_DIALLING);
}

static void test_sip_off_is_no_calls(void **state)
{
    (void)state;
    settings.sip_enable = SWITCH_OFF;
    assert_int_equal(calling_start(calling, "sip:9@192.0.2.7", PANEL_CALL_BY_API), 0);
    assert_int_equal(lines[0].n_called, 0);
    assert_string_equal(now()->reason, "SIP is switched off, or has no settings yet");
    settings.sip_enable = SWITCH_UNSET; /* nobody has said no */
    assert_int_equal(calling_start(calling, "sip:9@192.0.2.7", PANEL_CALL_BY_API), 0);
    assert_int_equal(lines[0].n_called, 1);
}

static void test_the_second_account_is_the_fallback(void **state)
{
    (void)state;
    lines[0].state = AGENT_TRYING;
    lines[1].state = AGENT_REGISTERED;
    assert_int_equal(calling_start(calling, "7", PANEL_CALL_BY_API), 0);
    assert_int_equal(lines[0].n_called, 0);
    assert_int_equal(lines[1].n_called, 1);
    assert_int_equal(now()->tries[0].account, 2);
    end_with(1, 1, CALL_BUSY, 486);
    lines[0].state = AGENT_REGISTERED;
    assert_int_equal(calling_start(calling, "7", PANEL_CALL_BY_API), 0);
    assert_int_equal(lines[0].n_called, 1);
    end_with(0, 1, CALL_BUSY, 486);

    settings.second_is_set = true;
    (void)snprintf(settings.second.realm, sizeof(settings.second.realm), "PBX.b:5070");
    assert_int_equal(calling_start(calling, "sip:9@pbx.b", PANEL_CALL_BY_API), 0);
    assert_int_equal(lines[1].n_called, 2);
}

/* source: NULL: by the server. */
static void ring_from(unsigned id, const char *uri, const char *source)
{
    struct call_info info = {.id = id, .is_incoming = true, .state = CALL_IN};

    info.is_by_server = !source;
    (void)snprintf(info.peer_address, sizeof(info.peer_address), "%s",
                   source ? source : "127.0.0.1");
    (void)snprintf(info.peer_uri, sizeof(info.peer_uri), "%s", uri);
    say(0, info);
}

static void ring_in(unsigned id, const char *uri)
{
    ring_from(id, uri, NULL);
}

static void test_calls_to_us(void **state)
{
    (void)state;
    ring_in(5, "sip:9@pbx.a");
    assert_int_equal(now()->state, PANEL_CALL_INCOMING);
    assert_string_equal(lines[0].did, "");
    ring_in(6, "sip:8@pbx.a");
    assert_string_equal(lines[0].did, "refuse 6 486;");
    assert_int_equal(keypad_press(keypad, "call"), 0); /* somebody at the door takes it */
    assert_string_equal(lines[0].did, "refuse 6 486;answer 5;");
    end_with(0, 5, CALL_HUNG_UP_THERE, 0);

    settings.calls.is_auto_answer = true;
    ring_in(7, "sip:9@pbx.a");
    assert_non_null(strstr(lines[0].did, "answer 7;"));
    end_with(0, 7, CALL_HUNG_UP_THERE, 0);

    settings.calls.is_auto_answer = false;
    (void)snprintf(settings.calls.answer_callers, sizeof(settings.calls.answer_callers), "9");
    ring_in(8, "sip:9@pbx.a");
    assert_non_null(strstr(lines[0].did, "answer 8;"));
    end_with(0, 8, CALL_HUNG_UP_THERE, 0);
    ring_in(9, "sip:10@pbx.a");
    advance(60000);
    assert_non_null(strstr(lines[0].did, "refuse 9 480;"));
    assert_null(strstr(told, "missed"));
}

/* Anybody can say that he is number 9. */
static void test_who_comes_by_no_server_is_answered_by_address(void **state)
{
    (void)state;
    (void)snprintf(settings.calls.answer_callers, sizeof(settings.calls.answer_callers),
                   "9, sip:192.0.2.7");
    ring_from(1, "sip:9@pbx.a", "192.0.2.8");
    assert_string_equal(lines[0].did, "");
    end_with(0, 1, CALL_HUNG_UP_THERE, 0);
    ring_from(2, "sip:10@pbx.a", "192.0.2.7");
    assert_string_equal(lines[0].did, "answer 2;");
}

static void test_digits_go_to_the_door(void **state)
{
    const struct call_info info = {.id = 1, .state = CALL_ESTABLISHED, .peer_uri = "sip:10@pbx.a"};
    const struct call_info other = {.id = 9, .state = CALL_ESTABLISHED, .peer_uri = "sip:x@y.z"};

    (void)state;
    assert_int_equal(calling_start(calling, "10", PANEL_CALL_BY_API), 0);
    answer(0, 1);
    lines[0].on_call(CALL_DIGIT, &info, '#', lines[0].arg);
    lines[0].on_call(CALL_DIGIT, &other, '5', lines[0].arg); /* no call of ours */
    assert_string_equal(typed_digits, "#<sip:10@pbx.a>");
    end_with(0, 1, CALL_HUNG_UP_THERE, 200);
    assert_string_equal(typed_digits, "#<sip:10@pbx.a>.<sip:10@pbx.a>");
}

static void test_digits_of_callers_are_told_as_theirs(void **state)
{
    const struct call_info info = {.id = 5, .state = CALL_ESTABLISHED, .peer_uri = "sip:9@pbx.a"};

    (void)state;
    ring_in(5, "sip:9@pbx.a");
    lines[0].on_call(CALL_DIGIT, &info, '7', lines[0].arg);
    say(0, (struct call_info){.id = 5, .state = CALL_ENDED, .peer_uri = "sip:9@pbx.a"});
    assert_string_equal(typed_digits, "7<caller sip:9@pbx.a>.<caller sip:9@pbx.a>");
}

static void test_the_open_door_ends_the_call(void **state)
{
    (void)state;
    settings.calls.is_ended_by_opening = true;
    assert_int_equal(calling_start(calling, "10", PANEL_CALL_BY_API), 0);
    event_emit(events, EVENT_OPENED_BY_API, "lock 1"); /* not yet answered: goes on */
    advance(0);
    assert_string_equal(lines[0].did, "");
    answer(0, 1);
    event_emit(events, EVENT_OPENED_BY_CALL, "lock 1");
    assert_string_equal(lines[0].did, "");
    advance(0);
    assert_string_equal(lines[0].did, "end 1;");
}

static void test_the_button_ends_the_call_if_set(void **state)
{
    (void)state;
    assert_int_equal(keypad_press(keypad, "call"), ENOENT);
    assert_int_equal(calling_start(calling, "10", PANEL_CALL_BY_API), 0);
    assert_int_equal(keypad_press(keypad, "call"), ENOENT);
    settings.calls.is_ended_by_button = true;
    assert_int_equal(keypad_press(keypad, "call"), 0);
    assert_string_equal(lines[0].did, "end 1;");
}

static char codes[100];

static void on_code(const char *digits, void *arg)
{
    size_t len = strlen(codes);

    (void)arg;
    (void)snprintf(codes + len, sizeof(codes) - len, "%s;", digits);
}

static void test_keypad_codes(void **state)
{
    (void)state;
    codes[0] = '\0';
    assert_int_equal(keypad_press(keypad, "code"), ENOENT); /* nobody wants them */
    keypad_on_code(keypad, on_code, NULL);
    for (const char *keys = "c12c12cccc1a"; *keys; keys++) { /* c: code, a: call */
        const char digit[] = {*keys, '\0'};

        assert_int_equal(keypad_press(keypad, *keys == 'c'   ? "code"
                                              : *keys == 'a' ? "call"
                                                             : digit),
                         0);
    }
    assert_string_equal(codes, "12;12;1;");
    assert_int_equal(keypad_press(keypad, "code"), 0);
    assert_int_equal(keypad_press(keypad, "9"), 0);
    assert_string_equal(keypad_digits(keypad), "*");
    advance(KEYPAD_FORGET_MS);
    assert_string_equal(keypad_digits(keypad), "");
    assert_int_equal(keypad_press(keypad, "9"), 0);
    assert_string_equal(keypad_digits(keypad), "9"); /* no code any more */
    assert_int_equal(keypad_press(keypad, "clear"), 0);
    assert_int_equal(keypad_press(keypad, "code"), 0);
    assert_int_equal(keypad_press(keypad, "clear"), 0);
    assert_int_equal(keypad_press(keypad, "clear"), ENOENT);
    assert_string_equal(codes, "12;12;1;");
}

static void test_keypad(void **state)
{
    (void)state;
    assert_int_equal(keypad_press(keypad, "12"), EINVAL);
    assert_int_equal(keypad_press(keypad, "*"), EINVAL);
    assert_int_equal(keypad_press(keypad, "concierge"), ENOENT);
    for (int i = 0; i < NUMBER_MAX_DIGITS; i++)
        assert_int_equal(keypad_press(keypad, "1"), 0);
    assert_int_equal(keypad_press(keypad, "1"), ENOENT);
    assert_int_equal(keypad_press(keypad, "clear"), 0);
    assert_string_equal(keypad_digits(keypad), "");
    assert_int_equal(keypad_press(keypad, "clear"), ENOENT);
    assert_int_equal(keypad_press(keypad, "5"), 0);
    advance(KEYPAD_FORGET_MS);
    assert_string_equal(keypad_digits(keypad), "");

    settings.calls.is_concierge_on = true;
    (void)snprintf(settings.calls.concierge, sizeof(settings.calls.concierge), "sip:9999@pbx.a");
    assert_int_equal(keypad_press(keypad, "concierge"), 0);
    assert_string_equal(lines[0].called[0], "sip:9999@pbx.a");
    assert_int_equal(keypad_press(keypad, "clear"), 0);
    assert_string_equal(lines[0].did, "end 1;");
}

static void count(const struct panel_call *call, void *arg)
{
    unsigned *n = arg;

    assert_int_equal(call->id, 60 - *n); /* newest first */
    (*n)++;
}

static void test_history_is_bounded(void **state)
{
    unsigned n = 0;

    (void)state;
    for (unsigned i = 1; i <= 60; i++) {
        assert_int_equal(calling_start(calling, "10", PANEL_CALL_BY_API), 0);
        end_with(0, i, CALL_BUSY, 486);
    }
    calling_show(calling, count, &n);
    assert_int_equal(n, CALLING_HISTORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_a_press_calls_and_is_answered),
        TEST(test_one_press_is_one_call),
        TEST(test_targets_in_turn),
        TEST(test_who_answers_ends_the_search),
        TEST(test_hanging_up_ends_the_search),
        TEST(test_the_talk_has_an_end),
        TEST(test_nobody_can_be_called),
        TEST(test_calls_end_while_they_begin),
        TEST(test_sip_off_is_no_calls),
        TEST(test_the_second_account_is_the_fallback),
        TEST(test_calls_to_us),
        TEST(test_who_comes_by_no_server_is_answered_by_address),
        TEST(test_digits_go_to_the_door),
        TEST(test_digits_of_callers_are_told_as_theirs),
        TEST(test_the_open_door_ends_the_call),
        TEST(test_the_button_ends_the_call_if_set),
        TEST(test_keypad),
        TEST(test_keypad_codes),
        TEST(test_history_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
