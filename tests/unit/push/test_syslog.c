/* SPDX-License-Identifier: MIT */
/* What is sent when: with a journal and a receiver that are played here. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/hand_clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "journal/journal.h"
#include "push/delivery.h"
#include "push/syslog.h"

enum { MAX_EVENTS = 300, MAX_SENT = 300 };

struct journal {
    int unused;
};

struct delivery {
    struct delivery_config config;
};

static struct journal journal;
static struct syslog *syslog_;
static struct syslog_settings settings;

/* The journal. */
static struct entry *entries[MAX_EVENTS];
static unsigned n_entries;
static int64_t last_number, stored_mark;
static journal_fn *told_fn;
static void *told_arg;
static int query_err, page_err, mark_err, mark_call_err;
static struct {
    journal_page_fn *fn;
    void *arg;
    struct journal_query query;
} pending_query;
static struct {
    mark_fn *fn;
    void *arg;
    int64_t value;
    bool is_read;
} pending_marks[4];
static unsigned n_pending_marks;

/* The receiver. */
static struct delivery *on_its_way;
static int delivery_err;
static unsigned n_deliveries;
static char sent[MAX_SENT][120]; /* the message of each that was taken */
static unsigned n_sent;

/* ---- the journal ---- */

int journal_listen(struct journal *of, journal_fn *fn, void *arg)
{
    assert_ptr_equal(of, &journal);
    told_fn = fn;
    told_arg = arg;
    return 0;
}

void journal_unlisten(struct journal *of, journal_fn *fn, void *arg)
{
    (void)of;
    assert_ptr_equal(fn, told_fn);
    assert_ptr_equal(arg, told_arg);
    told_fn = NULL;
}

int64_t journal_last_told(const struct journal *of)
{
    (void)of;
    return last_number;
}

void journal_filter_init(struct journal_filter *filter)
{
    *filter = (struct journal_filter){.to_ms = INT64_MAX, .up_to = INT64_MAX};
}

int journal_query(struct journal *of, const struct journal_query *query, journal_page_fn *fn,
                  void *arg)
{
    (void)of;
    assert_null(pending_query.fn);
    assert_false(query->is_newest_first);
    if (query_err)
        return query_err;
    pending_query.fn = fn;
    pending_query.arg = arg;
    pending_query.query = *query;
    return 0;
}

static int ask_mark(const char *name, mark_fn *fn, void *arg, int64_t value, bool is_read)
{
    assert_string_equal(name, SYSLOG_MARK);
    if (mark_call_err)
        return mark_call_err;
    assert_true(n_pending_marks < 4);
    pending_marks[n_pending_marks].fn = fn;
    pending_marks[n_pending_marks].arg = arg;
    pending_marks[n_pending_marks].value = value;
    pending_marks[n_pending_marks++].is_read = is_read;
    return 0;
}

int journal_read_mark(struct journal *of, const char *name, mark_fn *fn, void *arg)
{
    (void)of;
    return ask_mark(name, fn, arg, 0, true);
}

int journal_write_mark(struct journal *of, const char *name, int64_t value, mark_fn *fn, void *arg)
{
    (void)of;
    return ask_mark(name, fn, arg, value, false);
}

static void answer_page(void)
{
    struct journal_page page = {.err = page_err};
    journal_page_fn *fn = pending_query.fn;

    for (unsigned i = 0; i < n_entries && page.n < pending_query.query.limit; i++) {
        if (entries[i] && entries[i]->number > pending_query.query.filter.after &&
            entries[i]->number <= pending_query.query.filter.up_to)
            page.entries[page.n++] = entries[i];
    }
    pending_query.fn = NULL;
    fn(&page, pending_query.arg);
}

static void answer_mark(void)
{
    mark_fn *fn = pending_marks[0].fn;
    void *arg = pending_marks[0].arg;
    int64_t value = pending_marks[0].value;

    if (pending_marks[0].is_read)
        value = stored_mark;
    else if (!mark_err)
        stored_mark = value;
    n_pending_marks--;
    memmove(pending_marks, pending_marks + 1, n_pending_marks * sizeof(pending_marks[0]));
    fn(mark_err, value, arg);
}

/* The journal's worker has done all there is. */
static void settle(void)
{
    while (pending_query.fn || n_pending_marks) {
        if (n_pending_marks)
            answer_mark();
        else
            answer_page();
    }
}

/* ---- the receiver ---- */

int delivery_start(const struct delivery_config *config, struct delivery **ret_delivery)
{
    assert_null(on_its_way); /* one at a time */
    assert_false(pending_query.fn || n_pending_marks);
    if (delivery_err)
        return delivery_err;
    on_its_way = calloc(1, sizeof(*on_its_way));
    on_its_way->config = *config;
    n_deliveries++;
    *ret_delivery = on_its_way;
    return 0;
}

struct delivery *delivery_free(struct delivery *delivery)
{
    if (!delivery)
        return NULL;
    assert_ptr_equal(delivery, on_its_way);
    on_its_way = NULL;
    free(delivery);
    return NULL;
}

static void end_delivery(enum delivery_outcome outcome)
{
    const struct delivery_config config = on_its_way->config;
    char line[DELIVERY_MAX_MESSAGE] = "";
    bool is_taken = outcome == DELIVERY_TAKEN || outcome == DELIVERY_SILENT;
    size_t len = config.write("192.0.2.7", line, config.arg);

    assert_int_equal(len, strlen(line));
    if (is_taken)
        (void)snprintf(sent[n_sent++], sizeof(sent[0]), "%s", strstr(line, "EVENT:"));
    config.done(outcome, "said the test", config.arg);
    settle();
}

/* The receiver takes all that comes. */
static void take_all(void)
{
    settle();
    while (on_its_way)
        end_delivery(DELIVERY_TAKEN);
}

/* ---- time and events ---- */

static void pass(uint64_t ms)
{
    hand_clock_advance_ms(ms);
    timer_run_due();
    settle();
}

static void happen_kind(enum event_kind kind, const char *lock)
{
    const struct event_field field = {"lock", lock};
    const struct event event = {.kind = kind, .text = "", .fields = &field, .n_fields = 1};

    assert_int_equal(entry_from_event(&event, &entries[n_entries]), 0);
    entries[n_entries]->number = ++last_number;
    n_entries++;
    if (told_fn)
        told_fn(entries[n_entries - 1], true, told_arg);
}

/* A lock closes; its number tells the events apart. */
static void happen(unsigned number)
{
    char text[12];

    (void)snprintf(text, sizeof(text), "%u", number);
    happen_kind(EVENT_LOCK_CLOSED, text);
}

static void check_sent(unsigned from, unsigned to)
{
    char want[100];

    assert_int_equal(n_sent, to - from + 1);
    for (unsigned i = 0; i < n_sent; i++) {
        (void)snprintf(want, sizeof(want), "EVENT:913:%u:Lock %u closed", from + i, from + i);
        assert_string_equal(sent[i], want);
    }
}

static void begin(void)
{
    assert_int_equal(syslog_new(&journal, NULL, &syslog_), 0);
}

static int setup(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    settings = syslog_settings_default;
    settings.is_enabled = true;
    (void)snprintf(settings.server, sizeof(settings.server), "192.0.2.1");
    n_entries = n_sent = n_deliveries = n_pending_marks = 0;
    last_number = stored_mark = 0;
    query_err = page_err = mark_err = mark_call_err = delivery_err = 0;
    memset(&pending_query, 0, sizeof(pending_query));
    begin();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    syslog_ = syslog_free(syslog_);
    settle(); /* late answers find nobody */
    assert_null(on_its_way);
    for (unsigned i = 0; i < n_entries; i++)
        entries[i] = entry_free(entries[i]);
    return 0;
}

static void test_one_after_the_other(void **state)
{
    (void)state;
    happen(1); /* before: nobody is told */
    syslog_use(syslog_, &settings);
    take_all();
    for (unsigned i = 2; i <= 9; i++)
        happen(i);
    take_all();
    check_sent(2, 9);
    assert_int_equal(stored_mark, 9);
    happen(10);
    take_all();
    check_sent(2, 10);
}

/* The next goes out when it is noted that the one before was taken. */
static void test_noted_before_the_next(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    happen(1);
    happen(2);
    answer_page();
    on_its_way->config.done(DELIVERY_TAKEN, "", on_its_way->config.arg);
    assert_null(on_its_way);
    assert_int_equal(n_pending_marks, 1);
    assert_int_equal(pending_marks[0].value, 1);
    settle();
    assert_non_null(on_its_way);
}

static void test_a_restart_goes_on(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    for (unsigned i = 1; i <= 6; i++)
        happen(i);
    settle();
    end_delivery(DELIVERY_TAKEN);
    end_delivery(DELIVERY_TAKEN);
    syslog_ = syslog_free(syslog_); /* the third is on its way */
    settle();
    begin();
    happen(7);
    syslog_use(syslog_, &settings);
    happen(8);
    take_all();
    check_sent(1, 8);
}

static void test_a_mark_of_another_log(void **state)
{
    (void)state;
    stored_mark = 1000;
    happen(1);
    syslog_use(syslog_, &settings);
    take_all();
    happen(2);
    take_all();
    check_sent(2, 2);
}

static void test_off_and_on(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    happen(1);
    take_all();
    settings.is_enabled = false;
    syslog_use(syslog_, &settings);
    settle();
    assert_int_equal(stored_mark, 0);
    happen(2);
    settle();
    assert_null(on_its_way);
    settings.is_enabled = true;
    syslog_use(syslog_, &settings);
    settle();
    happen(3);
    take_all();
    assert_int_equal(n_sent, 2);
    assert_string_equal(sent[1], "EVENT:913:3:Lock 3 closed");
}

static void test_only_up_to_the_severity(void **state)
{
    (void)state;
    settings.severity = 1;
    syslog_use(syslog_, &settings);
    settle();
    for (unsigned i = 1; i <= 120; i++) /* more than a page */
        happen(i);
    assert_null(pending_query.fn); /* not even read */
    happen_kind(EVENT_LOCK_STUCK, "1");
    take_all();
    assert_int_equal(n_sent, 1);
    settings.severity = 7;
    syslog_use(syslog_, &settings); /* counts from now on */
    settle();
    assert_null(on_its_way);
    happen(121);
    take_all();
    assert_int_equal(n_sent, 2);
}

static void test_pages_of_what_nobody_wants(void **state)
{
    (void)state;
    stored_mark = 1;
    settings.severity = 1;
    for (unsigned i = 1; i <= 200; i++)
        happen(i);
    happen_kind(EVENT_LOCK_STUCK, "1");
    syslog_use(syslog_, &settings);
    take_all();
    assert_int_equal(n_sent, 1);
    assert_int_equal(stored_mark, 201);
}

static void test_pauses_grow(void **state)
{
    static const unsigned pauses_s[] = {1, 2, 4, 8, 16, 32, 60, 60};

    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    happen(1);
    settle();
    for (size_t i = 0; i < sizeof(pauses_s) / sizeof(pauses_s[0]); i++) {
        end_delivery(DELIVERY_FAILED);
        happen((unsigned)i + 2); /* does not shorten the pause */
        pass(pauses_s[i] * 1000 - 1);
        assert_null(on_its_way);
        pass(1);
        assert_non_null(on_its_way);
    }
    take_all();
    check_sent(1, 9);
    happen(10);
    settle();
    end_delivery(DELIVERY_NOT_NOW);
    pass(1000); /* from the start again */
    take_all();
    check_sent(1, 10);
}

static void test_the_network_ends_a_pause(void **state)
{
    (void)state;
    syslog_network_changed(syslog_); /* off: nothing */
    syslog_use(syslog_, &settings);
    settle();
    happen(1);
    settle();
    end_delivery(DELIVERY_FAILED);
    syslog_network_changed(syslog_);
    settle();
    assert_non_null(on_its_way);
    syslog_network_changed(syslog_); /* on its way: nothing */
    take_all();
    check_sent(1, 1);
}

static void test_who_never_answers_and_who_has_answered(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    happen(1);
    settle();
    assert_false(on_its_way->config.is_mute);
    end_delivery(DELIVERY_SILENT); /* has it */
    happen(2);
    settle();
    assert_true(on_its_way->config.is_mute);
    end_delivery(DELIVERY_SILENT);
    happen(3);
    settle();
    end_delivery(DELIVERY_TAKEN); /* it does answer */
    happen(4);
    settle();
    assert_false(on_its_way->config.is_mute);
    end_delivery(DELIVERY_SILENT); /* then silence is none */
    n_sent--;
    check_sent(1, 3);
    pass(1000);
    take_all();
    check_sent(1, 4);
    settings.port = 99; /* another one */
    syslog_use(syslog_, &settings);
    happen(5);
    settle();
    end_delivery(DELIVERY_SILENT);
    check_sent(1, 5);
}

static void test_a_refused_one_is_left_out(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    happen(1);
    happen(2);
    settle();
    for (unsigned i = 1; i < SYSLOG_MAX_REFUSED; i++) {
        end_delivery(DELIVERY_REFUSED);
        pass(SYSLOG_RETRY_MAX_MS);
    }
    assert_int_equal(n_deliveries, SYSLOG_MAX_REFUSED);
    end_delivery(DELIVERY_REFUSED);
    take_all();
    check_sent(2, 2);
    assert_int_equal(stored_mark, 2);
}

/* The log has made room meanwhile. */
static void test_a_gap(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    for (unsigned i = 1; i <= 9; i++)
        happen(i);
    settle();
    end_delivery(DELIVERY_REFUSED);
    for (unsigned i = 0; i < 4; i++)
        entries[i] = entry_free(entries[i]);
    pass(1000);
    take_all();
    check_sent(5, 9);
    happen(10);
    settle();
    end_delivery(DELIVERY_FAILED);
    entries[9] = entry_free(entries[9]); /* nothing is left */
    pass(2000);
    assert_null(on_its_way);
    happen(11);
    take_all();
    assert_string_equal(sent[n_sent - 1], "EVENT:913:11:Lock 11 closed");
}

static void test_the_journal_fails(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    query_err = EBUSY;
    happen(1);
    settle();
    assert_null(on_its_way);
    query_err = 0;
    page_err = EIO;
    pass(1000);
    for (unsigned i = 1; i < SYSLOG_MAX_UNREADABLE; i++) {
        assert_null(on_its_way);
        pass(SYSLOG_RETRY_MAX_MS);
    }
    pass(SYSLOG_RETRY_MAX_MS); /* what is in memory must do */
    mark_err = ENOSPC;         /* and the mark cannot be written */
    take_all();
    check_sent(1, 1);
    page_err = 0;
    mark_call_err = EBUSY;
    happen(2);
    settle();
    end_delivery(DELIVERY_TAKEN);
    mark_call_err = mark_err = 0;
    pass(1000);
    happen(3);
    take_all();
    check_sent(1, 3);
    assert_int_equal(stored_mark, 3);
}

static void test_no_memory_for_a_delivery(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settle();
    delivery_err = ENOMEM;
    happen(1);
    settle();
    delivery_err = 0;
    pass(1000);
    take_all();
    check_sent(1, 1);
}

/* Changed while the journal is asked, while something is on its way, and while it is noted. */
static void test_changes_in_between(void **state)
{
    (void)state;
    syslog_use(syslog_, &settings);
    settings.port = 1; /* while the mark is read */
    syslog_use(syslog_, &settings);
    settle();
    happen(1);
    assert_non_null(pending_query.fn);
    settings.port = 2;
    answer_page();
    assert_int_equal(on_its_way->config.port, 1);
    syslog_use(syslog_, &settings);
    settle();
    assert_int_equal(on_its_way->config.port, 2);
    syslog_use(syslog_, &settings); /* the same: nothing */
    assert_int_equal(n_deliveries, 2);
    take_all();
    check_sent(1, 1);
    happen(2);
    settle();
    on_its_way->config.done(DELIVERY_TAKEN, "", on_its_way->config.arg);
    settings.is_enabled = false;
    syslog_use(syslog_, &settings);
    settle();
    assert_int_equal(stored_mark, 0);
    assert_null(on_its_way);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_one_after_the_other),
        TEST(test_noted_before_the_next),
        TEST(test_a_restart_goes_on),
        TEST(test_a_mark_of_another_log),
        TEST(test_off_and_on),
        TEST(test_only_up_to_the_severity),
        TEST(test_pages_of_what_nobody_wants),
        TEST(test_pauses_grow),
        TEST(test_the_network_ends_a_pause),
        TEST(test_who_never_answers_and_who_has_answered),
        TEST(test_a_refused_one_is_left_out),
        TEST(test_a_gap),
        TEST(test_the_journal_fails),
        TEST(test_no_memory_for_a_delivery),
        TEST(test_changes_in_between),
    };

    hand_clock_stand();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
