/* SPDX-License-Identifier: MIT */
#include "push/syslog_text.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "journal/entry.h"
#include "settings/json_memory.h"

enum { ALERT = 1, WARNING = 4, NOTICE, INFO, DEBUG };
enum { NUMBER_SIZE = 24 };

/* To have a kind of event told, add a row with its name in the log; the first whose `when` fits
 * counts. Behind "EVENT:" and the number come the fields, counted from 2 on. Receivers look for
 * some texts at their places:
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
    const char *name;
    const char *when; /* "field=value" of the event; NULL: always */
    unsigned number;
    unsigned severity;
    const char *template;
} rows[] = {
    {"lock_was_opened_by_exit_btn", NULL, 105, NOTICE, "Door opened by exit button"},
    {"access_granted_by_call_host", NULL, 901, NOTICE,
     "{lock}:sip:{by@}:Door {lock} opened by call host"},
    {"call_answered", "by=caller", 905, INFO, "sip:{uri@}:Incoming call answered"},
    {"call_answered", NULL, 902, INFO,
     "sip:{uri|number@}:{number@}:Outgoing call. call number:sip:{uri|number@}, call was accepted"},
    {"outgoing_call_missed", NULL, 903, INFO,
     "sip:{uri|number@}:{number@}:Outgoing call. call number:sip:{uri|number@}, call was no "
     "accepted"},
    {"incoming_call", NULL, 904, INFO, "sip:{uri@}:Incoming call"},
    {"outgoing_call", NULL, 906, INFO, "{number@}:{by}:Call started"},
    {"outgoing_call_web", NULL, 906, INFO, "{number@}:{by}:Call started"},
    {"call_ringing", NULL, 907, DEBUG, "sip:{uri@}:{number@}:Ringing"},
    {"call_ended", NULL, 908, INFO, "sip:{uri|number@}:{number@}:{duration_s}:Call ended"},
    {"button_pressed", NULL, 909, DEBUG, "Button pressed"},
    {"access_granted_by_api_call", NULL, 911, NOTICE, "{lock}:{by}:Lock {lock} opened by API"},
    {"emergency_lock_is_opened", NULL, 912, WARNING, "{lock}:{by}:Lock {lock} opened in emergency"},
    {"lock_was_closed", NULL, 913, INFO, "{lock}:Lock {lock} closed"},
    {"lock_does_not_close", NULL, 914, ALERT, "{lock}:{reason}:Lock {lock} does not close"},
    {"lock_does_not_open", NULL, 915, ALERT, "{lock}:{reason}:Lock {lock} does not open"},
    {"lock_opening_was_dropped", NULL, 918, NOTICE, "{lock}:{by@}:Lock {lock} stays shut"},
    {"access_denied_by_wrong_dtmf_code", NULL, 916, WARNING,
     "sip:{uri@}:Wrong code entered during a call"},
    {"device_booted", NULL, 921, NOTICE, "Device booted"},
    {"sip_registered", NULL, 922, INFO, "SIP registered"},
    {"sip_registration_lost", NULL, 923, WARNING, "SIP registration lost"},
    {"settings_changed", NULL, 924, NOTICE, "Settings changed"},
    {"successful_login_api_call", NULL, 925, INFO, "Login"},
    {"incorrect_login_api_call", NULL, 926, WARNING, "Login with a wrong password"},
    {"password_changed", NULL, 927, NOTICE, "Password changed"},
    {"access_granted_by_valid_identifier", "type=card", 931, NOTICE,
     "{lock}:{owner}:{number#}::Door opened by card. Info:{type}"},
    {"access_granted_by_valid_identifier", "type=ukey", 931, NOTICE,
     "{lock}:{owner}:{number#}::Door opened by card. Info:{type}"},
    {"access_granted_by_valid_identifier", "type=inputCode", 932, NOTICE,
     "{number}:{lock}:{owner}::Door opened by access code. Info:{type}"},
    {"access_granted_by_valid_identifier", NULL, 933, NOTICE,
     "{lock}:{owner}:{type}:Door opened by identifier"},
    {"access_granted_by_master_code", NULL, 100, NOTICE,
     "{number}:Door opened by general access code:{number}"},
    {"access_granted_by_remote_server_api_call", NULL, 934, NOTICE,
     "{lock}:{type}:Door opened by access server"},
    {"lock_was_opened_by_free_access_button", NULL, 917, NOTICE,
     "Door opened by free access button"},
    {"access_denied_by_not_valid_identifier", NULL, 941, WARNING,
     "{lock}:{owner}:{type}:Access denied, identifier not valid now"},
    {"access_denied_by_not_valid_input_code", NULL, 942, WARNING, "Access denied, unknown code"},
    {"access_denied_by_unknown_card", NULL, 943, WARNING, "{card#}:Access denied, unknown card"},
    {"access_denied_by_unknown_qr", NULL, 944, WARNING, "Access denied, unknown QR code"},
    {"access_denied_by_remote_server_api_call", NULL, 945, WARNING,
     "{type}:Access denied by access server"},
    {"access_denied_by_too_many_input_codes", NULL, 946, WARNING,
     "{seconds}:Access denied, too many wrong codes"},
    {"door_sensor_was_opened", NULL, 951, INFO, "Door was opened with door sensor"},
    {"door_sensor_was_closed", NULL, 952, INFO, "Door was closed with door sensor"},
    {"door_was_not_closed_too_long", NULL, 953, WARNING, "{seconds}:Door was not closed too long"},
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
    json_t *root = NULL;

    (void)json_memory_parse(fields, strlen(fields), &root, NULL);
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
    json_t *fields = NULL;
    size_t n = sizeof(rows) / sizeof(rows[0]), i = 0;

    (void)json_memory_parse(entry->fields, strlen(entry->fields), &fields, NULL);
    while (i < n && (strcmp(rows[i].name, entry->name) != 0 || !is_so(rows[i].when, fields)))
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
