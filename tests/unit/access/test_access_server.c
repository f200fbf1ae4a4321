/* SPDX-License-Identifier: MIT */
/* HTTP is played here; the clock is moved by hand. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "access/access_server.h"
#include "access/http_post.h"
#include "access/scan.h"
#include "base/hand_clock.h"
#include "base/timer.h"

enum { POSTS = 16 };

struct http_post {
    http_post_done_fn *done;
    void *arg;
    bool is_ended;
    char url[100], body[200];
};

static struct http_post posts[POSTS];
static unsigned n_posts;
static int start_err;
static char told[400];
static struct access_server *server;

int http_poster_new(char why[HTTP_POST_MAX_WHY], struct http_poster **ret_poster)
{
    (void)why;
    *ret_poster = (struct http_poster *)(void *)&n_posts;
    return 0;
}

struct http_poster *http_poster_free(struct http_poster *poster)
{
    (void)poster;
    return NULL;
}

int http_post_start(struct http_poster *poster, const struct http_post_request *request,
                    http_post_done_fn *done, void *arg, struct http_post **ret_post)
{
    struct http_post *post = &posts[n_posts];

    (void)poster;
    if (start_err)
        return start_err;
    n_posts++;
    post->done = done;
    post->arg = arg;
    (void)snprintf(post->url, sizeof(post->url), "%s", request->url);
    (void)snprintf(post->body, sizeof(post->body), "%s", request->body);
    *ret_post = post;
    return 0;
}

struct http_post *http_post_end(struct http_post *post)
{
    if (post)
        post->is_ended = true;
    return NULL;
}

static void on_answer(const struct scan *scan, const struct server_answer *answer, const char *why,
                      void *arg)
{
    size_t len = strlen(told);

    (void)arg;
    (void)snprintf(told + len, sizeof(told) - len, "%s %d %d %u %s;", scan->number,
                   answer->is_handled, answer->is_granted, answer->lock, why ? why : "-");
}

static int ask(enum identifier_type type, const char *number)
{
    struct scan scan;

    assert_null(scan_read(type, number, &scan));
    return access_server_ask(server, &scan, on_answer, NULL);
}

static void answer(unsigned i, int err, unsigned status, const char *body)
{
    posts[i].done(err, status, body, strlen(body), "connection refused", posts[i].arg);
}

static void advance(uint64_t ms)
{
    hand_clock_advance_ms(ms);
    timer_run_due();
}

static int setup(void **state)
{
    (void)state;
    hand_clock_stand();
    memset(posts, 0, sizeof(posts));
    n_posts = 0;
    start_err = 0;
    told[0] = '\0';
    assert_int_equal(access_server_new(&server), 0);
    assert_int_equal(ask(IDENTIFIER_CARD, "1"), ENOENT); /* which server? */
    assert_int_equal(access_server_use(server, "host/x?secret", ""), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    server = access_server_free(server);
    return 0;
}

static void test_asks_and_hears(void **state)
{
    (void)state;
    assert_int_equal(ask(IDENTIFIER_CODE, "0815"), 0);
    assert_string_equal(posts[0].url, "host/x?secret");
    assert_string_equal(posts[0].body,
                        "{\"identifier_number\":\"0815\",\"identifier_type\":\"input_code\"}");
    assert_int_equal(access_server_count(server), 1);
    answer(0, 0, 200, "{\"handled\":true,\"access\":{\"granted\":true,\"lock_number\":2}}");
    assert_int_equal(access_server_count(server), 0);
    assert_int_equal(ask(IDENTIFIER_CARD, "18446744073709551615"), 0);
    assert_string_equal(posts[1].body, "{\"identifier_number\":\"FF:FF:FF:FF:FF:FF:FF:FF\","
                                       "\"identifier_type\":\"card\"}");
    answer(1, EIO, 0, "");
    assert_string_equal(told, "0815 1 1 2 -;18446744073709551615 0 0 0 connection refused;");
    advance(20000);
    assert_string_equal(told, "0815 1 1 2 -;18446744073709551615 0 0 0 connection refused;");
}

static void test_waits_ten_seconds(void **state)
{
    (void)state;
    assert_int_equal(ask(IDENTIFIER_CARD, "7"), 0);
    advance(ACCESS_SERVER_LIMIT_MS - 1);
    assert_string_equal(told, "");
    advance(1);
    assert_string_equal(told, "7 0 0 0 no answer within 10 s;");
    assert_true(posts[0].is_ended);
    assert_int_equal(ask(IDENTIFIER_CARD, "7"), 0); /* may be asked again */
}

static void test_four_at_once(void **state)
{
    (void)state;
    assert_int_equal(ask(IDENTIFIER_CARD, "1"), 0);
    assert_int_equal(ask(IDENTIFIER_CARD, "00:00:00:01"), EALREADY);
    assert_int_equal(ask(IDENTIFIER_CODE, "1"), 0); /* something else */
    assert_int_equal(ask(IDENTIFIER_CARD, "2"), 0);
    assert_int_equal(ask(IDENTIFIER_CARD, "3"), 0);
    assert_int_equal(ask(IDENTIFIER_CARD, "4"), EBUSY);
    assert_int_equal(ask(IDENTIFIER_CARD, "3"), EALREADY);
    answer(2, 0, 200, "{\"handled\":false}");
    assert_int_equal(ask(IDENTIFIER_CARD, "4"), 0);
    assert_int_equal(access_server_count(server), ACCESS_SERVER_MAX_QUESTIONS);
}

static void test_cannot_be_sent(void **state)
{
    (void)state;
    start_err = ENOMEM;
    assert_int_equal(ask(IDENTIFIER_CARD, "1"), ENOMEM);
    assert_int_equal(access_server_count(server), 0);
    start_err = 0;
    assert_int_equal(ask(IDENTIFIER_CARD, "1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_asks_and_hears, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits_ten_seconds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_four_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cannot_be_sent, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
