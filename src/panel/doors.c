/* SPDX-License-Identifier: MIT */
#include "panel/doors.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/event.h"
#include "door/door.h"
#include "door/lock.h"

static_assert((int)PANEL_LOCKS == (int)DOOR_LOCKS && (int)LOCK_SETTINGS_LOCKS == (int)DOOR_LOCKS &&
                  (int)PANEL_BOTH_LOCKS == (int)DOOR_BOTH,
              "the same locks everywhere");
static_assert((int)LOCK_SETTINGS_CODES == (int)DTMF_CODES &&
                  (int)LOCK_SETTINGS_MAX_CODE == (int)DTMF_CODE_MAX_LEN,
              "the same codes everywhere");
static_assert((int)LOCK_SETTINGS_MAX_TIMEOUT_S == (int)LOCK_MAX_TIMEOUT_S &&
                  (int)LOCK_SETTINGS_MAX_DELAY_S == (int)LOCK_MAX_DELAY_S &&
                  (int)PANEL_MAX_EMERGENCY_S == (int)LOCK_MAX_HOLD_S,
              "the same limits everywhere");

static const enum event_kind opened_kinds[DOOR_CAUSES] = {
    [DOOR_BY_API] = EVENT_OPENED_BY_API,
    [DOOR_BY_CALL] = EVENT_OPENED_BY_CALL,
    [DOOR_BY_EMERGENCY] = EVENT_OPENED_BY_EMERGENCY,
    [DOOR_BY_BUTTON] = EVENT_OPENED_BY_BUTTON,
    [DOOR_BY_FREE_BUTTON] = EVENT_OPENED_BY_FREE_BUTTON,
};

static void tell_opened(const struct doors *doors, const struct door_fact *fact, const char *lock)
{
    const struct event_field fields[] = {{"lock", lock}, {"by", fact->by}};

    if (fact->cause == DOOR_BY_ACCESS)
        return;
    event_emit_with(doors->events, opened_kinds[fact->cause], fields, *fact->by ? 2 : 1,
                    "lock %s%s%s", lock, *fact->by ? ", by " : "", fact->by);
}

static void tell_fault(const struct doors *doors, enum event_kind kind, unsigned number, int err)
{
    char lock[12];
    const char *reason = strerror(err);
    const char *relay = door_relay_name(doors->door, number);
    const struct event_field fields[] = {{"lock", lock}, {"reason", reason}, {"relay", relay}};

    (void)snprintf(lock, sizeof(lock), "%u", number);
    event_emit_with(doors->events, kind, fields, 3, "lock %s does not %s: relay %s: %s%s", lock,
                    kind == EVENT_LOCK_STUCK ? "close" : "open", relay, reason,
                    kind == EVENT_LOCK_STUCK ? "; it is tried again until it does" : "");
}

static void tell_dropped(const struct doors *doors, const struct door_fact *fact, const char *lock)
{
    const struct event_field fields[] = {{"lock", lock}, {"by", fact->by}};

    event_emit_with(doors->events, EVENT_OPENING_DROPPED, fields, *fact->by ? 2 : 1,
                    "lock %s: closed before it was opened%s%s", lock, *fact->by ? ", by " : "",
                    fact->by);
}

static void on_fact(const struct door_fact *fact, void *arg)
{
    const struct doors *doors = arg;
    char lock[12];
    const struct event_field field = {"lock", lock};

    (void)snprintf(lock, sizeof(lock), "%u", fact->lock);
    switch (fact->what) {
    case DOOR_OPENED:
        tell_opened(doors, fact, lock);
        break;
    case DOOR_CLOSED:
        event_emit_with(doors->events, EVENT_LOCK_CLOSED, &field, 1, "lock %s", lock);
        break;
    case DOOR_STUCK:
        tell_fault(doors, EVENT_LOCK_STUCK, fact->lock, fact->err);
        break;
    case DOOR_FAILED:
        tell_fault(doors, EVENT_LOCK_FAILED, fact->lock, fact->err);
        break;
    case DOOR_DROPPED:
        tell_dropped(doors, fact, lock);
        break;
    }
}

static void apply(struct doors *doors, const struct lock_settings *settings)
{
    struct door_timing timing;

    for (unsigned i = 0; i < PANEL_LOCKS; i++) {
        timing.hold_s[i] = settings->timeout_s[i];
        timing.delay_s[i] = settings->delay_s[i];
    }
    memcpy(doors->codes.code, settings->dtmf_code, sizeof(doors->codes.code));
    if (doors->door)
        door_set_timing(doors->door, &timing);
}

void doors_start(struct doors *doors, const struct lock_settings *settings)
{
    apply(doors, settings);
    if (!doors->door)
        return;
    door_listen(doors->door, on_fact, doors);
    for (unsigned lock = 1; lock <= PANEL_LOCKS; lock++) {
        int err = door_problem(doors->door, lock);

        if (err)
            tell_fault(doors, EVENT_LOCK_STUCK, lock, err);
    }
}

/* Codes are not told. */
void doors_follow(struct doors *doors, const struct lock_settings *old,
                  const struct lock_settings *settings)
{
    if (memcmp(old, settings, sizeof(*old)) == 0)
        return;
    apply(doors, settings);
    event_emit(doors->events, EVENT_SETTINGS_CHANGED,
               "locks: open for %u and %u s, after %u and %u s", settings->timeout_s[0],
               settings->timeout_s[1], settings->delay_s[0], settings->delay_s[1]);
}

void doors_stop(struct doors *doors)
{
    if (doors->door)
        door_listen(doors->door, NULL, NULL);
}

/* Is there such a lock, or for both one at all? Asked before, as a relay, too, can say ENODEV. */
static int find(const struct doors *doors, unsigned lock)
{
    if (lock > PANEL_LOCKS)
        return EINVAL;
    for (unsigned i = 1; i <= PANEL_LOCKS && doors->door; i++) {
        if (door_has(doors->door, i) && (lock == PANEL_BOTH_LOCKS || lock == i))
            return 0;
    }
    return ENODEV;
}

int doors_open(const struct doors *doors, unsigned lock, const char *by)
{
    int err = find(doors, lock);

    if (err)
        return err;
    return door_open(doors->door, lock, DOOR_BY_API, by) ? EIO : 0;
}

void doors_grant(const struct doors *doors, unsigned lock)
{
    if (!find(doors, lock))
        (void)door_open(doors->door, lock, DOOR_BY_ACCESS, ""); /* a failure is told as a fact */
}

void doors_button(const struct doors *doors, unsigned lock, enum doors_button button)
{
    if (!find(doors, lock))
        (void)door_open(doors->door, lock,
                        button == DOORS_EXIT_BUTTON ? DOOR_BY_BUTTON : DOOR_BY_FREE_BUTTON, "");
}

int doors_emergency_open(const struct doors *doors, unsigned lock, unsigned hold_s, const char *by)
{
    int err = find(doors, lock);

    if (!hold_s || hold_s > PANEL_MAX_EMERGENCY_S)
        return EINVAL;
    if (err)
        return err;
    return door_open_for(doors->door, lock, hold_s, DOOR_BY_EMERGENCY, by) ? EIO : 0;
}

int doors_emergency_close(const struct doors *doors, unsigned lock)
{
    int err = find(doors, lock);

    return err ? err : door_close(doors->door, lock);
}

void doors_lock_state(const struct doors *doors, unsigned lock, struct panel_lock_state *ret_state)
{
    int err;

    memset(ret_state, 0, sizeof(*ret_state));
    if (!doors->door)
        return;
    ret_state->is_there = door_has(doors->door, lock);
    ret_state->is_open = door_is_open(doors->door, lock);
    ret_state->left_ms = door_left_ms(doors->door, lock);
    err = door_problem(doors->door, lock);
    if (err)
        (void)snprintf(ret_state->problem, sizeof(ret_state->problem),
                       "does not close: relay %s: %s", door_relay_name(doors->door, lock),
                       strerror(err));
}

static void tell_wrong(const struct doors *doors, const char *by, const char *what)
{
    const struct event_field field = {"uri", by};

    event_emit_with(doors->events, EVENT_WRONG_DTMF_CODE, &field, 1, "by %s%s", by, what);
}

/* A caller's code was wrong. */
static void count_wrong(struct doors *doors, const char *by)
{
    uint64_t pause_ms = dtmf_tries_wrong(&doors->caller_tries, clock_monotonic_ms());
    char what[100];

    if (!pause_ms)
        return;
    (void)snprintf(what, sizeof(what),
                   ": too many by callers, for %llu s nothing that a caller types opens",
                   (unsigned long long)(pause_ms / 1000));
    tell_wrong(doors, by, what);
}

bool doors_digit(struct doors *doors, struct dtmf_typed *typed, char digit,
                 enum doors_typist typist, const char *by)
{
    bool is_caller = typist == DOORS_CALLER;
    uint64_t now_ms = clock_monotonic_ms();
    unsigned n_wrong = typed->n_wrong;
    enum dtmf_verdict verdict;
    unsigned lock = 0;

    if (is_caller && dtmf_tries_wait_ms(&doors->caller_tries, now_ms))
        return false;
    verdict = dtmf_typed_digit(typed, &doors->codes, digit, now_ms, &lock);
    if (verdict == DTMF_CODE_OPEN && !find(doors, lock))
        (void)door_open(doors->door, lock, DOOR_BY_CALL, by); /* a failure is told as a fact */
    else if (verdict == DTMF_CODE_WRONG)
        tell_wrong(doors, by, "");
    else if (verdict == DTMF_CODE_BLOCKED)
        tell_wrong(doors, by, ": too many, no more digits are taken in this call");
    /* The digit that opens may also be the one that has ended a wrong group. */
    if (is_caller && verdict != DTMF_CODE_BLOCKED && typed->n_wrong > n_wrong)
        count_wrong(doors, by);
    return verdict == DTMF_CODE_OPEN;
}

void doors_digits_over(struct doors *doors, struct dtmf_typed *typed, enum doors_typist typist,
                       const char *by)
{
    bool is_wrong = dtmf_typed_over(typed);

    if (!is_wrong || typist != DOORS_CALLER ||
        dtmf_tries_wait_ms(&doors->caller_tries, clock_monotonic_ms()))
        return;
    tell_wrong(doors, by, "");
    count_wrong(doors, by);
}
