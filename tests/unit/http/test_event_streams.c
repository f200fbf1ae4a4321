/* SPDX-License-Identifier: MIT */
/* Journal, server and tokens are played here; a client reads when the test says so. */
#include "test.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timer.h"
#include "fake_clock.h"
#include "http/auth.h"
#include "http/event_streams.h"
#include "http/request.h"
#include "http/response.h"
#include "journal/journal.h"

enum { TEXT_SIZE = 256 * 1024, CLIENTS = EVENT_STREAMS_MAX + 2, PAGE = 50 };

struct request {
    response_read_fn *read;
    response_gone_fn *gone;
    void *arg;
    bool is_paused, is_over, is_cut, is_left, has_token, is_deaf;
    char text[TEXT_SIZE];
    size_t len;
};

struct response {
    struct request *of;
};

static struct {
    struct event_streams *streams;
    journal_fn *told;
    void *told_arg;
    int64_t last_told, last; /* told; there */
    struct journal_query query;
    journal_page_fn *page;
    void *page_arg;
    int query_err;
    struct response response;
    struct request clients[CLIENTS];
    unsigned n_clients;
} test;

/* ---- what the streams call ---- */

int journal_listen(struct journal *journal, journal_fn *fn, void *arg)
{
    (void)journal;
    test.told = fn;
    test.told_arg = arg;
    return 0;
}

void journal_unlisten(struct journal *journal, journal_fn *fn, void *arg)
{
    (void)journal;
    assert_ptr_equal(fn, test.told);
    assert_ptr_equal(arg, test.told_arg);
    test.told = NULL;
}

int64_t journal_last_told(const struct journal *journal)
{
    (void)journal;
    return test.last_told;
}

void journal_filter_init(struct journal_filter *filter)
{
    *filter = (struct journal_filter){.to_ms = INT64_MAX, .up_to = INT64_MAX};
}

int journal_query(struct journal *journal, const struct journal_query *query, journal_page_fn *fn,
                  void *arg)
{
    (void)journal;
    assert_null(test.page); /* one at a time */
    if (test.query_err)
        return test.query_err;
    test.query = *query;
    test.page = fn;
    test.page_arg = arg;
    return 0;
}

bool auth_has_token(struct auth *auth, const struct request *request)
{
    (void)auth;
    return request->has_token;
}

struct response *response_stream(response_read_fn *read, response_gone_fn *gone, void *arg)
{
    test.response.of = &test.clients[test.n_clients];
    test.response.of->read = read;
    test.response.of->gone = gone;
    test.response.of->arg = arg;
    return &test.response;
}

void response_header(struct response *response, const char *name, const char *value)
{
    (void)response;
    (void)name;
    (void)value;
}

static void leave(struct request *client)
{
    if (client->is_over)
        return;
    client->is_over = true;
    client->gone(client->arg);
}

static void pump(struct request *client)
{
    while (!client->is_paused && !client->is_over && !client->is_deaf) {
        ssize_t n = client->read(client->text + client->len, 1000, client->arg);

        if (n == RESPONSE_END)
            leave(client);
        else
            client->len += (size_t)n;
        client->text[client->len] = '\0';
    }
}

void request_answer_stream(struct request *request, unsigned status, struct response *response)
{
    assert_int_equal(status, 200);
    assert_ptr_equal(response->of, request);
    pump(request);
}

ssize_t request_pause(struct request *request)
{
    request->is_paused = true;
    return 0;
}

void request_wake(struct request *request)
{
    if (!request->is_paused)
        return;
    request->is_paused = false;
    pump(request);
}

void request_cut(struct request *request)
{
    request->is_cut = true;
}

bool request_is_left(const struct request *request)
{
    return request->is_left;
}

/* ---- the test's hands ---- */

static struct request *come(int64_t after)
{
    struct request *client = &test.clients[test.n_clients];

    client->has_token = true;
    assert_int_equal(event_streams_add(test.streams, client, after), 0);
    test.n_clients++;
    return client;
}

static struct entry *entry_of(int64_t number, const char *name, const char *text)
{
    const struct entry_parts parts = {number, number * 1000, name, "info", "low", text, "{}"};
    struct entry *entry = NULL;

    assert_int_equal(entry_new(&parts, &entry), 0);
    return entry;
}

static void tell_named(const char *name, const char *text)
{
    struct entry *entry = entry_of(++test.last_told, name, text);

    test.told(entry, true, test.told_arg);
    entry_free(entry);
}

static void tell(unsigned n)
{
    while (n--)
        tell_named("call_ended", "");
}

/* The journal answers. */
static void answer_query(void)
{
    struct journal_page page = {.n = 0};
    journal_page_fn *fn = test.page;

    assert_non_null(fn);
    assert_false(test.query.is_newest_first);
    for (int64_t i = test.query.filter.after + 1;
         i <= test.query.filter.up_to && page.n < test.query.limit; i++) {
        page.is_stored[page.n] = i % 2;
        page.entries[page.n++] = entry_of(i, "call_ended", "kept");
    }
    test.page = NULL;
    fn(&page, test.page_arg);
    for (unsigned i = 0; i < page.n; i++)
        entry_free((struct entry *)(uintptr_t)page.entries[i]);
}

/* Its ids are first to last, each once. */
static void check_ids(const struct request *client, int64_t first, int64_t last)
{
    const char *at = client->text;

    for (int64_t i = first; i <= last; i++) {
        at = strstr(at, "id: ");
        assert_non_null(at);
        assert_int_equal(strtoll(at + 4, NULL, 10), i);
        at += 4;
    }
    assert_null(strstr(at, "id: "));
}

static int setup(void **state)
{
    (void)state;
    memset(&test, 0, sizeof(test));
    test.last_told = 100;
    assert_int_equal(event_streams_new(NULL, NULL, &test.streams), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test.streams = event_streams_free(test.streams);
    assert_null(test.told);
    for (unsigned i = 0; i < test.n_clients; i++)
        leave(&test.clients[i]);
    if (test.page)
        answer_query();
    return 0;
}

/* ---- tests ---- */

static void test_live_at_once(void **state)
{
    struct request *client = come(INT64_MAX);

    (void)state;
    assert_null(test.page);
    assert_string_equal(client->text, "retry: 2000\n\n");
    client->len = 0;
    tell_named("incoming_call", "from \"101\"");
    assert_string_equal(
        client->text,
        "id: 101\nevent: incoming_call\ndata: {\"timestamp\":101000,\"category\":\"info\","
        "\"priority\":\"low\",\"name\":{\"key\":\"incoming_call\",\"text\":\"Incoming call\"},"
        "\"info\":{\"text\":\"from "
        "\\\"101\\\"\",\"model\":{}},\"number\":101,\"stored\":true}\n\n");
}

/* What is told while pages are on their way comes with them, and once. */
static void test_replay_then_live_without_gap_or_double(void **state)
{
    struct request *client = come(30);

    (void)state;
    answer_query();
    check_ids(client, 31, 80);
    tell(3);
    answer_query();
    check_ids(client, 31, 100); /* up to what was told when it was asked for */
    answer_query();
    check_ids(client, 31, 103);
    tell(2);
    assert_null(test.page);
    check_ids(client, 31, 105);
    assert_non_null(strstr(client->text, "\"number\":32,\"stored\":false"));
    assert_non_null(strstr(client->text, "\"number\":33,\"stored\":true"));
}

static void test_told_after_the_question_is_asked_for_again(void **state)
{
    struct request *client = come(98);

    (void)state;
    tell(5); /* the question was up to 100 */
    answer_query();
    check_ids(client, 99, 100);
    tell(1);
    answer_query();
    check_ids(client, 99, 105);
    answer_query();
    check_ids(client, 99, 106);
    tell(1);
    check_ids(client, 99, 107);
}

/* Old events are gone: the page ends before the number asked for, and nothing hangs. */
static void test_nothing_kept_is_live(void **state)
{
    struct request *client = come(10);
    struct journal_page none = {.n = 0};
    journal_page_fn *fn = test.page;

    (void)state;
    test.page = NULL;
    fn(&none, test.page_arg);
    tell(1);
    check_ids(client, 101, 101);
}

static void test_without_a_journal_it_ends(void **state)
{
    struct request *client = &test.clients[0];

    (void)state;
    test.query_err = EBUSY;
    client->has_token = true;
    assert_int_equal(event_streams_add(test.streams, client, 1), 0);
    test.n_clients = 1;
    assert_true(client->is_over);
}

/* Memory is bounded: who does not read is cut, the others go on. */
static void test_a_slow_reader_is_cut(void **state)
{
    struct request *slow = come(INT64_MAX), *good = come(INT64_MAX);
    char text[ENTRY_MAX_TEXT + 1];
    unsigned n = 0;

    (void)state;
    memset(text, '"', ENTRY_MAX_TEXT);
    text[ENTRY_MAX_TEXT] = '\0';
    slow->is_deaf = true;
    while (!slow->is_cut && n < 1000) {
        tell_named("call_ended", text);
        n++;
    }
    assert_true(slow->is_cut);
    assert_true(n > EVENT_STREAMS_MAX_BYTES / 1200 && n < EVENT_STREAMS_MAX_BYTES / 800);
    check_ids(good, 101, 100 + n);
    tell(1); /* nothing more for the one that was cut */
    leave(slow);
    tell(1);
    check_ids(good, 101, 102 + n);
}

/* A slow one in its replay is only sent what it takes. */
static void test_a_slow_reader_s_replay_waits(void **state)
{
    struct request *client = come(10);

    (void)state;
    client->is_deaf = true;
    client->is_paused = false;
    answer_query();
    assert_null(test.page);
    tell(5);
    assert_false(client->is_cut);
    client->is_deaf = false;
    pump(client);
    answer_query();
    check_ids(client, 11, 105);
}

static void test_so_many_and_no_more(void **state)
{
    struct request *more = &test.clients[EVENT_STREAMS_MAX];

    (void)state;
    for (unsigned i = 0; i < EVENT_STREAMS_MAX; i++)
        (void)come(INT64_MAX);
    assert_int_equal(event_streams_add(test.streams, more, INT64_MAX), EBUSY);
    test.clients[3].is_left = true; /* nobody has told us */
    (void)come(INT64_MAX);
    assert_true(test.clients[3].is_cut);
    leave(&test.clients[3]);
    assert_int_equal(event_streams_add(test.streams, &test.clients[17], INT64_MAX), EBUSY);
    leave(&test.clients[5]);
    (void)come(INT64_MAX);
    tell(1);
    check_ids(&test.clients[0], 101, 101);
    check_ids(&test.clients[17], 101, 101);
}

static void beat(void)
{
    fake_clock_advance_ms(EVENT_STREAMS_BEAT_MS);
    timer_run_due();
}

static void test_a_beat_and_who_is_still_known(void **state)
{
    struct request *token = come(INT64_MAX), *basic = &test.clients[1];

    (void)state;
    assert_int_equal(event_streams_add(test.streams, basic, INT64_MAX), 0);
    test.n_clients++;
    beat();
    assert_string_equal(token->text, "retry: 2000\n\n:\n\n");
    assert_string_equal(basic->text, "retry: 2000\n\n:\n\n");
    token->has_token = false; /* logged out, or too old */
    beat();
    assert_true(token->is_over);
    assert_false(basic->is_over);
    beat();
    assert_string_equal(basic->text, "retry: 2000\n\n:\n\n:\n\n:\n\n");
}

static void test_a_new_password_ends_all(void **state)
{
    struct request *live = come(INT64_MAX), *replay = come(1);

    (void)state;
    tell_named("password_changed", "");
    check_ids(live, 101, 101);
    assert_true(live->is_over);
    assert_true(replay->is_over);
}

static void test_the_end_ends_all(void **state)
{
    struct request *live = come(INT64_MAX), *replay = come(1);

    (void)state;
    test.streams = event_streams_free(test.streams);
    assert_true(live->is_over);
    assert_true(replay->is_over);
    answer_query(); /* of one that is gone */
    assert_string_equal(replay->text, "retry: 2000\n\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_live_at_once),
        TEST(test_replay_then_live_without_gap_or_double),
        TEST(test_told_after_the_question_is_asked_for_again),
        TEST(test_nothing_kept_is_live),
        TEST(test_without_a_journal_it_ends),
        TEST(test_a_slow_reader_is_cut),
        TEST(test_a_slow_reader_s_replay_waits),
        TEST(test_so_many_and_no_more),
        TEST(test_a_beat_and_who_is_still_known),
        TEST(test_a_new_password_ends_all),
        TEST(test_the_end_ends_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
