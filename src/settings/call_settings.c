/* SPDX-License-Identifier: MIT */
#include "settings/call_settings.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "settings/network_list.h"

static_assert(NETWORK_LIST_MAX == 64, "the words of check_networks say so");

enum { MAX_ITEM = 127 };

const struct call_settings call_settings_default = {
    .dial_timeout_s = 60,
    .forwarding_timeout_s = 20,
    .talk_timeout_s = 120,
    .volume = 5,
    .gain = 6,
};

/* Copy the next item of a list, without blanks around it; false behind the last one, which
 * *ret_is_good tells to have fitted. */
static bool next_item(const char **list, char item[MAX_ITEM + 1], bool *ret_is_good)
{
    const char *from = *list + strspn(*list, ", ");
    size_t len = strcspn(from, ", ");

    *ret_is_good = len <= MAX_ITEM;
    if (!len || !*ret_is_good)
        return false;
    memcpy(item, from, len);
    item[len] = '\0';
    *list = from + len;
    return true;
}

static const char *check_networks(const char *text)
{
    struct network_list list;

    switch (network_list_parse(text, &list)) {
    case 0:
        return NULL;
    case E2BIG:
        return "must not have over 64 networks";
    default:
        return "must be addresses or networks (192.0.2.0/24) with commas between";
    }
}

static const char *check_numbers(const char *text)
{
    char item[MAX_ITEM + 1];
    bool is_good = true;

    while (next_item(&text, item, &is_good)) {
        if (number_parse(item, NULL))
            return "must be numbers or sip:user@host with commas between";
    }
    return is_good ? NULL : "must be numbers or sip:user@host with commas between";
}

static const char *check_concierge(const char *text)
{
    return *text ? number_parse(text, NULL) : NULL;
}

/* clang-format off */
#define PLACE(field) \
    offsetof(struct call_settings, field), sizeof(((struct call_settings *)0)->field)
#define SECONDS(name, need, field, min, max) \
    {name, MEMBER_UINT16, need, PLACE(field), min, max, NULL, NULL, NULL}
#define LEVEL(name, field) \
    {name, MEMBER_UINT16, MEMBER_REQUIRED, PLACE(field), 0, CALL_SETTINGS_MAX_LEVEL, NULL, NULL, \
     NULL}
#define SWITCH(name, need, field) \
    {name, MEMBER_BOOL, need, PLACE(field), 0, 1, NULL, NULL, NULL}
#define LIST(name, field, check) \
    {name, MEMBER_TEXT, MEMBER_REQUIRED, PLACE(field), 0, CALL_SETTINGS_MAX_LIST, check, NULL, \
     NULL}
#define CONCIERGE(name, need) \
    {name, MEMBER_TEXT, need, PLACE(concierge), 0, NUMBER_MAX_LEN, check_concierge, NULL, NULL}

static const struct member dial[] = {
    SECONDS("dial_timeout", MEMBER_REQUIRED, dial_timeout_s, CALL_SETTINGS_MIN_DIAL_S,
            CALL_SETTINGS_MAX_DIAL_S),
    SECONDS("forwarding_timeout", MEMBER_STAYS, forwarding_timeout_s, CALL_SETTINGS_MIN_DIAL_S,
            CALL_SETTINGS_MAX_DIAL_S),
};
static const struct member talk[] = {
    SECONDS("talk_timeout", MEMBER_REQUIRED, talk_timeout_s, CALL_SETTINGS_MIN_TALK_S,
            CALL_SETTINGS_MAX_TALK_S),
};
static const struct member concierge[] = {
    SWITCH("number_enable", MEMBER_REQUIRED, is_concierge_on),
    CONCIERGE("number_url", MEMBER_REQUIRED),
};
static const struct member auto_answer[] = {SWITCH("is_enabled", MEMBER_REQUIRED, is_auto_answer)};
static const struct member drop[] = {SWITCH("is_enabled", MEMBER_REQUIRED, is_ended_by_button)};
static const struct member drop_by_open[] = {
    SWITCH("is_enabled", MEMBER_REQUIRED, is_ended_by_opening)};
static const struct member volume[] = {LEVEL("volume_level", volume)};
static const struct member gain[] = {LEVEL("mic_gain_level", gain)};
static const struct member callers[] = {
    LIST("accept_from", accept_from, check_networks),
    LIST("answer_callers", answer_callers, check_numbers),
};
static const struct member members[] = {
    SECONDS("dial_timeout", MEMBER_STAYS, dial_timeout_s, CALL_SETTINGS_MIN_DIAL_S,
            CALL_SETTINGS_MAX_DIAL_S),
    SECONDS("forwarding_timeout", MEMBER_STAYS, forwarding_timeout_s, CALL_SETTINGS_MIN_DIAL_S,
            CALL_SETTINGS_MAX_DIAL_S),
    SECONDS("talk_timeout", MEMBER_STAYS, talk_timeout_s, CALL_SETTINGS_MIN_TALK_S,
            CALL_SETTINGS_MAX_TALK_S),
    SWITCH("concierge_is_on", MEMBER_STAYS, is_concierge_on),
    CONCIERGE("concierge", MEMBER_STAYS),
    SWITCH("auto_answer", MEMBER_STAYS, is_auto_answer),
    SWITCH("ended_by_button", MEMBER_STAYS, is_ended_by_button),
    SWITCH("ended_by_opening", MEMBER_STAYS, is_ended_by_opening),
    LEVEL("volume", volume),
    LEVEL("gain", gain),
    LIST("accept_from", accept_from, check_networks),
    LIST("answer_callers", answer_callers, check_numbers),
};

#define TABLE(list) \
    {.members = list, .count = sizeof(list) / sizeof(list[0]), .defaults = &call_settings_default}

const struct member_table call_settings_members = TABLE(members);
const struct member_table call_settings_dial = TABLE(dial);
const struct member_table call_settings_talk = TABLE(talk);
const struct member_table call_settings_concierge = TABLE(concierge);
const struct member_table call_settings_auto_answer = TABLE(auto_answer);
const struct member_table call_settings_drop = TABLE(drop);
const struct member_table call_settings_drop_by_open = TABLE(drop_by_open);
const struct member_table call_settings_volume = TABLE(volume);
const struct member_table call_settings_gain = TABLE(gain);
const struct member_table call_settings_callers = TABLE(callers);
/* clang-format on */

/* What a From, or who has sent it, is compared by; not terminated. */
struct caller {
    const char *user, *host;
    size_t user_len, host_len;
    bool is_by_server;
};

/* "101", "sip:101@host" or "sip:host". */
static bool is_caller(const char *item, const struct caller *caller)
{
    struct number number;

    if (number_parse(item, &number))
        return false;
    if (number.kind != NUMBER_ADDRESS && (strlen(number.user) != caller->user_len ||
                                          memcmp(number.user, caller->user, caller->user_len) != 0))
        return false;
    if (number.kind == NUMBER_DIGITS)
        return caller->is_by_server;
    return strlen(number.host.name) == caller->host_len &&
           !strncasecmp(number.host.name, caller->host, caller->host_len);
}

bool call_settings_answers(const struct call_settings *settings, const char *uri,
                           const char *source)
{
    const char *list = settings->answer_callers;
    const char *user = strchr(uri, ':'), *at = strchr(uri, '@');
    struct caller caller = {.is_by_server = !source};
    char item[MAX_ITEM + 1];
    bool is_good;

    caller.user = user && (!at || user < at) ? user + 1 : uri;
    caller.user_len = at ? (size_t)(at - caller.user) : 0;
    caller.host = source ? source : at ? at + 1 : caller.user;
    caller.host_len = source ? strlen(source) : strcspn(caller.host, ":;>");
    while (next_item(&list, item, &is_good)) {
        if (is_caller(item, &caller))
            return true;
    }
    return false;
}
