/* SPDX-License-Identifier: MIT */
/* identifiers.h - all identifiers of the panel in memory: ordered by uid, found by number and
 * link_id; and the answer to a scan. 100,000 cards with short names take about 14 MB: each 40
 * bytes, two slots of 8 in an index, and a block for its texts. On disk by identifier_rows.h. Loop
 * thread only, but for building one before. Never blocks.
 */
#ifndef ACCESS_IDENTIFIERS_H
#define ACCESS_IDENTIFIERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access/identifier.h"

struct identifiers;
struct identifiers_batch;

enum { IDENTIFIERS_MAX = 100000 };

/* Returns 0 or ENOMEM. Caller owns *ret_table. */
int identifiers_new(struct identifiers **ret_table);
struct identifiers *identifiers_free(struct identifiers *table);

/* How many there are. */
size_t identifiers_count(const struct identifiers *table);

/* What the next new one will have: no uid is given twice. Over IDENTIFIER_MAX_UID: there are no
 * more.
 */
uint32_t identifiers_next_uid(const struct identifiers *table);

/* uids below next were in use once. Never goes back. */
void identifiers_skip_to(struct identifiers *table, uint32_t next);

/* Make ready to add or replace count identifiers, those with new uids in ascending order. Until it
 * is applied or freed, the table must not be changed otherwise. Returns 0, ENOSPC (IDENTIFIERS_MAX,
 * or no uid left) or ENOMEM. Caller owns *ret_batch. */
int identifiers_batch_new(struct identifiers *table, const struct identifier list[], size_t count,
                          struct identifiers_batch **ret_batch);

/* Replace or add all of it; takes batch. Each number and link_id is then one identifier's only: the
 * caller has looked. Passes used since stay used. */
void identifiers_batch_apply(struct identifiers *table, struct identifiers_batch *batch);
struct identifiers_batch *identifiers_batch_free(struct identifiers_batch *batch);

/* One that is read from disk. Returns 0, EEXIST (another has its number or link_id), EINVAL (its
 * uid is not above all others), ENOSPC or ENOMEM. */
int identifiers_append(struct identifiers *table, const struct identifier *identifier);

/* uids: in ascending order; those that are not there do not matter. */
void identifiers_remove(struct identifiers *table, const uint32_t uids[], size_t count);

/* Returns 0 or ENOENT. */
int identifiers_find(const struct identifiers *table, uint32_t uid,
                     struct identifier *ret_identifier);

/* The uid of the one with this key, or this link_id (not ""); 0: there is none. */
uint32_t identifiers_find_key(const struct identifiers *table, const struct identifier_key *key);
uint32_t identifiers_find_link(const struct identifiers *table, const char *link_id);

/* What to list: NULL or false is any. */
struct identifiers_filter {
    const char *number; /* means the same as the identifier's, by its type */
    const char *name;   /* of the owner, exactly */
    const char *link_id;
    const enum identifier_type *type;
    const enum identifier_lock *lock;
    bool is_linked; /* has a link_id */
};

struct identifiers_page {
    size_t first, limit; /* of those that the filter lets through */
    bool is_descending;  /* by uid */
};

/* The uids of a page; ret_uids has room for page->limit. Returns how many; *ret_total: how many
 * pass the filter. */
size_t identifiers_list(const struct identifiers *table, const struct identifiers_filter *filter,
                        const struct identifiers_page *page, uint32_t ret_uids[],
                        size_t *ret_total);

enum identifiers_verdict {
    IDENTIFIERS_GRANTED,
    IDENTIFIERS_UNKNOWN,
    IDENTIFIERS_NOT_YET,
    IDENTIFIERS_EXPIRED,
    IDENTIFIERS_NO_PASSES,
    IDENTIFIERS_NO_CLOCK,
};

/* Whether what was scanned or typed may open, and which lock: (*ret_identifier).lock. scanned: in
 * any spelling of its type; now_s: Unix time. *ret_identifier is undefined if unknown. Uses up no
 * pass. */
enum identifiers_verdict identifiers_match(const struct identifiers *table,
                                           enum identifier_type type, const char *scanned,
                                           int64_t now_s, struct identifier *ret_identifier);

/* One pass less, in memory. False: none is left, or none is counted. */
bool identifiers_use_pass(struct identifiers *table, uint32_t uid);

#endif
