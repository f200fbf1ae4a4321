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

/* A quoted-string or token, from its first character: where it ends. */
static const char *value_end(const char *value, const char *end)
{
    if (value < end && *value == '"') {
        for (value++; value < end && *value != '"'; value++)
            ;
        return value < end ? value + 1 : end;
    }
    while (value < end && !strchr(", \t\r\n", *value))
        value++;
    return value;
}

/* A header with credentials: everything but what could be checked against a guessed password
 * is worth showing. Each "response=" counts, as a user name may hold one, too. */
static void put_credentials(struct writer *writer, const char *line, size_t len)
{
    static const char word[] = "response=";
    const char *end = line + len;
    const char *found = find_no_case(line, len, word);

    if (!found || !find_no_case(line, len, "digest ")) { /* Basic, Bearer: all is secret */
        put(writer, line, (size_t)((const char *)memchr(line, ':', len) - line) + 1);
        put(writer, " " CUT "\r\n", strlen(" " CUT "\r\n"));
        return;
    }
    while (found) {
        found += strlen(word);
        put(writer, line, (size_t)(found - line));
        put(writer, CUT, strlen(CUT));
        line = value_end(found, end);
        found = find_no_case(line, (size_t)(end - line), word);
    }
    put(writer, line, (size_t)(end - line));
}

static bool begins_with(const char *line, size_t len, const char *word)
{
    return len >= strlen(word) && !strncasecmp(line, word, strlen(word));
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
    if (begins_with(line, len, "authorization:") || begins_with(line, len, "proxy-authorization:"))
        put_credentials(writer, line, len);
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

void trace_redact(const char *text, size_t len, char *buf)
{
    struct writer writer = {.buf = buf};

    while (len) {
        size_t n = line_len(text, len);

        put_line(&writer, text, n);
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
