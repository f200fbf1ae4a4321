/* SPDX-License-Identifier: MIT */
/* list.h - lists over the API, page by page: what is asked for, and what the answer says of it.
 * Pure functions. */
#ifndef HTTP_LIST_H
#define HTTP_LIST_H

#include <stddef.h>

struct json_t;
struct request;

enum { LIST_MAX_LIMIT = 100, LIST_DEFAULT_LIMIT = 10, LIST_MAX_PAGE = 1000000 };

/* Items first to first + limit - 1, from 0 on, are wanted. */
struct list_page {
    size_t limit;
    size_t page; /* from 1 on */
    size_t first;
};

/* `limit` and `page_number` of the query; what is odd or left out becomes the nearest good value.
 */
void list_page_read(const struct request *request, struct list_page *ret_page);

/* {"total_items","items_limit","total_pages","current_page"}; NULL: no memory. Caller owns it. */
struct json_t *list_pagination(const struct list_page *page, size_t total);

/* {"list_items":items,"list_option":{"pagination","sort"}}. items: taken. sort_field: the only one
 * there is. NULL: no memory. */
struct json_t *list_answer(struct json_t *items, const struct list_page *page, size_t total,
                           const char *sort_field, int is_ascending);

#endif
