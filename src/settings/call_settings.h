/* SPDX-License-Identifier: MIT */
/* call_settings.h - how the panel calls and is called: one plain value and the rules for its
 * members. Pure functions, any thread. */
#ifndef SETTINGS_CALL_SETTINGS_H
#define SETTINGS_CALL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/member.h"
#include "settings/number.h"

enum {
    CALL_SETTINGS_MIN_DIAL_S = 5,
    CALL_SETTINGS_MAX_DIAL_S = 600,
    CALL_SETTINGS_MIN_TALK_S = 10,
    CALL_SETTINGS_MAX_TALK_S = 3600,
    CALL_SETTINGS_MAX_LEVEL = 6,   /* volume and gain; 0 is mute */
    CALL_SETTINGS_MAX_LIST = 1023, /* characters of a list */
};

/* Copy by =, nothing to free. */
struct call_settings {
    uint16_t dial_timeout_s;       /* how long the last, or only, target rings */
    uint16_t forwarding_timeout_s; /* and one that has others behind it */
    uint16_t talk_timeout_s;       /* from the answer on */
    bool is_concierge_on;
    char concierge[NUMBER_MAX_LEN + 1]; /* a number, or "" */
    bool is_auto_answer;                /* calls to us are answered at once */
    bool is_ended_by_button;            /* the call button, pressed again, ends the call */
    bool is_ended_by_opening;           /* so does the opened door */
    uint16_t volume, gain;
    char accept_from[CALL_SETTINGS_MAX_LIST + 1];    /* networks from which calls are taken besides
                                                        the SIP server: "192.0.2.0/24, ..." */
    char answer_callers[CALL_SETTINGS_MAX_LIST + 1]; /* who is answered at once without
                                                        auto_answer: "101, sip:102@host" */
};

extern const struct call_settings call_settings_default;

/* All members under the names they are stored by. */
extern const struct member_table call_settings_members;

/* The same by what the API reads and writes together. */
extern const struct member_table call_settings_dial;         /* dial_timeout, forwarding_timeout */
extern const struct member_table call_settings_talk;         /* talk_timeout */
extern const struct member_table call_settings_concierge;    /* number_enable, number_url */
extern const struct member_table call_settings_auto_answer;  /* is_enabled */
extern const struct member_table call_settings_drop;         /* is_enabled */
extern const struct member_table call_settings_drop_by_open; /* is_enabled */
extern const struct member_table call_settings_volume;       /* volume_level */
extern const struct member_table call_settings_gain;         /* mic_gain_level */
extern const struct member_table call_settings_callers;      /* accept_from, answer_callers */

/* Is a caller in answer_callers?
 *   uri     "sip:101@host": the From
 *   source  NULL: the call comes by the account's own server, which answers for From: a number
 *           without host fits at every host. Else its address, "192.0.2.7": anybody can write any
 *           From, so only entries whose host is that address count */
bool call_settings_answers(const struct call_settings *settings, const char *uri,
                           const char *source);

#endif
