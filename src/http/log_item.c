/* SPDX-License-Identifier: MIT */
#include "http/log_item.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "journal/entry.h"
#include "settings/json_memory.h"

static const char *const texts[EVENT_KINDS] = {
    [EVENT_DEVICE_BOOTED] = "The panel has started",
    [EVENT_SIP_REGISTERED] = "Registered with the SIP server",
    [EVENT_SIP_REGISTRATION_LOST] = "SIP registration lost",
    [EVENT_SETTINGS_CHANGED] = "Settings changed",
    [EVENT_SUCCESSFUL_LOGIN] = "Log-in by API or page",
    [EVENT_INCORRECT_LOGIN] = "Wrong password by API or page",
    [EVENT_PASSWORD_CHANGED] = "The admin password was changed",
    [EVENT_BUTTON_PRESSED] = "Button pressed",
    [EVENT_OUTGOING_CALL] = "Outgoing call",
    [EVENT_OUTGOING_CALL_WEB] = "Outgoing call, started by API or page",
    [EVENT_OUTGOING_CALL_MISSED] = "Nobody has answered the call",
    [EVENT_INCOMING_CALL] = "Incoming call",
    [EVENT_CALL_RINGING] = "It rings at the other end",
    [EVENT_CALL_ANSWERED] = "Call answered",
    [EVENT_CALL_ENDED] = "Call ended",
    [EVENT_WRONG_DTMF_CODE] = "Wrong code pressed during a call",
    [EVENT_OPENED_BY_CALL] = "Door opened by the called person",
    [EVENT_OPENED_BY_API] = "Door opened by API or page",
    [EVENT_OPENED_BY_EMERGENCY] = "Door opened for an emergency",
    [EVENT_OPENED_BY_BUTTON] = "Door opened by the exit button",
    [EVENT_OPENED_BY_FREE_BUTTON] = "Door opened by the free access button",
    [EVENT_GRANTED] = "Door opened by a valid card or code",
    [EVENT_GRANTED_MASTER_CODE] = "Door opened by the master code",
    [EVENT_GRANTED_BY_SERVER] = "Door opened by the remote access server",
    [EVENT_DENIED_BY_SERVER] = "Refused by the remote access server",
    [EVENT_DENIED] = "Refused: the card or code is not valid now",
    [EVENT_DENIED_CODE] = "Refused: wrong code",
    [EVENT_DENIED_CARD] = "Refused: unknown card",
    [EVENT_DENIED_QR] = "Refused: unknown QR code",
    [EVENT_CODES_PAUSED] = "Too many wrong codes",
    [EVENT_SENSOR_OPENED] = "Door was opened with door sensor",
    [EVENT_SENSOR_CLOSED] = "Door was closed with door sensor",
    [EVENT_DOOR_HELD] = "The door has been open for too long",
    [EVENT_LOCK_CLOSED] = "Lock closed",
    [EVENT_LOCK_STUCK] = "The lock does not close",
    [EVENT_LOCK_FAILED] = "The lock does not open",
    [EVENT_OPENING_DROPPED] = "The lock was closed before it opened",
};

static const char *known_text(const char *key)
{
    for (unsigned i = 0; i < EVENT_KINDS; i++) {
        if (!strcmp(key, event_name((enum event_kind)i)))
            return texts[i];
    }
    return NULL;
}

struct json_t *log_item_name(const char *key)
{
    const char *text = known_text(key);
    char words[ENTRY_MAX_NAME + 1];

    if (!text) { /* of another version: door_was_opened says enough */
        (void)snprintf(words, sizeof(words), "%s", key);
        for (char *c = words; *c; c++)
            *c = *c == '_' ? ' ' : *c;
        words[0] = (char)toupper((unsigned char)words[0]);
        text = words;
    }
    return json_pack("{s:s,s:s}", "key", key, "text", text);
}

struct json_t *log_item_json(const struct entry *entry)
{
    json_t *model = NULL;

    if (json_memory_parse(entry->fields, strlen(entry->fields), &model, NULL) == ENOMEM)
        return NULL;
    if (!json_is_object(model)) { /* somebody has edited the file */
        json_decref(model);
        model = json_object();
    }
    return json_pack("{s:I,s:s,s:s,s:o,s:{s:s,s:o}}", "timestamp", (json_int_t)entry->at_ms,
                     "category", entry->category, "priority", entry->priority, "name",
                     log_item_name(entry->name), "info", "text", entry->text, "model", model);
}
