/* SPDX-License-Identifier: MIT */
#include "panel/calling.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/event.h"
#include "base/timer.h"
#include "door/dtmf_code.h"
#include "media/audio.h"
#include "panel/call_record.h"
#include "panel/doors.h"
#include "panel/forwards.h"
#include "settings/forward.h"
#include "sip/agent.h"

/* Which account a call event comes from. */
struct line {
    struct calling *calling;
    unsigned i;
};

/* The call that runs, from the press to its end. */
struct session {
    struct call_record *record; /* NULL: none runs. The history's */
    struct panel_call_try *attempt;
    struct forward_rule targets; /* of a press */
    unsigned next_target;
    struct agent *agent;  /* of the running try; NULL between two */
    unsigned call_id;     /* the agent's */
    uint64_t answered_ms; /* monotonic; 0: not yet */
    struct dtmf_typed typed;
};

struct calling {
    struct calling_config config;
    const struct settings *settings; /* borrowed */
    struct line lines[PANEL_ACCOUNTS];
    struct call_history *history;
    struct session session;
    struct timer step;     /* what must not happen inside a callback: the next try, a hang-up */
    struct timer patience; /* for an answer, then for the end of the talk */
};

static void try_next(void *arg);

static bool is_running(const struct calling *calling)
{
    return calling->session.record != NULL;
}

static struct panel_call *call_of(struct calling *calling)
{
    return &calling->session.record->call;
}

/* Tell what happens to the running call. detail: the reason of an end, or NULL. */
static void tell(struct calling *calling, enum event_kind kind, const char *detail)
{
    const struct panel_call *call = call_of(calling);
    const char *uri = calling->session.attempt ? calling->session.attempt->uri : "";
    char id[12], duration[24];
    struct event_field fields[] = {{"call", id},       {"number", call->number},
                                   {"uri", uri},       {"by", panel_call_by_name(call->by)},
                                   {"reason", detail}, {"duration_s", duration}};
    uint64_t answered_ms = calling->session.answered_ms;
    uint64_t talk_ms = answered_ms ? clock_monotonic_ms() - answered_ms : 0;

    (void)snprintf(id, sizeof(id), "%u", call->id);
    (void)snprintf(duration, sizeof(duration), "%llu", (unsigned long long)(talk_ms / 1000));
    if (detail)
        event_emit_with(calling->config.events, kind, fields, 6, "%s%s%s: %s, %s s", call->number,
                        *uri && strcmp(uri, call->number) != 0 ? " at " : "",
                        strcmp(uri, call->number) != 0 ? uri : "", detail, duration);
    else
        event_emit_with(calling->config.events, kind, fields, 4, "%s%s%s", call->number,
                        *uri && strcmp(uri, call->number) != 0 ? " at " : "",
                        strcmp(uri, call->number) != 0 ? uri : "");
}

static void read_sound(const struct calling *calling, struct panel_call_sound *sound)
{
    const struct session *session = &calling->session;
    struct audio_stats stats;

    if (!session->agent || agent_call_stats(session->agent, session->call_id, &stats))
        return;
    *sound = (struct panel_call_sound){
        .is_running = true,
        .sent = stats.sent,
        .received = stats.received,
        .lost = stats.lost,
        .jitter_ms = stats.jitter_ms,
        .delay_ms = stats.delay_ms,
        .level_in_dbov = stats.level_in_dbov,
        .level_out_dbov = stats.level_out_dbov,
        .is_device_lost = stats.is_device_lost,
    };
}

/* It is all over; how it ended is how its last try did. */
static void finish(struct calling *calling)
{
    struct panel_call *call = call_of(calling);
    const struct panel_call_try *last = calling->session.attempt;

    timer_stop(&calling->patience);
    timer_stop(&calling->step);
    call->state = PANEL_CALL_ENDED;
    call->ended_at_ms = clock_unix_ms();
    call->sound.is_running = false;
    if (last) {
        call->end = last->end;
        (void)snprintf(call->reason, sizeof(call->reason), "%s", last->reason);
    }
    tell(calling, EVENT_CALL_ENDED, call->reason[0] ? call->reason : call->end);
    if (call->by != PANEL_CALL_BY_CALLER && !call->answered_at_ms)
        tell(calling, EVENT_OUTGOING_CALL_MISSED, NULL);
    memset(&calling->session, 0, sizeof(calling->session));
}

static void fail_try(struct calling *calling, const char *end, const char *reason)
{
    struct panel_call_try *attempt = calling->session.attempt;

    attempt->ended_at_ms = clock_unix_ms();
    attempt->end = end;
    (void)snprintf(attempt->reason, sizeof(attempt->reason), "%s", reason);
}

static const char *words_for(int err)
{
    switch (err) {
    case ENOTCONN:
        return "SIP is switched off, or has no settings yet";
    case EINVAL:
        return "this panel cannot call that";
    case EBUSY:
        return "too many calls run";
    default:
        return strerror(err);
    }
}

static bool is_at_host(const char *realm, const struct number *number)
{
    size_t len = strlen(number->host.name);

    return !strncasecmp(realm, number->host.name, len) && (realm[len] == '\0' || realm[len] == ':');
}

/* The account that calls number: the one whose domain it is at, else the first that is registered,
 * else the first that tries to be. */
static unsigned choose_account(const struct calling *calling, const struct number *number)
{
    const struct settings *settings = calling->settings;
    unsigned best = 0;
    enum agent_state best_state = AGENT_OFF;

    if (number->kind == NUMBER_URI && settings->second_is_set &&
        is_at_host(settings->second.realm, number) && !is_at_host(settings->sip.realm, number))
        return 1;
    if (number->kind != NUMBER_DIGITS)
        return 0;
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        struct agent_status status;

        if (!calling->config.agents[i])
            continue;
        agent_status(calling->config.agents[i], &status);
        if (status.state > best_state) {
            best_state = status.state;
            best = i;
        }
    }
    return best;
}

/* The answer has had its time, or the talk. */
static void on_patience(void *arg)
{
    struct calling *calling = arg;
    struct session *session = &calling->session;
    bool is_talking = call_of(calling)->state == PANEL_CALL_TALKING;

    if (call_of(calling)->state == PANEL_CALL_INCOMING)
        (void)agent_call_refuse(session->agent, session->call_id, 480);
    else
        (void)agent_call_end(session->agent, session->call_id, !is_talking);
}

static void wait_for_answer(struct calling *calling, bool is_last)
{
    const struct call_settings *calls = &calling->settings->calls;
    uint64_t limit_s = is_last ? calls->dial_timeout_s : calls->forwarding_timeout_s;

    timer_start(&calling->patience, limit_s * 1000, on_patience, calling);
}

/* Call one target. Returns 0, or the errno value for which it cannot be. */
static int call_target(struct calling *calling, const char *target)
{
    struct session *session = &calling->session;
    struct number number;
    unsigned i;
    int err;

    if (number_parse(target, &number) || number.kind == NUMBER_HANDSET)
        return EINVAL;
    if (calling->settings->sip_enable == SWITCH_OFF) /* direct calls are SIP, too */
        return ENOTCONN;
    i = choose_account(calling, &number);
    session->attempt->account = i + 1;
    session->agent = calling->config.agents[i];
    if (!session->agent)
        return ENOTCONN;
    err = agent_call(session->agent, target, &session->call_id);
    if (err)
        session->agent = NULL;
    return err;
}

/* The next target that can be called; the end if there is none. */
static void try_next(void *arg)
{
    struct calling *calling = arg;
    struct session *session = &calling->session;
    char target[NUMBER_MAX_LEN + 1];

    while (forward_rule_target(&session->targets, session->next_target, target)) {
        struct panel_call_try *attempt = call_record_try(session->record, target);
        int err;

        session->next_target++;
        session->attempt = attempt;
        call_of(calling)->state = PANEL_CALL_DIALLING;
        err = call_target(calling, target);
        if (!err) {
            if (session->agent) /* else it has ended already, from inside */
                wait_for_answer(calling, session->next_target == session->targets.n_targets);
            return;
        }
        fail_try(calling, "failed", words_for(err));
    }
    finish(calling);
}

static int begin(struct calling *calling, const char *number, const struct forward_rule *targets,
                 enum panel_call_by by)
{
    struct session *session = &calling->session;

    session->record = call_history_add(calling->history, by, number, targets->n_targets);
    if (!session->record)
        return ENOMEM;
    session->targets = *targets;
    tell(calling, by == PANEL_CALL_BY_KEYPAD ? EVENT_OUTGOING_CALL : EVENT_OUTGOING_CALL_WEB, NULL);
    try_next(calling);
    return 0;
}

int calling_start(struct calling *calling, const char *number, enum panel_call_by by)
{
    struct number parsed;
    struct forward_rule targets;
    char text[NUMBER_MAX_LEN + 2];
    unsigned long flat;

    if (number_parse(number, &parsed) || parsed.kind == NUMBER_HANDSET)
        return EINVAL;
    if (is_running(calling)) { /* one press is one call */
        bool is_same = call_of(calling)->by != PANEL_CALL_BY_CALLER &&
                       !strcmp(call_of(calling)->number, number);

        return is_same ? 0 : EBUSY;
    }
    flat = parsed.kind == NUMBER_DIGITS && strlen(number) <= 9 ? strtoul(number, NULL, 10) : 0;
    if (!flat ||
        forward_table_find(forwards_table(calling->config.forwards), (uint32_t)flat, &targets)) {
        (void)snprintf(text, sizeof(text), "%s\n", number);
        if (!forward_rule_from_text(text, (uint32_t)flat, &targets))
            return EINVAL;
    }
    return begin(calling, number, &targets, by);
}

int calling_start_concierge(struct calling *calling, enum panel_call_by by)
{
    const struct call_settings *calls = &calling->settings->calls;

    if (!calls->is_concierge_on || !calls->concierge[0])
        return ENOENT;
    return calling_start(calling, calls->concierge, by);
}

int calling_end(struct calling *calling)
{
    struct session *session = &calling->session;

    if (!is_running(calling))
        return ENOENT;
    session->next_target = session->targets.n_targets; /* and no other */
    if (!session->agent) {                             /* between two targets */
        finish(calling);
        return 0;
    }
    if (call_of(calling)->state == PANEL_CALL_INCOMING)
        return agent_call_refuse(session->agent, session->call_id, 603);
    return agent_call_end(session->agent, session->call_id, false);
}

int calling_answer(struct calling *calling)
{
    if (!is_running(calling) || call_of(calling)->state != PANEL_CALL_INCOMING)
        return ENOENT;
    return agent_call_answer(calling->session.agent, calling->session.call_id);
}

int calling_button(struct calling *calling)
{
    if (!is_running(calling))
        return ENOENT;
    if (!calling_answer(calling))
        return 0;
    return calling->settings->calls.is_ended_by_button ? calling_end(calling) : ENOENT;
}

static void end_now(void *arg)
{
    (void)calling_end(arg);
}

/* The door was opened: that may be what the call was for. */
static void on_event(const struct event *event, void *arg)
{
    struct calling *calling = arg;
    bool is_opening = event->kind == EVENT_OPENED_BY_CALL || event->kind == EVENT_OPENED_BY_API;

    if (is_opening && is_running(calling) && calling->settings->calls.is_ended_by_opening &&
        call_of(calling)->state == PANEL_CALL_TALKING)
        timer_start(&calling->step, 0, end_now, calling);
}

static enum doors_typist typist_of(struct calling *calling)
{
    return call_of(calling)->by == PANEL_CALL_BY_CALLER ? DOORS_CALLER : DOORS_CALLED;
}

static void on_digit(struct calling *calling, const struct call_info *info, char digit)
{
    if (calling->config.doors)
        (void)doors_digit(calling->config.doors, &calling->session.typed, digit, typist_of(calling),
                          info->peer_uri);
}

static void on_ended(struct calling *calling, const struct call_info *info)
{
    struct session *session = &calling->session;
    bool is_answered = call_of(calling)->answered_at_ms != 0;

    timer_stop(&calling->patience);
    if (calling->config.doors)
        doors_digits_over(calling->config.doors, &session->typed, typist_of(calling),
                          info->peer_uri);
    fail_try(calling, call_end_name(info->end), info->reason);
    session->attempt->code = info->code;
    session->agent = NULL;
    if (is_answered || call_of(calling)->by == PANEL_CALL_BY_CALLER ||
        session->next_target >= session->targets.n_targets)
        finish(calling);
    else
        timer_start(&calling->step, 0, try_next, calling);
}

static void on_answered(struct calling *calling, const struct call_info *info)
{
    struct panel_call *call = call_of(calling);

    call->state = PANEL_CALL_TALKING;
    call->answered_at_ms = info->answered_at_ms;
    calling->session.answered_ms = clock_monotonic_ms();
    timer_start(&calling->patience, calling->settings->calls.talk_timeout_s * UINT64_C(1000),
                on_patience, calling);
    tell(calling, EVENT_CALL_ANSWERED, NULL);
}

static void on_changed(struct calling *calling, const struct call_info *info)
{
    struct panel_call *call = call_of(calling);
    struct panel_call_try *attempt = calling->session.attempt;

    (void)snprintf(attempt->uri, sizeof(attempt->uri), "%s", info->peer_uri);
    attempt->code = info->code;
    attempt->ringing_at_ms = info->ringing_at_ms;
    attempt->answered_at_ms = info->answered_at_ms;
    call->is_held = info->is_held;
    switch (info->state) {
    case CALL_RINGING:
        if (call->state == PANEL_CALL_DIALLING) {
            call->state = PANEL_CALL_RINGING;
            tell(calling, EVENT_CALL_RINGING, NULL);
        }
        break;
    case CALL_ESTABLISHED:
        if (call->state != PANEL_CALL_TALKING)
            on_answered(calling, info);
        break;
    case CALL_ENDED:
        on_ended(calling, info);
        break;
    case CALL_OUT:
    case CALL_IN:
        break;
    }
}

/* Somebody calls us. */
static void on_incoming(struct calling *calling, struct agent *agent, const struct call_info *info)
{
    struct session *session = &calling->session;
    const struct call_settings *calls = &calling->settings->calls;

    if (!is_running(calling))
        session->record =
            call_history_add(calling->history, PANEL_CALL_BY_CALLER, info->peer_uri, 1);
    else
        session = NULL;
    if (!session || !session->record) {
        (void)agent_call_refuse(agent, info->id, 486);
        return;
    }
    session->attempt = call_record_try(session->record, info->peer_uri);
    (void)snprintf(session->attempt->uri, sizeof(session->attempt->uri), "%s", info->peer_uri);
    session->attempt->account = agent == calling->config.agents[0] ? 1 : 2;
    session->agent = agent;
    session->call_id = info->id;
    call_of(calling)->state = PANEL_CALL_INCOMING;
    wait_for_answer(calling, true);
    tell(calling, EVENT_INCOMING_CALL, NULL);
    if (calls->is_auto_answer ||
        call_settings_answers(calls, info->peer_uri,
                              info->is_by_server ? NULL : info->peer_address))
        (void)agent_call_answer(agent, info->id);
}

static void on_call(enum call_event event, const struct call_info *info, char digit, void *arg)
{
    const struct line *line = arg;
    struct calling *calling = line->calling;
    struct session *session = &calling->session;
    struct agent *agent = calling->config.agents[line->i];

    if (is_running(calling) && session->agent == agent && session->call_id == info->id) {
        if (event == CALL_DIGIT) {
            on_digit(calling, info, digit);
            return;
        }
        if (info->state == CALL_ENDED)
            read_sound(calling, &call_of(calling)->sound);
        on_changed(calling, info);
    } else if (event == CALL_CHANGED && info->is_incoming && info->state == CALL_IN) {
        on_incoming(calling, agent, info);
    }
}

void calling_use(struct calling *calling, const struct settings *settings)
{
    calling->settings = settings;
}

void calling_show(const struct calling *calling, panel_call_fn *show, void *arg)
{
    if (is_running(calling))
        read_sound(calling, &calling->session.record->call.sound);
    call_history_show(calling->history, show, arg);
}

bool calling_show_now(const struct calling *calling, panel_call_fn *show, void *arg)
{
    const struct call_record *record = call_history_newest(calling->history);

    if (!record)
        return false;
    if (is_running(calling))
        read_sound(calling, &calling->session.record->call.sound);
    show(&record->call, arg);
    return true;
}

int calling_new(const struct calling_config *config, struct calling **ret_calling)
{
    struct calling *calling = calloc(1, sizeof(*calling));
    int err;

    if (!calling)
        return ENOMEM;
    calling->config = *config;
    err = call_history_new(CALLING_HISTORY, &calling->history);
    if (!err)
        err = event_listen(config->events, on_event, calling);
    if (err) {
        calling_free(calling);
        return err;
    }
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        calling->lines[i] = (struct line){.calling = calling, .i = i};
        if (config->agents[i])
            agent_on_call(config->agents[i], on_call, &calling->lines[i]);
    }
    *ret_calling = calling;
    return 0;
}

struct calling *calling_free(struct calling *calling)
{
    if (!calling)
        return NULL;
    for (unsigned i = 0; i < PANEL_ACCOUNTS; i++) {
        if (calling->config.agents[i])
            agent_on_call(calling->config.agents[i], NULL, NULL);
    }
    event_unlisten(calling->config.events, on_event, calling);
    timer_stop(&calling->step);
    timer_stop(&calling->patience);
    call_history_free(calling->history);
    free(calling);
    return NULL;
}
