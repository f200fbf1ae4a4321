/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <string.h>

#include "http/route.h"

static void first(struct api *api, struct request *request)
{
    (void)api;
    (void)request;
}

static const struct route routes[] = {
    {METHOD_GET, "/api/info", ROUTE_OPEN, ROUTE_READS, first},
    {METHOD_GET, "/api/v1/lock", ROUTE_AUTH, ROUTE_READS, first},
    {METHOD_POST | METHOD_PUT, "/api/v1/lock", ROUTE_AUTH, ROUTE_CHANGES, first},
    {METHOD_GET, "/api/v1/lock/{n}/of/{n}", ROUTE_AUTH, ROUTE_CHANGES, first},
    {METHOD_DELETE, "/api/v1/items/{n}", ROUTE_AUTH, ROUTE_CHANGES, first},
    {METHOD_GET, "/api/own/v1/x", ROUTE_AUTH, ROUTE_READS, first},
};

static const struct {
    enum method method;
    const char *path;
    int row; /* -1: none */
    const char *allow;
} cases[] = {
    {METHOD_GET, "/api/info", 0, "GET, HEAD"},
    {METHOD_HEAD, "/api/info", 0, "GET, HEAD"},
    {METHOD_POST, "/api/info", -1, "GET, HEAD"},
    {METHOD_GET, "/api/v1/lock", 1, "GET, HEAD, POST, PUT"},
    {METHOD_HEAD, "/api/v0/lock", 1, "GET, HEAD, POST, PUT"},
    {METHOD_POST, "/api/v0/lock", 2, "GET, HEAD, POST, PUT"},
    {METHOD_PUT, "/api/v1/lock", 2, "GET, HEAD, POST, PUT"},
    {METHOD_DELETE, "/api/v1/lock", -1, "GET, HEAD, POST, PUT"},
    {METHOD_OTHER, "/api/v1/lock", -1, "GET, HEAD, POST, PUT"},
    {METHOD_GET, "/api/v1/lock/1/of/999999999", 3, "GET"},
    {METHOD_HEAD, "/api/v1/lock/1/of/2", -1, "GET"}, /* it would act */
    {METHOD_GET, "/api/v1/lock/1/of/1000000000", -1, ""},
    {METHOD_GET, "/api/v1/lock/1/of/4294967297", -1, ""}, /* 2^32 + 1 is not lock 1 */
    {METHOD_GET, "/api/v1/lock/1/of/99999999999999999999", -1, ""},
    {METHOD_GET, "/api/v1/lock//of/1", -1, ""},
    {METHOD_GET, "/api/v1/lock/a/of/1", -1, ""},
    {METHOD_GET, "/api/v1/lock/-1/of/1", -1, ""},
    {METHOD_GET, "/api/v1/lock/1/of/1/", -1, ""},
    {METHOD_DELETE, "/api/v0/items/7", 4, "DELETE"},
    {METHOD_HEAD, "/api/v0/items/7", -1, "DELETE"},
    {METHOD_GET, "/api/own/v1/x", 5, "GET, HEAD"},
    {METHOD_GET, "/api/own/v0/x", -1, ""},
    {METHOD_GET, "/api/v0/info", -1, ""},
    {METHOD_GET, "/api/v2/lock", -1, ""},
    {METHOD_GET, "/api/v1/", -1, ""},
    {METHOD_GET, "/api/v1", -1, ""},
    {METHOD_GET, "/api/v1/loc", -1, ""},
    {METHOD_GET, "/api/v1/lock/", -1, ""},
    {METHOD_GET, "/API/v1/lock", -1, ""},
    {METHOD_GET, "", -1, ""},
};

static struct route_table table;

static int set_up(void **state)
{
    (void)state;
    route_table_init(&table, routes, sizeof(routes) / sizeof(routes[0]));
    return 0;
}

static void test_each_path_finds_its_row(void **state)
{
    struct route_match match;
    char allow[ROUTE_ALLOW_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct route *want = cases[i].row < 0 ? NULL : &routes[cases[i].row];

        route_find(&table, cases[i].method, cases[i].path, &match);
        route_allow_text(match.methods, allow);
        if (match.route != want || strcmp(allow, cases[i].allow) != 0)
            fail_msg("row %zu: %s allows %s", i, cases[i].path, allow);
    }
}

static void test_numbers_and_openness_are_told(void **state)
{
    struct route_match match;

    (void)state;
    route_find(&table, METHOD_GET, "/api/v0/lock/12/of/034", &match);
    assert_int_equal(match.numbers[0], 12);
    assert_int_equal(match.numbers[1], 34);
    assert_false(match.is_open);
    route_find(&table, METHOD_PUT, "/api/info", &match);
    assert_true(match.is_open);
    route_find(&table, METHOD_GET, "/api/nothing", &match);
    assert_false(match.is_open);
}

static void test_the_longest_path_in_the_largest_table(void **state)
{
    static char path[ROUTE_MAX_PATH + 1], longer[ROUTE_MAX_PATH + 2];
    struct route rows[ROUTE_MAX_ROWS];
    struct route_table large;
    struct route_match match;

    (void)state;
    for (size_t i = 0; i < ROUTE_MAX_ROWS; i++)
        rows[i] = routes[1];
    memset(path, 'x', ROUTE_MAX_PATH);
    memcpy(path, "/api/v1/", strlen("/api/v1/"));
    rows[ROUTE_MAX_ROWS - 1].path = path;
    route_table_init(&large, rows, ROUTE_MAX_ROWS);
    route_find(&large, METHOD_GET, path, &match);
    assert_ptr_equal(match.route, &rows[ROUTE_MAX_ROWS - 1]);
    memcpy(longer, path, ROUTE_MAX_PATH);
    longer[ROUTE_MAX_PATH] = 'x';
    route_find(&large, METHOD_GET, longer, &match);
    assert_null(match.route);
}

static void test_methods_are_exact(void **state)
{
    (void)state;
    assert_int_equal(method_parse("GET"), METHOD_GET);
    assert_int_equal(method_parse("HEAD"), METHOD_HEAD);
    assert_int_equal(method_parse("POST"), METHOD_POST);
    assert_int_equal(method_parse("PUT"), METHOD_PUT);
    assert_int_equal(method_parse("DELETE"), METHOD_DELETE);
    assert_int_equal(method_parse("get"), METHOD_OTHER);
    assert_int_equal(method_parse("GETS"), METHOD_OTHER);
    assert_int_equal(method_parse(""), METHOD_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_path_finds_its_row),
        cmocka_unit_test(test_numbers_and_openness_are_told),
        cmocka_unit_test(test_the_longest_path_in_the_largest_table),
        cmocka_unit_test(test_methods_are_exact),
    };

    return cmocka_run_group_tests_name("route", tests, set_up, NULL);
}
