/* SPDX-License-Identifier: MIT */
/* identifier_pages.h - the identifiers as http shows them. Pure functions; loop thread only. */
#ifndef PANEL_IDENTIFIER_PAGES_H
#define PANEL_IDENTIFIER_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct identifiers;
struct json_t;

enum { IDENTIFIER_PAGES_MAX_LIMIT = 100, IDENTIFIER_PAGES_QR_SIZE = 65 };

/* What to list, as clients say it; NULL: any. What is no type or lock at all lets nothing through.
 */
struct identifier_query {
    const char *number, *type, *lock, *name, *link_id;
    bool is_linked;      /* only with a link_id */
    bool is_descending;  /* by uid */
    size_t first, limit; /* limit: at most IDENTIFIER_PAGES_MAX_LIMIT */
};

/* Caller owns the list; NULL: no memory. *ret_total: how many there are on all pages. */
struct json_t *identifier_pages_list(const struct identifiers *table,
                                     const struct identifier_query *query, size_t *ret_total);

/* Returns 0, ENOENT or ENOMEM. Caller owns *ret_item. */
int identifier_pages_item(const struct identifiers *table, uint32_t uid, struct json_t **ret_item);

/* The text of its QR code. Returns 0, ENOENT, or EINVAL: it is of another type. */
int identifier_pages_qr(const struct identifiers *table, uint32_t uid,
                        char ret_text[IDENTIFIER_PAGES_QR_SIZE]);

#endif
