/* SPDX-License-Identifier: MIT */
/* route.h - which row of a table of routes serves a request. Pure functions. */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

enum method {
    METHOD_GET = 1 << 0,
    METHOD_HEAD = 1 << 1, /* served by the row of GET, if that only reads */
    METHOD_POST = 1 << 2,
    METHOD_PUT = 1 << 3,
    METHOD_DELETE = 1 << 4,
    METHOD_PATCH = 1 << 5,
    METHOD_OTHER = 0,
};

enum route_access {
    ROUTE_OPEN, /* for everybody; credentials are not looked at */
    ROUTE_AUTH, /* Bearer token or Basic */
};

/* What a GET does; all other methods change something. A HEAD that would change something is none
 * of the path's methods. */
enum route_effect { ROUTE_READS, ROUTE_CHANGES };

enum {
    ROUTE_MAX_NUMBERS = 2,
    ROUTE_MAX_NUMBER = 999999999,
    ROUTE_ALLOW_SIZE = 40,
    ROUTE_MAX_ROWS = 255,
    ROUTE_MAX_PATH = 255,
};

struct api;
struct request;

/* Answers by request_answer*(), before it returns or later. */
typedef void route_fn(struct api *api, struct request *request);

struct route {
    unsigned methods; /* sum of enum method */
    const char *path; /* "/api/v1/..."; {n} stands for a decimal number; v0 is the same;
                         longer than "/api/v1/", at most ROUTE_MAX_PATH */
    enum route_access access;
    enum route_effect effect;
    route_fn *handle;
};

struct route_match {
    const struct route *route;           /* NULL: no such path, or not with this method */
    unsigned methods;                    /* all that the path has; 0: no such path */
    bool is_open;                        /* the path is for everybody */
    unsigned numbers[ROUTE_MAX_NUMBERS]; /* in the place of {n} */
    struct api *api;                     /* whose routes they are; set by the caller */
};

/* A table of routes with what makes looking up quick. A plain value. */
struct route_table {
    const struct route *routes; /* borrowed */
    size_t count;
    /* Rows by the length of their path, 0: it has a number, so any length. Each a list of rows from
     * 1 on, in the table's order; 0 ends it. */
    unsigned char first[ROUTE_MAX_PATH + 1];
    unsigned char next[ROUTE_MAX_ROWS + 1];
};

/* "GET" and so on, exactly. */
enum method method_parse(const char *text);

/* routes: count rows, at most ROUTE_MAX_ROWS; must outlive the table. */
void route_table_init(struct route_table *table, const struct route *routes, size_t count);

/* Look path up. */
void route_find(const struct route_table *table, enum method method, const char *path,
                struct route_match *ret_match);

/* "GET, HEAD, POST", for the Allow header. */
void route_allow_text(unsigned methods, char ret_text[ROUTE_ALLOW_SIZE]);

#endif
