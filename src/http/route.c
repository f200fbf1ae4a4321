/* SPDX-License-Identifier: MIT */
#include "http/route.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum method method;
} methods[] = {
    {"GET", METHOD_GET}, {"HEAD", METHOD_HEAD},     {"POST", METHOD_POST},
    {"PUT", METHOD_PUT}, {"DELETE", METHOD_DELETE}, {"PATCH", METHOD_PATCH},
};

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

/* Where what both versions share begins. */
#define V0 "/api/v0/"
#define V1 "/api/v1/"
enum { VERSION_LEN = sizeof(V1) - 1 };

enum method method_parse(const char *text)
{
    for (size_t i = 0; i < METHODS; i++) {
        if (strcmp(text, methods[i].name) == 0)
            return methods[i].method;
    }
    return METHOD_OTHER;
}

/* Read the number at *path and go past it. */
static bool read_number(const char **path, unsigned *ret_number)
{
    uint64_t number = 0; /* one digit more than fits is seen before it wraps */
    const char *p = *path;

    while (*p >= '0' && *p <= '9') {
        number = number * 10 + (uint64_t)(*p++ - '0');
        if (number > ROUTE_MAX_NUMBER)
            return false;
    }
    if (p == *path)
        return false;
    *path = p;
    *ret_number = (unsigned)number;
    return true;
}

static bool matches(const char *pattern, const char *path, unsigned numbers[ROUTE_MAX_NUMBERS])
{
    size_t n = 0;

    for (;;) {
        if (*pattern == '{') {
            if (n == ROUTE_MAX_NUMBERS || !read_number(&path, &numbers[n++]))
                return false;
            pattern += strlen("{n}");
            continue;
        }
        if (*pattern != *path)
            return false;
        if (!*pattern)
            return true;
        pattern++;
        path++;
    }
}

void route_table_init(struct route_table *table, const struct route *routes, size_t count)
{
    assert(count <= ROUTE_MAX_ROWS);
    *table = (struct route_table){.routes = routes, .count = count};
    for (size_t row = count; row > 0; row--) { /* each goes before those behind it */
        const char *path = routes[row - 1].path;
        size_t len = strlen(path);

        assert(len > VERSION_LEN && len <= ROUTE_MAX_PATH);
        if (strchr(path, '{'))
            len = 0;
        table->next[row] = table->first[len];
        table->first[len] = (unsigned char)row;
    }
}

/* HEAD is for looking: RFC 9110 calls it safe, and crawlers, link checkers and monitors send it. */
static unsigned methods_of(const struct route *route)
{
    bool has_head = (route->methods & METHOD_GET) && route->effect == ROUTE_READS;

    return route->methods | (has_head ? METHOD_HEAD : 0);
}

/* Compare path with the rows of one list, from row on. */
static void find_among(const struct route_table *table, unsigned row, enum method method,
                       const char *path, struct route_match *match)
{
    bool is_versioned = strncmp(path, V1, VERSION_LEN) == 0 || strncmp(path, V0, VERSION_LEN) == 0;
    unsigned numbers[ROUTE_MAX_NUMBERS] = {0};

    for (; row; row = table->next[row]) {
        const struct route *route = &table->routes[row - 1];
        const char *pattern = route->path;
        const char *rest = path;
        unsigned all;

        /* Every row's path is longer than this, so it may be read as one word. */
        if (is_versioned && memcmp(pattern, V1, VERSION_LEN) == 0) {
            pattern += VERSION_LEN;
            rest += VERSION_LEN;
        }
        if (!matches(pattern, rest, numbers))
            continue;
        all = methods_of(route);
        match->methods |= all;
        match->is_open |= route->access == ROUTE_OPEN;
        if (!match->route && (all & method)) {
            match->route = route;
            memcpy(match->numbers, numbers, sizeof(numbers));
        }
    }
}

void route_find(const struct route_table *table, enum method method, const char *path,
                struct route_match *ret_match)
{
    size_t len = strlen(path);

    *ret_match = (struct route_match){.route = NULL};
    if (len <= ROUTE_MAX_PATH)
        find_among(table, table->first[len], method, path, ret_match);
    if (len)
        find_among(table, table->first[0], method, path, ret_match);
}

void route_allow_text(unsigned allowed, char ret_text[ROUTE_ALLOW_SIZE])
{
    size_t len = 0;

    ret_text[0] = '\0';
    for (size_t i = 0; i < METHODS; i++) {
        if (allowed & methods[i].method)
            len += (size_t)snprintf(ret_text + len, ROUTE_ALLOW_SIZE - len, "%s%s", len ? ", " : "",
                                    methods[i].name);
    }
}
