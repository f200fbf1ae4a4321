/* SPDX-License-Identifier: MIT */
#include "sip/trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CUT "(cut)"

struct message {
    int64_t at_ms;
    bool is_sent;
    char transport[4];
    char peer[TRACE_MAX_PEER];
    char *text;
};

struct trace {
    struct message messages[TRACE_MAX_MESSAGES];
    unsigned next; /* where the next one goes: the oldest is there */
};

static const char *find_no_case(const char *text, size_t len, const char *word)
{
    size_t word_len = strlen(word);

    for (size_t i = 0; i + word_len <= len; i++) {
        if (!strncasecmp(text + i, word, word_len))
            return text + i;
    }
    return NULL;
}

struct writer {
    char *buf;
    size_t len;
};

static void put(struct writer *writer, const char *text, size_t len)
{
    for (size_t i = 0; i < len && writer->len < TRACE_MAX_TEXT; i++) {
        unsigned char c = (unsigned char)text[i];
        bool is_plain = (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n';

        writer->buf[writer->len++] = is_plain ? text[i] : '?';
    }
}

static const char *skip_space(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n'))
        text++;
    return text;
}

static bool begins_with(const char *line, size_t len, const char *word)
{
    return len >= strlen(word) && !strncasecmp(line, word, strlen(word));
}

/* Behind the colon of a header with this name; NULL: another one. */
static const char *header_value(const char *line, size_t len, const char *name)
{
    const char *colon;

    if (!begins_with(line, len, name))
        return NULL;
    colon = skip_space(line + strlen(name), line + len);
    return colon < line + len && *colon == ':' ? colon + 1 : NULL;
}

/* Where a value of this parameter begins; NULL: there is none. */
static const char *find_value(const char *text, const char *end, const char *name)
{
    const char *at = find_no_case(text, (size_t)(end - text), name);

    while (at) {
        const char *equals = skip_space(at + strlen(name), end);

        if (equals < end && *equals == '=') {
            const char *value = skip_space(equals + 1, end);

            return value < end ? value : equals + 1;
        }
        at = find_no_case(at + 1, (size_t)(end - at - 1), name);
    }
    return NULL;
}

/* What is wanted here has neither quotes nor commas in it. To end at the first of them does not
 * depend on which quote is the opening one: that a user name could confuse. */
static const char *value_end(const char *value, const char *end)
{
    bool is_quoted = value < end && *value == '"';

    if (is_quoted)
        value++;
    while (value < end && !memchr("\", \t\r\n", *value, 6))
        value += *value == '\\' && value + 1 < end ? 2 : 1;
    return is_quoted && value < end && *value == '"' ? value + 1 : value;
}

/* All but the values of one parameter; a user name may look like one, too. */
static void put_without(struct writer *writer, const char *line, const char *end, const char *name)
{
    const char *value;

    while ((value = find_value(line, end, name))) {
        put(writer, line, (size_t)(value - line));
        put(writer, CUT, strlen(CUT));
        line = value_end(value, end);
    }
    put(writer, line, (size_t)(end - line));
}

/* A header with credentials: of Digest, everything but what could be checked against a guessed
 * password is worth showing. Of others (Basic, Bearer) all is secret. */
static void put_credentials(struct writer *writer, const char *line, const char *end,
                            const char *value)
{
    const char *scheme = skip_space(value, end);
    const char *params = scheme + strlen("digest");

    if (begins_with(scheme, (size_t)(end - scheme), "digest") && params < end &&
        skip_space(params, end) > params && find_value(params, end, "response")) {
        put_without(writer, line, end, "response");
        return;
    }
    put(writer, line, (size_t)(value - line));
    put(writer, " " CUT "\r\n", strlen(" " CUT "\r\n"));
}

/* The rest of an SDP line behind `from` is a key. */
static void put_key(struct writer *writer, const char *line, size_t len, const char *from)
{
    const char *key = find_no_case(line, len, from);

    put(writer, line, key ? (size_t)(key - line) + strlen(from) : 0);
    put(writer, CUT "\r\n", strlen(CUT "\r\n"));
}

static void put_line(struct writer *writer, const char *line, size_t len)
{
    const char *value = header_value(line, len, "authorization");

    if (!value)
        value = header_value(line, len, "proxy-authorization");
    if (value)
        put_credentials(writer, line, line + len, value);
    else if (header_value(line, len, "authentication-info") ||
             header_value(line, len, "proxy-authentication-info"))
        put_without(writer, line, line + len, "rspauth");
    else if (begins_with(line, len, "a=crypto:"))
        put_key(writer, line, len, "inline:");
    else if (begins_with(line, len, "k="))
        put_key(writer, line, len, "k=");
    else
        put(writer, line, len);
}

/* The length of the line at text with its line end, and with the lines folded onto it. */
static size_t line_len(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len) {
        if (text[i++] != '\n')
            continue;
        if (i == len || (text[i] != ' ' && text[i] != '\t'))
            break;
    }
    return i;
}

/* Keys that somebody types open the door (INFO: application/dtmf, application/dtmf-relay). */
static bool says_keys(const char *line, size_t len)
{
    const char *value = header_value(line, len, "content-type");

    if (!value)
        value = header_value(line, len, "c");
    return value && find_no_case(value, (size_t)(line + len - value), "dtmf");
}

void trace_redact(const char *text, size_t len, char *buf)
{
    struct writer writer = {.buf = buf};
    bool has_keys = false;

    while (len) {
        size_t n = line_len(text, len);
        bool is_blank = skip_space(text, text + n) == text + n;

        put_line(&writer, text, n);
        has_keys = has_keys || says_keys(text, n);
        if (is_blank && has_keys) { /* all behind it is the body */
            put(&writer, CUT "\r\n", strlen(CUT "\r\n"));
            break;
        }
        text += n;
        len -= n;
    }
    buf[writer.len] = '\0';
}

int trace_new(struct trace **ret_trace)
{
    struct trace *trace = calloc(1, sizeof(*trace));

    if (!trace)
        return ENOMEM;
    *ret_trace = trace;
    return 0;
}

struct trace *trace_free(struct trace *trace)
{
    if (!trace)
        return NULL;
    for (unsigned i = 0; i < TRACE_MAX_MESSAGES; i++)
        free(trace->messages[i].text);
    free(trace);
    return NULL;
}

void trace_add(struct trace *trace, const struct trace_entry *entry, size_t text_len)
{
    struct message *message = &trace->messages[trace->next];
    char text[TRACE_MAX_TEXT + 1];

    free(message->text);
    trace_redact(entry->text, text_len, text);
    message->text = strdup(text);
    message->at_ms = entry->at_ms;
    message->is_sent = entry->is_sent;
    (void)snprintf(message->transport, sizeof(message->transport), "%s", entry->transport);
    (void)snprintf(message->peer, sizeof(message->peer), "%s", entry->peer);
    if (message->text)
        trace->next = (trace->next + 1) % TRACE_MAX_MESSAGES;
}

void trace_show(const struct trace *trace, trace_show_fn *show, void *arg)
{
    for (unsigned i = 0; i < TRACE_MAX_MESSAGES; i++) {
        const struct message *message = &trace->messages[(trace->next + i) % TRACE_MAX_MESSAGES];
        struct trace_entry entry = {
            .at_ms = message->at_ms,
            .is_sent = message->is_sent,
            .transport = message->transport,
            .peer = message->peer,
            .text = message->text,
        };

        if (message->text)
            show(&entry, arg);
    }
}
