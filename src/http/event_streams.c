/* SPDX-License-Identifier: MIT */
/* A stream first replays what the journal has, page by page, each when the one before was sent.
 * Once it has all that was told, it is live: what is told from then on goes out at once. As all is
 * told in the order of numbers, and the journal can be asked for what was told, nothing is left out
 * between the two and nothing comes twice. */
#include "http/event_streams.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/timer.h"
#include "http/auth.h"
#include "http/log_item.h"
#include "http/log_words.h"
#include "http/request.h"
#include "http/response.h"
#include "journal/journal.h"

enum { PAGE_EVENTS = 50 };

/* How soon a client shall come again. */
static const char greeting[] = "retry: 2000\n\n";

struct stream {
    struct event_streams *streams; /* NULL: freed */
    struct request *request;
    struct stream *next;
    int64_t sent;     /* the last number in buf, or before that */
    int64_t asked_to; /* of the page that is on its way */
    bool has_token;   /* it counts as long as that */
    bool is_live;
    bool is_asking; /* on_page will be called */
    bool is_ending; /* after what is in buf */
    bool is_cut;
    bool is_gone;
    size_t at, len; /* of buf; not yet read */
    char buf[EVENT_STREAMS_MAX_BYTES];
};

struct event_streams {
    struct journal *journal; /* borrowed */
    struct auth *auth;       /* borrowed */
    struct stream *first;
    struct timer beat;
    bool is_walking; /* along the list: nobody may be taken out */
};

/* ---- one stream ---- */

/* Returns false if there is no room. */
static bool put(struct stream *stream, const char *text, size_t len)
{
    if (len > sizeof(stream->buf) - stream->len)
        return false;
    if (stream->at) {
        memmove(stream->buf, stream->buf + stream->at, stream->len);
        stream->at = 0;
    }
    memcpy(stream->buf + stream->len, text, len);
    stream->len += len;
    return true;
}

static bool put_entry(struct stream *stream, const struct entry *entry, bool is_stored)
{
    char text[ENTRY_MAX_FIELDS + 4096];
    json_t *item = log_item_json(entry, LOG_LOCALE_ENGLISH);
    int head;
    size_t len;
    bool is_put = false;

    if (!item || json_object_set_new(item, "number", json_integer(entry->number)) ||
        json_object_set_new(item, "stored", json_boolean(is_stored)))
        goto out;
    head = snprintf(text, sizeof(text), "id: %lld\nevent: %s\ndata: ", (long long)entry->number,
                    entry->name);
    len = json_dumpb(item, text + head, sizeof(text) - (size_t)head - 2, JSON_COMPACT);
    if (!len || len > sizeof(text) - (size_t)head - 2)
        goto out;
    len += (size_t)head;
    memcpy(text + len, "\n\n", 2);
    is_put = put(stream, text, len + 2);
    if (is_put)
        stream->sent = entry->number;
out:
    json_decref(item);
    return is_put;
}

static void on_page(const struct journal_page *page, void *arg)
{
    struct stream *stream = arg;
    bool has_all = page->n < PAGE_EVENTS;

    stream->is_asking = false;
    if (stream->is_gone) {
        free(stream);
        return;
    }
    for (unsigned i = 0; i < page->n; i++) {
        if (!put_entry(stream, page->entries[i], page->is_stored[i])) {
            has_all = false; /* the rest is asked for again when there is room */
            break;
        }
    }
    if (has_all)
        stream->sent = stream->asked_to;
    if (stream->streams && stream->sent >= journal_last_told(stream->streams->journal))
        stream->is_live = true;
    request_wake(stream->request);
}

/* Returns 0 or an errno value. */
static int ask(struct stream *stream)
{
    struct journal *journal = stream->streams->journal;
    struct journal_query query = {.limit = PAGE_EVENTS};
    int err;

    journal_filter_init(&query.filter);
    stream->asked_to = journal_last_told(journal);
    query.filter.after = stream->sent;
    query.filter.up_to = stream->asked_to;
    err = journal_query(journal, &query, on_page, stream);
    stream->is_asking = !err;
    return err;
}

static ssize_t on_read(char *buf, size_t size, void *arg)
{
    struct stream *stream = arg;
    size_t len = stream->len < size ? stream->len : size;

    if (len) {
        memcpy(buf, stream->buf + stream->at, len);
        stream->len -= len;
        stream->at = stream->len ? stream->at + len : 0;
        return (ssize_t)len;
    }
    if (stream->is_ending || !stream->streams)
        return RESPONSE_END;
    if (!stream->is_live && !stream->is_asking && ask(stream))
        return RESPONSE_END; /* it comes again */
    return request_pause(stream->request);
}

static void sweep(struct event_streams *streams)
{
    struct stream **at = &streams->first;

    while (*at) {
        struct stream *stream = *at;

        if (!stream->is_gone) {
            at = &stream->next;
            continue;
        }
        *at = stream->next;
        stream->streams = NULL;
        if (!stream->is_asking) /* else on_page frees it */
            free(stream);
    }
    if (!streams->first)
        timer_stop(&streams->beat);
}

static void on_gone(void *arg)
{
    struct stream *stream = arg;

    stream->is_gone = true;
    if (!stream->streams) {
        if (!stream->is_asking)
            free(stream);
    } else if (!stream->streams->is_walking) {
        sweep(stream->streams);
    }
}

static void cut(struct stream *stream)
{
    stream->is_cut = true;
    stream->is_ending = true;
    stream->len = 0;
    request_cut(stream->request);
}

static void end(struct stream *stream)
{
    stream->is_ending = true;
    request_wake(stream->request);
}

/* ---- all of them ---- */

typedef void stream_fn(struct stream *stream, const void *arg);

static void for_each(struct event_streams *streams, stream_fn *fn, const void *arg)
{
    bool was_walking = streams->is_walking;

    streams->is_walking = true;
    for (struct stream *stream = streams->first; stream; stream = stream->next) {
        if (!stream->is_gone && !stream->is_cut)
            fn(stream, arg);
    }
    streams->is_walking = was_walking;
    if (!was_walking)
        sweep(streams);
}

struct told {
    const struct entry *entry;
    bool is_stored, is_last;
};

static void send_told(struct stream *stream, const void *arg)
{
    const struct told *told = arg;

    if (stream->is_live && !stream->is_ending && told->entry->number > stream->sent &&
        !put_entry(stream, told->entry, told->is_stored)) {
        cut(stream);
        return;
    }
    if (told->is_last)
        stream->is_ending = true;
    request_wake(stream->request);
}

static void on_told(const struct entry *entry, bool is_stored, void *arg)
{
    /* Who came with the old password, or with a token of that time, must come again. */
    const struct told told = {entry, is_stored,
                              !strcmp(entry->name, event_name(EVENT_PASSWORD_CHANGED))};

    for_each(arg, send_told, &told);
}

static void send_beat(struct stream *stream, const void *arg)
{
    const struct event_streams *streams = arg;

    if (stream->has_token && !auth_has_token(streams->auth, stream->request)) {
        end(stream);
        return;
    }
    if (!stream->len)
        (void)put(stream, ":\n\n", 3);
    request_wake(stream->request);
}

static void on_beat(void *arg)
{
    struct event_streams *streams = arg;

    timer_start(&streams->beat, EVENT_STREAMS_BEAT_MS, on_beat, streams);
    for_each(streams, send_beat, streams);
}

static void cut_if_left(struct stream *stream, const void *arg)
{
    (void)arg;
    if (request_is_left(stream->request))
        cut(stream);
}

static unsigned count(const struct event_streams *streams)
{
    unsigned n = 0;

    for (const struct stream *stream = streams->first; stream; stream = stream->next)
        n += !stream->is_gone && !stream->is_cut;
    return n;
}

int event_streams_new(struct journal *journal, struct auth *auth,
                      struct event_streams **ret_streams)
{
    struct event_streams *streams = calloc(1, sizeof(*streams));
    int err;

    if (!streams)
        return ENOMEM;
    streams->journal = journal;
    streams->auth = auth;
    err = journal_listen(journal, on_told, streams);
    if (err)
        free(streams);
    else
        *ret_streams = streams;
    return err;
}

static void end_one(struct stream *stream, const void *arg)
{
    (void)arg;
    end(stream);
}

struct event_streams *event_streams_free(struct event_streams *streams)
{
    if (!streams)
        return NULL;
    journal_unlisten(streams->journal, on_told, streams);
    for_each(streams, end_one, NULL);
    timer_stop(&streams->beat);
    for (struct stream *stream = streams->first; stream; stream = stream->next)
        stream->streams = NULL;
    free(streams);
    return NULL;
}

int event_streams_add(struct event_streams *streams, struct request *request, int64_t after)
{
    int64_t last = journal_last_told(streams->journal);
    struct response *response;
    struct stream *stream;

    if (count(streams) >= EVENT_STREAMS_MAX)
        for_each(streams, cut_if_left, NULL);
    if (count(streams) >= EVENT_STREAMS_MAX)
        return EBUSY;
    stream = calloc(1, sizeof(*stream));
    response = stream ? response_stream(on_read, on_gone, stream) : NULL;
    if (!response) {
        free(stream);
        return ENOMEM;
    }
    stream->streams = streams;
    stream->request = request;
    stream->sent = after < last ? after : last;
    stream->is_live = stream->sent == last;
    stream->has_token = auth_has_token(streams->auth, request);
    stream->next = streams->first;
    streams->first = stream;
    (void)put(stream, greeting, sizeof(greeting) - 1);
    if (!timer_is_running(&streams->beat))
        timer_start(&streams->beat, EVENT_STREAMS_BEAT_MS, on_beat, streams);
    response_header(response, "Content-Type", "text/event-stream");
    response_header(response, "Cache-Control", "no-store");
    response_header(response, "X-Accel-Buffering", "no"); /* a proxy shall pass it on at once */
    request_answer_stream(request, 200, response);
    return 0;
}
