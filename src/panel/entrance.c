/* SPDX-License-Identifier: MIT */
#include "panel/entrance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "access/access_server.h"
#include "access/code_tries.h"
#include "access/decision.h"
#include "base/clock.h"
#include "base/event.h"
#include "base/log.h"
#include "panel/door_sensor.h"
#include "panel/doors.h"
#include "settings/settings.h"

enum { EXIT_LOCK = 1, MAX_FIELDS = 5 };

#define HIDDEN "****" /* instead of a code */

struct entrance {
    struct entrance_config config;
    const struct settings *settings; /* borrowed */
    struct access_server *server;
    struct door_sensor sensor;
    struct code_tries tries;
    enum entrance_result last;
    int64_t last_at_ms;
};

static const char *const results[] = {
    [ENTRANCE_NOTHING] = "nothing", [ENTRANCE_GRANTED] = "granted", [ENTRANCE_DENIED] = "denied",
    [ENTRANCE_ASKING] = "asking",   [ENTRANCE_SAME] = "same",       [ENTRANCE_PAUSED] = "paused",
};

const char *entrance_result_text(enum entrance_result result)
{
    return results[result];
}

int entrance_new(const struct entrance_config *config, struct entrance **ret_entrance)
{
    struct entrance *entrance = calloc(1, sizeof(*entrance));
    int err;

    if (!entrance)
        return ENOMEM;
    entrance->config = *config;
    entrance->sensor.events = config->events;
    err = access_server_new(&entrance->server);
    if (err)
        free(entrance);
    else
        *ret_entrance = entrance;
    return err;
}

struct entrance *entrance_free(struct entrance *entrance)
{
    if (!entrance)
        return NULL;
    access_server_free(entrance->server);
    door_sensor_stop(&entrance->sensor);
    free(entrance);
    return NULL;
}

static const struct entry_settings *entry_of(const struct entrance *entrance)
{
    return &entrance->settings->entry;
}

void entrance_use(struct entrance *entrance, const struct settings *old,
                  const struct settings *settings)
{
    const struct entry_settings *entry = &settings->entry;
    int err = 0;

    entrance->settings = settings;
    door_sensor_use(&entrance->sensor, entry);
    if (!old || strcmp(old->entry.server_url, entry->server_url) != 0 ||
        strcmp(old->sip_ca_pem, settings->sip_ca_pem) != 0)
        err = access_server_use(entrance->server, entry->server_url, settings->sip_ca_pem);
    if (err)
        log_error("access server: the change does not count: %s", strerror(err));
    if (old && memcmp(&old->entry, entry, sizeof(*entry)) != 0)
        event_emit(entrance->config.events, EVENT_SETTINGS_CHANGED,
                   "who may open: master code %s, access server %s, free access %s, sensor %s, "
                   "exit button %s",
                   entry->is_code_on ? "on" : "off",
                   entry->is_remote_on && entry->is_custom_server_on ? "on" : "off",
                   entry->is_free_on ? "on" : "off", entry->is_sensor_on ? "on" : "off",
                   entry->is_exit_button_on ? "on" : "off");
}

static enum entrance_result note(struct entrance *entrance, enum entrance_result result)
{
    entrance->last = result;
    entrance->last_at_ms = clock_unix_ms();
    return result;
}

static const char *lock_text(unsigned lock)
{
    return lock == PANEL_BOTH_LOCKS ? "all" : lock == 1 ? "1" : "2";
}

/* ---- what is told ---- */

/* What has been scanned, as it may be shown. found: as it is written in the list, or NULL. */
static const char *shown_number(const struct scan *scan, const struct identifier *found)
{
    if (scan->type == IDENTIFIER_CODE)
        return HIDDEN;
    return found ? found->number : scan->number;
}

static void tell_identifier(const struct entrance *entrance, enum event_kind kind,
                            const struct scan *scan, const struct identifier *found,
                            enum identifiers_verdict verdict)
{
    const char *shown = shown_number(scan, found);
    /* Receivers of events find the flat by the code; who may read them may read the list, too. */
    const char *number = kind == EVENT_GRANTED ? found->number : shown;
    const char *type = identifier_type_text(scan->type);
    const char *reason = decision_words(verdict);
    const char *lock = found->lock == IDENTIFIER_ALL     ? "all"
                       : found->lock == IDENTIFIER_FIRST ? "1"
                                                         : "2";
    const struct event_field fields[] = {{"number", number},
                                         {"owner", found->name},
                                         {"type", type},
                                         {"lock", lock},
                                         {"reason", reason}};

    event_emit_with(entrance->config.events, kind, fields, *reason ? 5 : 4,
                    "%s %s of %s, lock %s%s%s", type, shown, found->name, lock, *reason ? ": " : "",
                    reason);
}

static void tell_unknown(const struct entrance *entrance, const struct scan *scan)
{
    const char *number = shown_number(scan, NULL);
    const char *type = identifier_type_text(scan->type);
    const struct event_field fields[] = {{"card", number}, {"number", number}, {"type", type}};

    switch (scan->type) {
    case IDENTIFIER_CODE:
        event_emit_with(entrance->config.events, EVENT_DENIED_CODE, fields + 1, 2, "%s", "");
        break;
    case IDENTIFIER_QR:
        event_emit_with(entrance->config.events, EVENT_DENIED_QR, fields + 1, 2, "%s", number);
        break;
    default:
        event_emit_with(entrance->config.events, EVENT_DENIED_CARD, fields, 3, "%s", number);
        break;
    }
}

static void tell_master(const struct entrance *entrance, enum decision_cause cause,
                        const struct scan *scan)
{
    const char *type = identifier_type_text(scan->type);
    bool is_code = cause == DECISION_MASTER_CODE;
    const struct event_field fields[] = {{"number", is_code ? HIDDEN : scan->number},
                                         {"owner", is_code ? "master code" : "master card"},
                                         {"type", type},
                                         {"lock", "all"}};

    event_emit_with(entrance->config.events, is_code ? EVENT_GRANTED_MASTER_CODE : EVENT_GRANTED,
                    fields, 4, "%s, lock all", fields[1].value);
}

static void tell_server(const struct entrance *entrance, const struct scan *scan,
                        const struct server_answer *answer)
{
    const char *number = shown_number(scan, NULL);
    const char *type = identifier_type_text(scan->type), *lock = lock_text(answer->lock);
    const struct event_field fields[] = {{"number", number}, {"type", type}, {"lock", lock}};

    if (answer->is_granted)
        event_emit_with(entrance->config.events, EVENT_GRANTED_BY_SERVER, fields, 3,
                        "%s %s, lock %s", type, number, lock);
    else
        event_emit_with(entrance->config.events, EVENT_DENIED_BY_SERVER, fields, 2, "%s %s", type,
                        number);
}

/* ---- decisions ---- */

static void note_code(struct entrance *entrance, const struct scan *scan, bool is_right)
{
    char seconds[12];
    const struct event_field field = {"seconds", seconds};
    unsigned pause_s;

    if (scan->type != IDENTIFIER_CODE)
        return;
    if (is_right) {
        code_tries_right(&entrance->tries);
        return;
    }
    pause_s = code_tries_wrong(&entrance->tries, clock_monotonic_ms());
    (void)snprintf(seconds, sizeof(seconds), "%u", pause_s);
    if (pause_s)
        event_emit_with(entrance->config.events, EVENT_CODES_PAUSED, &field, 1,
                        "too many wrong ones: none is taken for %s s", seconds);
}

static enum identifiers_verdict match(const struct entrance *entrance, const struct scan *scan,
                                      struct identifier *ret_found)
{
    if (!entrance->config.match)
        return IDENTIFIERS_UNKNOWN;
    return entrance->config.match(scan->type, scan->number, clock_unix_s(), ret_found,
                                  entrance->config.list);
}

static enum entrance_result decide(struct entrance *entrance, const struct scan *scan)
{
    struct identifier found = {.uid = 0};
    enum identifiers_verdict verdict = match(entrance, scan, &found);
    struct decision decision = decision_make(entry_of(entrance), scan, verdict, &found);

    if (decision.is_granted)
        doors_grant(entrance->config.doors, decision.lock);
    if (decision.cause == DECISION_IDENTIFIER && entrance->config.used)
        entrance->config.used(found.uid, entrance->config.list);
    switch (decision.cause) {
    case DECISION_MASTER_CODE:
    case DECISION_MASTER_CARD:
        tell_master(entrance, decision.cause, scan);
        break;
    case DECISION_IDENTIFIER:
        tell_identifier(entrance, EVENT_GRANTED, scan, &found, verdict);
        break;
    case DECISION_NOT_VALID:
        tell_identifier(entrance, EVENT_DENIED, scan, &found, verdict);
        break;
    case DECISION_UNKNOWN:
        tell_unknown(entrance, scan);
        break;
    }
    explicit_bzero(&found, sizeof(found));
    note_code(entrance, scan, decision.is_granted);
    return note(entrance, decision.is_granted ? ENTRANCE_GRANTED : ENTRANCE_DENIED);
}

static void on_answer(const struct scan *scan, const struct server_answer *answer, const char *why,
                      void *arg)
{
    struct entrance *entrance = arg;

    if (!answer->is_handled) {
        if (why)
            log_warn("access server: %s: the panel decides by itself", why);
        (void)decide(entrance, scan);
        return;
    }
    if (answer->is_granted)
        doors_grant(entrance->config.doors, answer->lock);
    (void)note(entrance, answer->is_granted ? ENTRANCE_GRANTED : ENTRANCE_DENIED);
    tell_server(entrance, scan, answer);
    note_code(entrance, scan, answer->is_granted);
}

enum entrance_result entrance_scan(struct entrance *entrance, const struct scan *scan)
{
    const struct entry_settings *entry = entry_of(entrance);
    int err;

    if (scan->type == IDENTIFIER_CODE && code_tries_wait_ms(&entrance->tries, clock_monotonic_ms()))
        return note(entrance, ENTRANCE_PAUSED);
    if (!entry->is_remote_on || !entry->is_custom_server_on || !entry->server_url[0])
        return decide(entrance, scan);
    err = access_server_ask(entrance->server, scan, on_answer, entrance);
    if (!err)
        return note(entrance, ENTRANCE_ASKING);
    if (err == EALREADY)
        return ENTRANCE_SAME;
    log_warn("access server: %s: the panel decides by itself",
             err == EBUSY ? "it is being asked too much already" : strerror(err));
    return decide(entrance, scan);
}

bool entrance_code_is_taken(const struct entrance *entrance, const char *digits)
{
    struct scan scan;
    struct identifier found;
    bool is_taken = !scan_read(IDENTIFIER_CODE, digits, &scan) &&
                    match(entrance, &scan, &found) != IDENTIFIERS_UNKNOWN;

    scan_wipe(&scan);
    return is_taken;
}

/* ---- buttons and sensor ---- */

enum entrance_result entrance_exit_button(struct entrance *entrance)
{
    if (!entry_of(entrance)->is_exit_button_on)
        return note(entrance, ENTRANCE_NOTHING);
    doors_button(entrance->config.doors, EXIT_LOCK, DOORS_EXIT_BUTTON);
    return note(entrance, ENTRANCE_GRANTED);
}

/* lock: 1 or 2. While the clock is not set no hour is known, and none is free. */
static bool is_free(const struct entrance *entrance, unsigned lock)
{
    int offset_s = timezone_offset_min(entrance->settings->device.timezone) * 60;
    time_t now_s = (time_t)clock_unix_s(), there_s = now_s + offset_s;
    struct tm local;

    if (now_s < PORTERO_RELEASED_AT_S || !gmtime_r(&there_s, &local))
        return false;
    return entry_is_free(entry_of(entrance), lock,
                         (unsigned)(local.tm_wday + ENTRY_DAYS - 1) % ENTRY_DAYS,
                         (uint32_t)(local.tm_hour * 3600 + local.tm_min * 60 + local.tm_sec));
}

enum entrance_result entrance_free_button(struct entrance *entrance)
{
    enum entrance_result result = ENTRANCE_NOTHING;

    for (unsigned lock = 1; lock <= PANEL_LOCKS; lock++) {
        if (!is_free(entrance, lock))
            continue;
        doors_button(entrance->config.doors, lock, DOORS_FREE_BUTTON);
        result = ENTRANCE_GRANTED;
    }
    return note(entrance, result);
}

void entrance_sensor(struct entrance *entrance, bool is_open)
{
    door_sensor_set(&entrance->sensor, is_open);
}

void entrance_state(const struct entrance *entrance, struct entrance_state *ret_state)
{
    const struct entrance_state state = {
        .is_open = entrance->sensor.is_open,
        .is_too_long = entrance->sensor.is_too_long,
        .open_ms = door_sensor_open_ms(&entrance->sensor),
        .n_asking = access_server_count(entrance->server),
        .last = entrance->last,
        .last_at_ms = entrance->last_at_ms,
        .code_wait_ms = code_tries_wait_ms(&entrance->tries, clock_monotonic_ms()),
        .is_free = {is_free(entrance, 1), is_free(entrance, 2)},
    };

    *ret_state = state;
}
