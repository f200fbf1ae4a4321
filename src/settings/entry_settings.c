/* SPDX-License-Identifier: MIT */
#include "settings/entry_settings.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MINUTE_S = 60 };

static const char *const locks[ENTRY_LOCKS] = {"first", "second", "all"};
static const char *const days[ENTRY_DAYS] = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};

const struct entry_settings entry_settings_default = {
    .is_sensor_on = true,
    .opening_delay_s = 60,
    .repeat_delay_s = 60,
    .is_exit_button_on = true,
};

const char *entry_check_code(const char *text)
{
    return text[strspn(text, "0123456789")] ? "must be 1 to 8 digits" : NULL;
}

static const char *check_card(const char *text)
{
    return text[strspn(text, "0123456789abcdefABCDEF:-")]
               ? "must be a decimal number, or bytes as hex with dashes or colons"
               : NULL;
}

/* What is in it besides goes to the server as it stands. */
const char *entry_check_url(const char *text)
{
    static const char why[] = "must be http://host/..., https://host/... or host/... without "
                              "blanks";
    const char *scheme = strstr(text, "://"), *host = scheme ? scheme + 3 : text;
    size_t len = strcspn(text, ":/?#");

    if (!*text)
        return NULL;
    if (scheme && scheme == text + len && strncasecmp(text, "http://", 7) != 0 &&
        strncasecmp(text, "https://", 8) != 0)
        return why;
    if (!scheme || scheme != text + len)
        host = text;
    if (!host[strcspn(host, ":/?#")] ? !*host : !strcspn(host, ":/?#"))
        return why;
    if (memchr(host, '@', strcspn(host, "/?#")))
        return "must not have a user name in it";
    for (const char *c = text; *c; c++) {
        if (*c <= ' ' || *c > '~')
            return why;
    }
    return NULL;
}

/* clang-format off */
#define PLACE(field) \
    offsetof(struct entry_settings, field), sizeof(((struct entry_settings *)0)->field)
#define SWITCH(name, field) {name, MEMBER_BOOL, MEMBER_STAYS, PLACE(field), 0, 1, NULL, NULL, NULL}
#define TEXT(name, field, max, check) \
    {name, MEMBER_TEXT, MEMBER_STAYS, PLACE(field), 0, max, check, NULL, NULL}

static const struct member members[] = {
    SWITCH("code_is_on", is_code_on),
    TEXT("code", code, ENTRY_MAX_CODE, entry_check_code),
    TEXT("card", card, ENTRY_MAX_CARD, check_card),
    SWITCH("remote_is_on", is_remote_on),
    SWITCH("custom_server_is_on", is_custom_server_on),
    TEXT("server_url", server_url, ENTRY_MAX_URL, entry_check_url),
    SWITCH("sensor_is_on", is_sensor_on),
    SWITCH("repeated", is_repeated),
    SWITCH("exit_button_is_on", is_exit_button_on),
    SWITCH("free_is_on", is_free_on),
};
/* clang-format on */

const struct member_table entry_settings_members = {.members = members,
                                                    .count = sizeof(members) / sizeof(members[0]),
                                                    .defaults = &entry_settings_default};

static bool find(const char *const words[], unsigned count, const char *text, unsigned *ret_i)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) {
            *ret_i = i;
            return true;
        }
    }
    return false;
}

const char *entry_lock_text(enum entry_lock lock)
{
    return locks[lock];
}

bool entry_lock_parse(const char *text, enum entry_lock *ret_lock)
{
    unsigned i = 0;
    bool is_known = find(locks, ENTRY_LOCKS, text, &i);

    *ret_lock = (enum entry_lock)i;
    return is_known;
}

const char *entry_day_text(unsigned day)
{
    return days[day];
}

bool entry_day_parse(const char *text, unsigned *ret_day)
{
    return find(days, ENTRY_DAYS, text, ret_day);
}

void entry_free_write(const struct entry_settings *settings, char text[ENTRY_MAX_FREE_TEXT + 1])
{
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < settings->n_free_times; i++) {
        const struct free_time *time = &settings->free_times[i];

        len += (size_t)snprintf(text + len, ENTRY_MAX_FREE_TEXT + 1 - len, "%s %d %u %u %u;",
                                locks[time->lock], time->is_on, time->day, (unsigned)time->from_s,
                                (unsigned)time->to_s);
    }
}

static bool read_time(const char *text, struct free_time *time, int *ret_len)
{
    char lock[8];
    unsigned is_on, day, from_s, to_s;

    *ret_len = 0;
    if (sscanf(text, "%7[a-z] %1u %1u %5u %5u;%n", lock, &is_on, &day, &from_s, &to_s, ret_len) !=
            5 ||
        !*ret_len || !entry_lock_parse(lock, &time->lock) || is_on > 1 || day >= ENTRY_DAYS ||
        from_s >= ENTRY_DAY_S || to_s >= ENTRY_DAY_S)
        return false;
    time->is_on = is_on;
    time->day = day;
    time->from_s = from_s;
    time->to_s = to_s;
    return true;
}

bool entry_free_read(const char *text, struct entry_settings *settings)
{
    unsigned n = 0;

    while (*text) {
        int len;

        if (n == ENTRY_MAX_FREE_TIMES || !read_time(text, &settings->free_times[n], &len))
            return false;
        text += len;
        n++;
    }
    settings->n_free_times = n;
    return true;
}

static bool is_within(const struct free_time *time, unsigned day, uint32_t second)
{
    uint32_t end_s = time->to_s - time->to_s % MINUTE_S + MINUTE_S;

    if (time->from_s <= time->to_s)
        return day == time->day && second >= time->from_s && second < end_s;
    if (day == time->day)
        return second >= time->from_s;
    return day == (time->day + 1) % ENTRY_DAYS && second < end_s;
}

bool entry_is_free(const struct entry_settings *settings, unsigned lock, unsigned day,
                   uint32_t second)
{
    for (unsigned i = 0; settings->is_free_on && i < settings->n_free_times; i++) {
        const struct free_time *time = &settings->free_times[i];
        bool is_of_lock = time->lock == ENTRY_LOCK_ALL || lock == (unsigned)time->lock + 1;

        if (time->is_on && is_of_lock && is_within(time, day, second))
            return true;
    }
    return false;
}
