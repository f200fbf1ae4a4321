/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"

/* In memory of exactly its size, so that a sanitizer sees every byte beyond it. */
static char *copy_of(const char *text, size_t len)
{
    char *data = malloc(len + 1);

    assert_non_null(data);
    memcpy(data, text, len);
    return data;
}

static void check_good(const char *text, int status, const char *body)
{
    struct answer answer;
    char *data = copy_of(text, strlen(text));

    if (answer_parse(data, strlen(text), &answer))
        fail_msg("refused: %s", text);
    assert_int_equal(answer.status, status);
    assert_int_equal(answer.body_len, strlen(body));
    assert_string_equal(answer.body, body);
    free(data);
}

static void check_bad(const char *text, size_t len)
{
    struct answer answer;
    char *data = copy_of(text, len);

    if (answer_parse(data, len, &answer) != EBADMSG)
        fail_msg("taken: %s", text);
    free(data);
}

static void test_body_of_each_framing(void **state)
{
    (void)state;
    check_good("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "{}");
    check_good("HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\n{}and more", 200, "{}");
    check_good("HTTP/1.0 404 Not Found\r\n\r\n{\"a\":1}\r\n", 404, "{\"a\":1}\r\n");
    check_good("HTTP/1.1 204\nX: y\n\n", 204, "");
    check_good("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
               "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
               200, "abc0123456789");
    check_good("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n", 200, "");
}

static const char *const bad[] = {
    "",
    "\r\n\r\n",
    "hello",
    "HTTP/1.1 200 OK",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
    "HTTP/1.1 99 OK\r\n\r\n",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1 20x OK\r\n\r\n",
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\nabc\r\n0\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc\r\n0\r\n",
};

static void test_garbage(void **state)
{
    static const char with_nul[] = "HTTP/1.1 200 OK\r\nA: \0b\r\n\r\n";

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        check_bad(bad[i], strlen(bad[i]));
    check_bad(with_nul, sizeof(with_nul) - 1);
}

/* Wherever a good one is cut off: no answer, or not more than was there. */
static void test_cut_off_anywhere(void **state)
{
    static const char whole[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                "5\r\nhello\r\n2\r\n, \r\n5\r\nworld\r\n0\r\n";

    (void)state;
    for (size_t len = 0; len < sizeof(whole) - 1; len++)
        check_bad(whole, len);
    check_good(whole, 200, "hello, world");
}

static void test_longest(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n";
    size_t len = sizeof(head) - 1 + ANSWER_MAX_BYTES;
    char *data = malloc(len + 1);
    struct answer answer;

    (void)state;
    assert_non_null(data);
    memset(data, 'x', len);
    memcpy(data, head, sizeof(head) - 1);
    assert_int_equal(answer_parse(data, len, &answer), 0);
    assert_int_equal(answer.body_len, ANSWER_MAX_BYTES);
    memset(data, 'x', len);
    memcpy(data, head, sizeof(head) - 1);
    assert_int_equal(answer_parse(data, len - 1, &answer), EBADMSG);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_of_each_framing),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_cut_off_anywhere),
        cmocka_unit_test(test_longest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
