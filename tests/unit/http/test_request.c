/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "http/request_impl.h"

/* server.c is not part of this test. */
static struct request *resumed;

void server_resume(struct server *server, struct request *request)
{
    (void)server;
    resumed = request;
}

static struct server *const some_server = (struct server *)(void *)&resumed;

static void test_body_is_kept_up_to_64_kib(void **state)
{
    struct request request = {.server = some_server};
    char *part = malloc(REQUEST_MAX_BODY);
    size_t len;

    (void)state;
    assert_non_null(part);
    assert_string_equal(request_body(&request, &len), "");
    assert_int_equal(len, 0);
    memset(part, 'x', REQUEST_MAX_BODY);
    assert_int_equal(request_add_body(&request, "ab", 2), 0);
    assert_string_equal(request_body(&request, &len), "ab");
    assert_int_equal(request_add_body(&request, part, REQUEST_MAX_BODY - 2), 0);
    assert_int_equal(strlen(request_body(&request, &len)), REQUEST_MAX_BODY);
    assert_int_equal(len, REQUEST_MAX_BODY);
    assert_memory_equal(request_body(&request, &len), "abx", 3);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(request_add_body(&request, part, REQUEST_MAX_BODY), 0);
    assert_int_equal(request.received, 101UL * REQUEST_MAX_BODY);
    (void)request_body(&request, &len);
    assert_int_equal(len, REQUEST_MAX_BODY);
    request_clear(&request);
    assert_string_equal(request_body(&request, &len), "");
    free(part);
}

static void test_body_grows_byte_by_byte(void **state)
{
    struct request request = {.server = some_server};
    size_t len;

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        char c = (char)('a' + i % 26);

        assert_int_equal(request_add_body(&request, &c, 1), 0);
    }
    assert_int_equal(strlen(request_body(&request, &len)), 5000);
    for (unsigned i = 0; i < 5000; i++)
        assert_int_equal(request_body(&request, &len)[i], 'a' + (int)i % 26);
    request_clear(&request);
}

static void test_answer_resumes_only_who_is_suspended(void **state)
{
    struct request request = {.server = some_server};

    (void)state;
    resumed = NULL;
    request_answer_json(&request, 200, "{}");
    assert_null(resumed);
    assert_true(request.is_answered);
    assert_non_null(request.response);
    request_clear(&request);
    request.is_suspended = true;
    request_answer_error(&request, 400, "a \"quoted\" reason");
    assert_ptr_equal(resumed, &request);
    assert_int_equal(request.status, 400);
    request_clear(&request);
    request_answer_object(&request, 200, NULL);
    assert_null(request.response);
}

/* Leaks would be told by the sanitizer. */
static void test_answer_to_an_orphan_frees_it(void **state)
{
    struct request *request = calloc(1, sizeof(*request));

    (void)state;
    assert_non_null(request);
    assert_true(request_is_orphan(request));
    assert_null(request_header(request, "Host"));
    assert_null(request_query(request, "x"));
    assert_int_equal(request_add_body(request, "secret", 6), 0);
    request_answer_json(request, 200, "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_is_kept_up_to_64_kib),
        cmocka_unit_test(test_body_grows_byte_by_byte),
        cmocka_unit_test(test_answer_resumes_only_who_is_suspended),
        cmocka_unit_test(test_answer_to_an_orphan_frees_it),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
