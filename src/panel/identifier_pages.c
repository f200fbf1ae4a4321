/* SPDX-License-Identifier: MIT */
#include "panel/identifier_pages.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#include "access/identifier_json.h"
#include "access/identifiers.h"

_Static_assert((int)IDENTIFIER_PAGES_QR_SIZE > (int)IDENTIFIER_MAX_NUMBER, "a number must fit");

static json_t *list_items(const struct identifiers *table, const uint32_t uids[], size_t n)
{
    json_t *items = json_array();
    struct identifier it;

    for (size_t i = 0; i < n && items; i++) {
        if (!identifiers_find(table, uids[i], &it) &&
            !json_array_append_new(items, identifier_to_json(&it)))
            continue;
        json_decref(items);
        items = NULL;
    }
    return items;
}

struct json_t *identifier_pages_list(const struct identifiers *table,
                                     const struct identifier_query *query, size_t *ret_total)
{
    struct identifiers_filter filter = {
        .number = query->number,
        .name = query->name,
        .link_id = query->link_id,
        .is_linked = query->is_linked,
    };
    const struct identifiers_page page = {
        .first = query->first,
        .limit =
            query->limit < IDENTIFIER_PAGES_MAX_LIMIT ? query->limit : IDENTIFIER_PAGES_MAX_LIMIT,
        .is_descending = query->is_descending,
    };
    uint32_t uids[IDENTIFIER_PAGES_MAX_LIMIT];
    enum identifier_type type;
    enum identifier_lock lock;
    size_t n;

    *ret_total = 0;
    if ((query->type && !identifier_type_parse(query->type, &type)) ||
        (query->lock && !identifier_lock_parse(query->lock, &lock)))
        return json_array();
    if (query->type)
        filter.type = &type;
    if (query->lock)
        filter.lock = &lock;
    n = identifiers_list(table, &filter, &page, uids, ret_total);
    return list_items(table, uids, n);
}

int identifier_pages_item(const struct identifiers *table, uint32_t uid, struct json_t **ret_item)
{
    struct identifier it;
    int err = identifiers_find(table, uid, &it);

    if (err)
        return err;
    *ret_item = identifier_to_json(&it);
    return *ret_item ? 0 : ENOMEM;
}

int identifier_pages_qr(const struct identifiers *table, uint32_t uid,
                        char ret_text[IDENTIFIER_PAGES_QR_SIZE])
{
    struct identifier it;
    int err = identifiers_find(table, uid, &it);

    if (err)
        return err;
    if (it.type != IDENTIFIER_QR)
        return EINVAL;
    (void)snprintf(ret_text, IDENTIFIER_PAGES_QR_SIZE, "%s", it.number);
    return 0;
}
