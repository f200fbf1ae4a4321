/* SPDX-License-Identifier: MIT */
#include "push/syslog_text.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/event.h"
#include "journal/entry.h"

enum { ALERT = 1, WARNING = 4, NOTICE, INFO, DEBUG };
enum { NUMBER_SIZE = 24 };

/* To have a kind of event told, add a row; the first whose `when` fits counts. Behind "EVENT:" and
 * the number come the fields, counted from 2 on. Receivers look for some texts at their places:
 *
 *   2   Door opened by exit button            2   Door was opened with door sensor
 *   2   Door was closed with door sensor
 *   5   Door 1 opened by call host            and 4 is user@host
 *   8   call was accepted                     and 5 Outgoing call. call number, 3 user@host
 *   8   call was no accepted (so the field has it)
 *   6   Door opened by card. Info             and 4 is the card
 *   6   Door opened by access code. Info      and 2 is the code
 *
 * One of them opens other doors at any line with "Door" and "opened" in it. So no other text may
 * have both, and nothing is told that strangers can choose freely; what they can choose in part, as
 * their own number, is made harmless by put_value.
 *
 * 100 (general access code) and 105 are numbers of the vendor's; the others are ours. */
static const struct {
    enum event_kind kind;
    const char *when; /* "field=value" of the event; NULL: always */
    unsigned number;
    unsigned severity;
    const char *template;
} rows[] = {
    {EVENT_OPENED_BY_BUTTON, NULL, 105, NOTICE, "Door opened by exit button"},
    {EVENT_OPENED_BY_CALL, NULL, 901, NOTICE, "{lock}:sip:{by@}:Door {lock} opened by call host"},
    {EVENT_CALL_ANSWERED, "by=caller", 905, INFO, "sip:{uri@}:Incoming call answered"},
    {EVENT_CALL_ANSWERED, NULL, 902, INFO,
     "sip:{uri|number@}:{number@}:Outgoing call. call number:sip:{uri|number@}, call was accepted"},
    {EVENT_OUTGOING_CALL_MISSED, NULL, 903, INFO,
     "sip:{uri|number@}:{number@}:Outgoing call. call number:sip:{uri|number@}, call was no "
     "accepted"},
    {EVENT_INCOMING_CALL, NULL, 904, INFO, "sip:{uri@}:Incoming call"},
    {EVENT_OUTGOING_CALL, NULL, 906, INFO, "{number@}:{by}:Call started"},
    {EVENT_OUTGOING_CALL_WEB, NULL, 906, INFO, "{number@}:{by}:Call started"},
    {EVENT_CALL_RINGING, NULL, 907, DEBUG, "sip:{uri@}:{number@}:Ringing"},
    {EVENT_CALL_ENDED, NULL, 908, INFO, "sip:{uri|number@}:{number@}:{duration_s}:Call ended"},
    {EVENT_BUTTON_PRESSED, NULL, 909, DEBUG, "Button pressed"},
    {EVENT_OPENED_BY_API, NULL, 911, NOTICE, "{lock}:{by}:Lock {lock} opened by API"},
    {EVENT_OPENED_BY_EMERGENCY, NULL, 912, WARNING, "{lock}:{by}:Lock {lock} opened in emergency"},
    {EVENT_LOCK_CLOSED, NULL, 913, INFO, "{lock}:Lock {lock} closed"},
    {EVENT_LOCK_STUCK, NULL, 914, ALERT, "{lock}:{reason}:Lock {lock} does not close"},
    {EVENT_LOCK_FAILED, NULL, 915, ALERT, "{lock}:{reason}:Lock {lock} does not open"},
    {EVENT_WRONG_DTMF_CODE, NULL, 916, WARNING, "sip:{uri@}:Wrong code entered during a call"},
    {EVENT_DEVICE_BOOTED, NULL, 921, NOTICE, "Device booted"},
    {EVENT_SIP_REGISTERED, NULL, 922, INFO, "SIP registered"},
    {EVENT_SIP_REGISTRATION_LOST, NULL, 923, WARNING, "SIP registration lost"},
    {EVENT_SETTINGS_CHANGED, NULL, 924, NOTICE, "Settings changed"},
    {EVENT_SUCCESSFUL_LOGIN, NULL, 925, INFO, "Login"},
    {EVENT_INCORRECT_LOGIN, NULL, 926, WARNING, "Login with a wrong password"},
    {EVENT_PASSWORD_CHANGED, NULL, 927, NOTICE, "Password changed"},
};

struct writer {
    char *buf;
    size_t size;
    size_t len;
};

static void put(struct writer *writer, char c)
{
    if (writer->len + 1 < writer->size)
        writer->buf[writer->len++] = c;
}

/* No end of field, no end of line; and not the word that opens doors. */
static void put_value(struct writer *writer, const char *value, size_t len)
{
    if (len > SYSLOG_TEXT_MAX_VALUE)
        len = SYSLOG_TEXT_MAX_VALUE;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];

        if (c == ':' || c == ',')
            c = '.';
        else if (c < ' ' || c == 0x7f)
            c = '?';
        else if (c == 'D' && len - i >= 4 && !memcmp(value + i, "Door", 4))
            c = 'd';
        put(writer, (char)c);
    }
}

/* "sip:101@host:5060;x=y" as "101@host". */
static void put_address(struct writer *writer, const char *value)
{
    const char *colon = strchr(value, ':'), *at, *host;
    size_t len;

    if (!strncasecmp(value, "sip:", 4) || !strncasecmp(value, "sips:", 5))
        value = colon + 1;
    len = strcspn(value, ";?>");
    at = memchr(value, '@', len);
    host = at ? at + 1 : value;
    if (*host == '[')
        len = (size_t)(host - value) + strcspn(host, "]");
    else
        len = (size_t)(host - value) + strcspn(host, ":;?>");
    put_value(writer, value, len);
}

static void put_hex(struct writer *writer, const char *value)
{
    size_t n = 0;

    for (; *value && n < SYSLOG_TEXT_MAX_VALUE; value++) {
        if (isxdigit((unsigned char)*value)) {
            put(writer, (char)toupper((unsigned char)*value));
            n++;
        }
    }
}

/* The value of a field, which may be a number; "" if there is none: the others keep their places.
 */
static const char *value_of(const json_t *fields, const char *name, size_t len,
                            char number[NUMBER_SIZE])
{
    char key[ENTRY_MAX_NAME + 1];
    const json_t *value;

    (void)snprintf(key, sizeof(key), "%.*s", (int)len, name);
    value = json_object_get(fields, key);
    if (json_is_string(value))
        return json_string_value(value);
    number[0] = '\0';
    if (json_is_integer(value))
        (void)snprintf(number, NUMBER_SIZE, "%lld", (long long)json_integer_value(value));
    return number;
}

/* from: behind the '{'. Returns what is behind the '}'. */
static const char *put_field(struct writer *writer, const char *from, const json_t *fields)
{
    char number[NUMBER_SIZE];
    size_t len = strcspn(from, "|}@#");
    const char *value = value_of(fields, from, len, number);

    while (from[len] == '|') {
        from += len + 1;
        len = strcspn(from, "|}@#");
        if (!*value)
            value = value_of(fields, from, len, number);
    }
    from += len;
    if (*from == '@')
        put_address(writer, value);
    else if (*from == '#')
        put_hex(writer, value);
    else
        put_value(writer, value, strlen(value));
    from += strcspn(from, "}");
    return *from ? from + 1 : from;
}

static void fill(struct writer *writer, const char *template, const json_t *fields)
{
    while (*template) {
        if (*template == '{') {
            template = put_field(writer, template + 1, fields);
        } else {
            put(writer, *template);
            template ++;
        }
    }
    writer->buf[writer->len] = '\0';
}

void syslog_text_fill(const char *template, const char *fields, char *buf, unsigned size)
{
    struct writer writer = {.buf = buf, .size = size};
    json_t *root = json_loads(fields, 0, NULL);

    fill(&writer, template, root);
    json_decref(root);
}

static bool is_so(const char *when, const json_t *fields)
{
    size_t len = when ? strcspn(when, "=") : 0;
    char number[NUMBER_SIZE];

    return !when || !strcmp(when + len + 1, value_of(fields, when, len, number));
}

bool syslog_text_of(const struct entry *entry, struct syslog_text *ret_text)
{
    json_t *fields = json_loads(entry->fields, 0, NULL);
    size_t n = sizeof(rows) / sizeof(rows[0]), i = 0;

    while (i < n &&
           (strcmp(event_name(rows[i].kind), entry->name) != 0 || !is_so(rows[i].when, fields)))
        i++;
    if (i < n) {
        struct writer writer = {.buf = ret_text->text, .size = sizeof(ret_text->text)};

        ret_text->severity = rows[i].severity;
        ret_text->at_ms = entry->at_ms;
        writer.len =
            (size_t)snprintf(ret_text->text, sizeof(ret_text->text), "EVENT:%u:", rows[i].number);
        fill(&writer, rows[i].template, fields);
    }
    json_decref(fields);
    return i < n;
}
