/* SPDX-License-Identifier: MIT */
#include "http/list.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "http/request.h"

static size_t read_number(const struct request *request, const char *name, size_t when_none,
                          size_t max)
{
    const char *text = request_query(request, name);
    unsigned long long number;

    if (!text || !*text || text[strspn(text, "0123456789")] != '\0')
        return when_none;
    number = strtoull(text, NULL, 10); /* too large becomes the largest */
    return number < 1 ? 1 : number > max ? max : (size_t)number;
}

void list_page_read(const struct request *request, struct list_page *ret_page)
{
    ret_page->limit = read_number(request, "limit", LIST_DEFAULT_LIMIT, LIST_MAX_LIMIT);
    ret_page->page = read_number(request, "page_number", 1, LIST_MAX_PAGE);
    ret_page->first = (ret_page->page - 1) * ret_page->limit;
}

struct json_t *list_pagination(const struct list_page *page, size_t total)
{
    size_t pages = (total + page->limit - 1) / page->limit;

    return json_pack("{s:I,s:I,s:I,s:I}", "total_items", (json_int_t)total, "items_limit",
                     (json_int_t)page->limit, "total_pages", (json_int_t)(pages ? pages : 1),
                     "current_page", (json_int_t)page->page);
}

struct json_t *list_answer(struct json_t *items, const struct list_page *page, size_t total,
                           const char *sort_field, int is_ascending)
{
    return json_pack("{s:o,s:{s:o,s:{s:s,s:b,s:[s]}}}", "list_items", items, "list_option",
                     "pagination", list_pagination(page, total), "sort", "field", sort_field, "asc",
                     is_ascending, "available_fields", sort_field);
}
