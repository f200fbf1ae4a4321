/* SPDX-License-Identifier: MIT */
#include "push/syslog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/timer.h"
#include "journal/journal.h"
#include "push/delivery.h"
#include "push/syslog_line.h"

enum state {
    OFF,
    STARTING, /* asks for the mark */
    IDLE,     /* all is sent that was told */
    READING,  /* the journal */
    SENDING,
    MARKING, /* what was sent must not be sent again */
    WAITING, /* for the next try */
};

/* What is known of a receiver by HTTP: one that has answered once must go on answering; one that
 * never does reads connections to their end, and has what its kernel has. */
enum habit { HABIT_UNKNOWN, HABIT_ANSWERS, HABIT_MUTE };

/* A question to the journal, whose answer may come when nobody wants it any more. */
struct ask {
    struct syslog *syslog; /* NULL: nobody */
    int64_t up_to;
};

struct syslog {
    struct journal *journal; /* borrowed */
    struct worker *names;    /* borrowed */
    struct syslog_settings settings;
    int offset_min; /* of the times in lines */
    bool is_first_use;
    enum state state;
    struct ask *ask; /* in STARTING, READING, MARKING */
    struct delivery *delivery;
    struct timer retry;
    int64_t done;            /* all up to here was sent, or need not be */
    int64_t head;            /* what is on its way, or has failed; 0: none */
    struct syslog_text text; /* of head */
    enum habit habit;
    unsigned failures;   /* in a row */
    unsigned refused;    /* of head */
    unsigned unreadable; /* in a row */
    bool is_mark_failing;
};

static void read_next(struct syslog *syslog);

/* ---- the next try ---- */

static void on_retry(void *arg)
{
    read_next(arg);
}

static void wait_and_retry(struct syslog *syslog)
{
    uint64_t wait_ms = SYSLOG_RETRY_MIN_MS;

    for (unsigned i = 1; i < syslog->failures && wait_ms < SYSLOG_RETRY_MAX_MS; i++)
        wait_ms *= 2;
    if (wait_ms > SYSLOG_RETRY_MAX_MS)
        wait_ms = SYSLOG_RETRY_MAX_MS;
    syslog->state = WAITING;
    timer_start(&syslog->retry, wait_ms, on_retry, syslog);
}

static void fail(struct syslog *syslog, const char *reason)
{
    syslog->failures++;
    if (syslog->failures == 1)
        log_warn("syslog: %s port %u: %s; events stay in the log until it takes them",
                 syslog->settings.server, (unsigned)syslog->settings.port, reason);
    else
        log_debug("syslog: failure %u: %s", syslog->failures, reason);
    wait_and_retry(syslog);
}

/* ---- asking the journal ---- */

static struct ask *ask_new(struct syslog *syslog)
{
    struct ask *ask = calloc(1, sizeof(*ask));

    if (ask)
        ask->syslog = syslog;
    syslog->ask = ask;
    return ask;
}

static void drop_ask(struct syslog *syslog)
{
    if (syslog->ask)
        syslog->ask->syslog = NULL;
    syslog->ask = NULL;
}

/* Whose answer this is; NULL: nobody's any more. */
static struct syslog *take_answer(struct ask *ask)
{
    struct syslog *syslog = ask->syslog;

    if (syslog)
        syslog->ask = NULL;
    free(ask);
    return syslog;
}

static void on_marked(int err, int64_t value, void *arg)
{
    struct syslog *syslog = take_answer(arg);

    (void)value;
    if (!syslog)
        return;
    if (err && !syslog->is_mark_failing)
        log_error("syslog: what was sent cannot be noted: %s; a restart may send it again",
                  strerror(err));
    syslog->is_mark_failing = err != 0;
    read_next(syslog);
}

/* All up to done is done: note it, then go on. */
static void mark(struct syslog *syslog)
{
    struct ask *ask = ask_new(syslog);
    int err = ENOMEM;

    syslog->state = MARKING;
    syslog->head = 0;
    syslog->refused = 0;
    if (ask)
        err = journal_write_mark(syslog->journal, SYSLOG_MARK, syslog->done, on_marked, ask);
    if (!err)
        return;
    drop_ask(syslog);
    free(ask);
    if (!syslog->is_mark_failing)
        log_error("syslog: what was sent cannot be noted: %s", strerror(err));
    syslog->is_mark_failing = true;
    syslog->state = WAITING;
    timer_start(&syslog->retry, SYSLOG_RETRY_MIN_MS, on_retry, syslog);
}

/* ---- sending ---- */

static size_t write_message(const char *our_address, char *buf, void *arg)
{
    struct syslog *syslog = arg;

    return syslog_line_write(&syslog->text, syslog->offset_min, our_address, syslog->settings.tag,
                             buf);
}

static void on_taken(struct syslog *syslog)
{
    if (syslog->failures)
        log_info("syslog: %s port %u takes events again", syslog->settings.server,
                 (unsigned)syslog->settings.port);
    syslog->failures = 0;
    syslog->done = syslog->head;
    mark(syslog);
}

static void on_silent(struct syslog *syslog, const char *reason)
{
    if (syslog->habit == HABIT_ANSWERS) {
        fail(syslog, reason);
        return;
    }
    if (syslog->habit == HABIT_UNKNOWN)
        log_info("syslog: %s port %u does not answer; that it has an event is enough",
                 syslog->settings.server, (unsigned)syslog->settings.port);
    syslog->habit = HABIT_MUTE;
    on_taken(syslog);
}

static void on_refused(struct syslog *syslog, const char *reason)
{
    if (++syslog->refused < SYSLOG_MAX_REFUSED) {
        fail(syslog, reason);
        return;
    }
    log_warn("syslog: event %lld is left out: %s", (long long)syslog->head, reason);
    syslog->failures = 0;
    syslog->done = syslog->head;
    mark(syslog);
}

static void on_delivered(enum delivery_outcome outcome, const char *reason, void *arg)
{
    struct syslog *syslog = arg;
    char why[DELIVERY_MAX_REASON];

    (void)snprintf(why, sizeof(why), "%s", reason); /* that is the delivery's */
    syslog->delivery = delivery_free(syslog->delivery);
    switch (outcome) {
    case DELIVERY_TAKEN:
        syslog->habit = HABIT_ANSWERS;
        on_taken(syslog);
        break;
    case DELIVERY_SILENT:
        on_silent(syslog, why);
        break;
    case DELIVERY_REFUSED:
        syslog->habit = HABIT_ANSWERS;
        on_refused(syslog, why);
        break;
    case DELIVERY_NOT_NOW:
        syslog->habit = HABIT_ANSWERS;
        fail(syslog, why);
        break;
    case DELIVERY_FAILED:
        fail(syslog, why);
        break;
    }
}

static void send_head(struct syslog *syslog)
{
    const struct delivery_config config = {
        .host = syslog->settings.server,
        .port = syslog->settings.port,
        .transport = syslog->settings.transport,
        .is_mute = syslog->habit == HABIT_MUTE,
        .names = syslog->names,
        .write = write_message,
        .done = on_delivered,
        .arg = syslog,
    };
    int err = delivery_start(&config, &syslog->delivery);

    syslog->state = SENDING;
    if (err)
        fail(syslog, strerror(err));
}

/* ---- reading ---- */

static bool is_wanted(const struct syslog *syslog, const struct entry *entry,
                      struct syslog_text *text)
{
    return syslog_text_of(entry, text) && text->severity <= syslog->settings.severity;
}

/* What failed is no longer there when the log had to make room. */
static void check_gap(struct syslog *syslog, const struct entry *first)
{
    if (!syslog->head || (first && first->number <= syslog->head))
        return;
    log_warn("syslog: the log has had no more room for events from number %lld on: they are not "
             "sent",
             (long long)syslog->head);
    syslog->head = 0;
    syslog->refused = 0;
}

static void use_page(struct syslog *syslog, const struct journal_page *page, int64_t up_to)
{
    check_gap(syslog, page->n ? page->entries[0] : NULL);
    for (unsigned i = 0; i < page->n; i++) {
        const struct entry *entry = page->entries[i];

        if (is_wanted(syslog, entry, &syslog->text)) {
            syslog->head = entry->number;
            send_head(syslog);
            return;
        }
        syslog->done = entry->number;
    }
    if (page->n < SYSLOG_PAGE)
        syslog->done = up_to;
    read_next(syslog);
}

static void on_page(const struct journal_page *page, void *arg)
{
    int64_t up_to = ((struct ask *)arg)->up_to;
    struct syslog *syslog = take_answer(arg);

    if (!syslog)
        return;
    if (page->err && ++syslog->unreadable <= SYSLOG_MAX_UNREADABLE) {
        fail(syslog, "the log of events cannot be read");
        return;
    }
    if (!page->err)
        syslog->unreadable = 0;
    use_page(syslog, page, up_to);
}

static void read_next(struct syslog *syslog)
{
    struct journal_query query = {.limit = SYSLOG_PAGE};
    int64_t last_told = journal_last_told(syslog->journal);
    struct ask *ask;
    int err = ENOMEM;

    if (syslog->done >= last_told) {
        syslog->done = last_told;
        syslog->state = IDLE;
        return;
    }
    journal_filter_init(&query.filter);
    query.filter.after = syslog->done;
    query.filter.up_to = last_told;
    ask = ask_new(syslog);
    syslog->state = READING;
    if (ask) {
        ask->up_to = last_told;
        err = journal_query(syslog->journal, &query, on_page, ask);
    }
    if (!err)
        return;
    drop_ask(syslog);
    free(ask);
    fail(syslog, strerror(err));
}

/* One that nobody wants need not be read again. */
static void on_told(const struct entry *entry, bool is_stored, void *arg)
{
    struct syslog *syslog = arg;
    struct syslog_text text;

    (void)is_stored;
    if (syslog->state != IDLE)
        return;
    if (is_wanted(syslog, entry, &text))
        read_next(syslog);
    else
        syslog->done = entry->number;
}

/* ---- life ---- */

static void on_mark_read(int err, int64_t value, void *arg)
{
    struct syslog *syslog = take_answer(arg);
    int64_t last_told;

    if (!syslog)
        return;
    last_told = journal_last_told(syslog->journal);
    if (err)
        log_error("syslog: what was sent before is not known: %s", strerror(err));
    if (!err && value > 0 && value <= last_told) {
        syslog->done = value;
        read_next(syslog);
        return;
    }
    /* There is none: the log is another one, or syslog was switched on at this moment. What has
     * been told since the start has been kept back for this. */
    mark(syslog);
}

/* Nothing is under way any more. */
static void halt(struct syslog *syslog)
{
    timer_stop(&syslog->retry);
    drop_ask(syslog);
    syslog->delivery = delivery_free(syslog->delivery);
    syslog->state = OFF;
    syslog->habit = HABIT_UNKNOWN;
    syslog->failures = 0;
    syslog->refused = 0;
    syslog->unreadable = 0;
}

static void on_forgotten(int err, int64_t value, void *arg)
{
    (void)err;
    (void)value;
    (void)arg;
}

static void start_from_mark(struct syslog *syslog)
{
    struct ask *ask = ask_new(syslog);
    int err = ENOMEM;

    syslog->state = STARTING;
    syslog->done = journal_last_told(syslog->journal);
    if (ask)
        err = journal_read_mark(syslog->journal, SYSLOG_MARK, on_mark_read, ask);
    if (!err)
        return;
    log_error("syslog: what was sent before is not known: %s", strerror(err));
    drop_ask(syslog);
    free(ask);
    mark(syslog);
}

static bool is_on(const struct syslog_settings *settings)
{
    return settings->is_enabled && settings->server[0];
}

static bool is_same(const struct syslog_settings *a, const struct syslog_settings *b)
{
    return a->is_enabled == b->is_enabled && !strcmp(a->server, b->server) && a->port == b->port &&
           a->severity == b->severity && !strcmp(a->tag, b->tag) && a->transport == b->transport;
}

void syslog_use(struct syslog *syslog, const struct syslog_settings *settings)
{
    bool was_first = syslog->is_first_use;
    bool was_on = is_on(&syslog->settings);

    if (!was_first && is_same(&syslog->settings, settings))
        return;
    syslog->is_first_use = false;
    syslog->settings = *settings;
    if (!is_on(settings)) {
        halt(syslog);
        syslog->head = 0;
        if (was_on) /* switched on again, it begins with what happens then */
            (void)journal_write_mark(syslog->journal, SYSLOG_MARK, 0, on_forgotten, NULL);
    } else if (was_first) {
        start_from_mark(syslog);
    } else if (!was_on) {
        syslog->done = journal_last_told(syslog->journal);
        mark(syslog);
    } else if (syslog->state != STARTING) {
        halt(syslog);
        read_next(syslog);
    }
}

void syslog_use_zone(struct syslog *syslog, int offset_min)
{
    syslog->offset_min = offset_min;
}

void syslog_network_changed(struct syslog *syslog)
{
    if (syslog->state != WAITING)
        return;
    timer_stop(&syslog->retry);
    read_next(syslog);
}

int syslog_new(struct journal *journal, struct worker *names, struct syslog **ret_syslog)
{
    struct syslog *syslog = calloc(1, sizeof(*syslog));
    int err;

    if (!syslog)
        return ENOMEM;
    syslog->journal = journal;
    syslog->names = names;
    syslog->is_first_use = true;
    syslog->settings = syslog_settings_default;
    err = journal_listen(journal, on_told, syslog);
    if (err)
        free(syslog);
    else
        *ret_syslog = syslog;
    return err;
}

struct syslog *syslog_free(struct syslog *syslog)
{
    if (!syslog)
        return NULL;
    halt(syslog);
    journal_unlisten(syslog->journal, on_told, syslog);
    free(syslog);
    return NULL;
}
