/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "http/list.h"
#include "http/request.h"

/* What the query says; request.c is not part of this test. */
static const char *limit, *page_number;

const char *request_query(const struct request *request, const char *name)
{
    (void)request;
    return strcmp(name, "limit") == 0 ? limit : page_number;
}

static const struct {
    const char *limit, *page_number;
    size_t want_limit, want_page;
} cases[] = {
    {NULL, NULL, 10, 1},
    {"100", "3", 100, 3},
    {"101", "1", 100, 1},
    {"0", "0", 1, 1},
    {"-5", "-1", 10, 1},
    {"", "", 10, 1},
    {"1x", "2.0", 10, 1},
    {"99999999999999999999999", "99999999999999999999999", 100, LIST_MAX_PAGE},
};

static void test_what_is_odd_becomes_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct list_page page;

        limit = cases[i].limit;
        page_number = cases[i].page_number;
        list_page_read(NULL, &page);
        assert_int_equal(page.limit, cases[i].want_limit);
        assert_int_equal(page.page, cases[i].want_page);
        assert_int_equal(page.first, (page.page - 1) * page.limit);
    }
}

static void check_pages(size_t total, size_t want)
{
    const struct list_page page = {.limit = 10, .page = 1};
    json_t *pagination = list_pagination(&page, total);

    assert_int_equal(json_integer_value(json_object_get(pagination, "total_pages")), want);
    assert_int_equal(json_integer_value(json_object_get(pagination, "total_items")), total);
    json_decref(pagination);
}

static void test_pages_are_counted(void **state)
{
    (void)state;
    check_pages(0, 1);
    check_pages(1, 1);
    check_pages(10, 1);
    check_pages(11, 2);
}

static void test_answer(void **state)
{
    const struct list_page page = {.limit = 20, .page = 2};
    json_t *answer = list_answer(json_pack("[i]", 7), &page, 21, "id", false);
    char *text = json_dumps(answer, JSON_COMPACT);

    (void)state;
    assert_string_equal(
        text, "{\"list_items\":[7],\"list_option\":{\"pagination\":{\"total_items\":21,"
              "\"items_limit\":20,\"total_pages\":2,\"current_page\":2},\"sort\":{\"field\":\"id\","
              "\"asc\":false,\"available_fields\":[\"id\"]}}}");
    free(text);
    json_decref(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_odd_becomes_good),
        cmocka_unit_test(test_pages_are_counted),
        cmocka_unit_test(test_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
