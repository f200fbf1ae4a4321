/* SPDX-License-Identifier: MIT */
#include "access/identifiers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/uid_index.h"

enum {
    TEXTS = 4,
    TEXT_SIZE = IDENTIFIER_MAX_NUMBER + IDENTIFIER_MAX_NAME + 2 * IDENTIFIER_MAX_LINK + TEXTS
};

/* An identifier as small as it gets. */
struct row {
    uint32_t uid;
    uint32_t max_passes, passes_left; /* max_passes 0: permanent */
    uint8_t type, lock, owner;
    bool is_time_permanent;
    int64_t from_s, to_s;
    char *text; /* number, name, link_id, apartment_link_id, each with its NUL; owned */
};

struct identifiers {
    struct row *rows; /* by uid */
    size_t count, room;
    uint32_t next_uid;
    struct uid_index by_key, by_link;
};

struct identifiers_batch {
    size_t count;
    struct row rows[];
};

int identifiers_new(struct identifiers **ret_table)
{
    struct identifiers *table = calloc(1, sizeof(*table));

    if (!table)
        return ENOMEM;
    table->next_uid = 1;
    *ret_table = table;
    return 0;
}

struct identifiers *identifiers_free(struct identifiers *table)
{
    if (!table)
        return NULL;
    for (size_t i = 0; i < table->count; i++)
        free(table->rows[i].text);
    free(table->rows);
    uid_index_done(&table->by_key);
    uid_index_done(&table->by_link);
    free(table);
    return NULL;
}

size_t identifiers_count(const struct identifiers *table)
{
    return table->count;
}

uint32_t identifiers_next_uid(const struct identifiers *table)
{
    return table->next_uid;
}

void identifiers_skip_to(struct identifiers *table, uint32_t next)
{
    if (next > table->next_uid)
        table->next_uid = next;
}

static const char *text_of(const struct row *row, unsigned n)
{
    const char *text = row->text;

    while (n--)
        text += strlen(text) + 1;
    return text;
}

static const char *link_of(const struct row *row)
{
    return text_of(row, 2);
}

static int pack(const struct identifier *it, struct row *ret_row)
{
    const char *const texts[TEXTS] = {it->number, it->name, it->link_id, it->apartment_link_id};
    char all[TEXT_SIZE], *end = all;

    for (unsigned i = 0; i < TEXTS; i++)
        end = stpcpy(end, texts[i]) + 1;
    *ret_row = (struct row){
        .uid = it->uid,
        .max_passes = it->is_passes_permanent ? 0 : it->max_passes,
        .passes_left = it->passes_left,
        .type = (uint8_t)it->type,
        .lock = (uint8_t)it->lock,
        .owner = (uint8_t)it->owner,
        .is_time_permanent = it->is_time_permanent,
        .from_s = it->from_s,
        .to_s = it->to_s,
        .text = malloc((size_t)(end - all)),
    };
    if (!ret_row->text)
        return ENOMEM;
    memcpy(ret_row->text, all, (size_t)(end - all));
    return 0;
}

static void unpack(const struct row *row, struct identifier *ret_it)
{
    *ret_it = (struct identifier){
        .uid = row->uid,
        .type = (enum identifier_type)row->type,
        .lock = (enum identifier_lock)row->lock,
        .owner = (enum identifier_owner)row->owner,
        .is_time_permanent = row->is_time_permanent,
        .is_passes_permanent = row->max_passes == 0,
        .max_passes = row->max_passes,
        .passes_left = row->passes_left,
        .from_s = row->from_s,
        .to_s = row->to_s,
    };
    (void)snprintf(ret_it->number, sizeof(ret_it->number), "%s", text_of(row, 0));
    (void)snprintf(ret_it->name, sizeof(ret_it->name), "%s", text_of(row, 1));
    (void)snprintf(ret_it->link_id, sizeof(ret_it->link_id), "%s", text_of(row, 2));
    (void)snprintf(ret_it->apartment_link_id, sizeof(ret_it->apartment_link_id), "%s",
                   text_of(row, 3));
}

/* The first row whose uid is not below. */
static size_t place_of(const struct identifiers *table, uint32_t uid)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table->rows[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct row *row_of(const struct identifiers *table, uint32_t uid)
{
    size_t i = place_of(table, uid);

    return i < table->count && table->rows[i].uid == uid ? &table->rows[i] : NULL;
}

static void key_of(const struct row *row, struct identifier_key *ret_key)
{
    /* What is in the table was checked. */
    (void)identifier_key_read((enum identifier_type)row->type, text_of(row, 0), ret_key);
}

static void index_row(struct identifiers *table, const struct row *row)
{
    struct identifier_key key;

    key_of(row, &key);
    uid_index_add(&table->by_key, identifier_key_hash(&key), row->uid);
    if (*link_of(row))
        uid_index_add(&table->by_link, identifier_text_hash(link_of(row)), row->uid);
}

static void forget_row(struct identifiers *table, const struct row *row)
{
    struct identifier_key key;

    key_of(row, &key);
    uid_index_remove(&table->by_key, identifier_key_hash(&key), row->uid);
    if (*link_of(row))
        uid_index_remove(&table->by_link, identifier_text_hash(link_of(row)), row->uid);
}

/* count: of all rows; n_links: that come to those there are. */
static int reserve(struct identifiers *table, size_t count, size_t n_links)
{
    size_t room = table->room ? table->room : 16;
    struct row *rows;
    int err = uid_index_reserve(&table->by_key, count);

    if (!err)
        err = uid_index_reserve(&table->by_link, table->by_link.count + n_links);
    if (err || count <= table->room)
        return err;
    while (room < count)
        room += room / 2;
    rows = reallocarray(table->rows, room, sizeof(*rows));
    if (!rows)
        return ENOMEM;
    table->rows = rows;
    table->room = room;
    return 0;
}

int identifiers_batch_new(struct identifiers *table, const struct identifier list[], size_t count,
                          struct identifiers_batch **ret_batch)
{
    struct identifiers_batch *batch;
    size_t n_new = 0, n_links = 0;
    int err;

    for (size_t i = 0; i < count; i++) {
        n_links += list[i].link_id[0] != '\0';
        if (list[i].uid < 1 || list[i].uid > IDENTIFIER_MAX_UID)
            return ENOSPC;
        n_new += !row_of(table, list[i].uid);
    }
    if (table->count + n_new > IDENTIFIERS_MAX)
        return ENOSPC;
    err = reserve(table, table->count + n_new, n_links);
    if (err)
        return err;
    batch = calloc(1, sizeof(*batch) + count * sizeof(batch->rows[0]));
    if (!batch)
        return ENOMEM;
    for (; batch->count < count; batch->count++) {
        if (pack(&list[batch->count], &batch->rows[batch->count])) {
            identifiers_batch_free(batch);
            return ENOMEM;
        }
    }
    *ret_batch = batch;
    return 0;
}

struct identifiers_batch *identifiers_batch_free(struct identifiers_batch *batch)
{
    if (!batch)
        return NULL;
    for (size_t i = 0; i < batch->count; i++)
        free(batch->rows[i].text);
    free(batch);
    return NULL;
}

static void put_row(struct identifiers *table, struct row *row)
{
    struct row *old = row_of(table, row->uid);

    if (!old) {
        old = &table->rows[table->count++];
        identifiers_skip_to(table, row->uid + 1);
    } else {
        if (old->max_passes == row->max_passes && old->passes_left < row->passes_left)
            row->passes_left = old->passes_left; /* used while it was stored */
        free(old->text);
    }
    *old = *row;
}

void identifiers_batch_apply(struct identifiers *table, struct identifiers_batch *batch)
{
    /* All old keys go first: two identifiers may have changed their numbers. */
    for (size_t i = 0; i < batch->count; i++) {
        const struct row *old = row_of(table, batch->rows[i].uid);

        if (old)
            forget_row(table, old);
    }
    for (size_t i = 0; i < batch->count; i++) {
        index_row(table, &batch->rows[i]);
        put_row(table, &batch->rows[i]);
    }
    free(batch); /* the texts are the table's now */
}

int identifiers_append(struct identifiers *table, const struct identifier *identifier)
{
    struct identifiers_batch *batch = NULL;
    struct identifier_key key;
    int err;

    if (identifier_key_read(identifier->type, identifier->number, &key) ||
        (table->count && table->rows[table->count - 1].uid >= identifier->uid))
        return EINVAL;
    if (identifiers_find_key(table, &key) || identifiers_find_link(table, identifier->link_id))
        return EEXIST;
    err = identifiers_batch_new(table, identifier, 1, &batch);
    if (!err)
        identifiers_batch_apply(table, batch);
    return err;
}

void identifiers_remove(struct identifiers *table, const uint32_t uids[], size_t count)
{
    size_t kept = count ? place_of(table, uids[0]) : table->count;
    size_t n = 0;

    for (size_t i = kept; i < table->count; i++) {
        struct row *row = &table->rows[i];

        while (n < count && uids[n] < row->uid)
            n++;
        if (n < count && uids[n] == row->uid) {
            forget_row(table, row);
            free(row->text);
        } else {
            table->rows[kept++] = *row;
        }
    }
    table->count = kept;
}

int identifiers_find(const struct identifiers *table, uint32_t uid,
                     struct identifier *ret_identifier)
{
    const struct row *row = row_of(table, uid);

    if (!row)
        return ENOENT;
    unpack(row, ret_identifier);
    return 0;
}

static struct row *find_key(const struct identifiers *table, const struct identifier_key *key)
{
    uint32_t hash = identifier_key_hash(key), uid;
    size_t steps = 0;

    while ((uid = uid_index_next(&table->by_key, hash, &steps))) {
        struct row *row = row_of(table, uid);
        struct identifier_key its;

        if (!row)
            continue;
        key_of(row, &its);
        if (identifier_key_is_same(&its, key))
            return row;
    }
    return NULL;
}

uint32_t identifiers_find_key(const struct identifiers *table, const struct identifier_key *key)
{
    const struct row *row = find_key(table, key);

    return row ? row->uid : 0;
}

uint32_t identifiers_find_link(const struct identifiers *table, const char *link_id)
{
    uint32_t hash = identifier_text_hash(link_id), uid;
    size_t steps = 0;

    while (*link_id && (uid = uid_index_next(&table->by_link, hash, &steps))) {
        const struct row *row = row_of(table, uid);

        if (row && strcmp(link_of(row), link_id) == 0)
            return uid;
    }
    return 0;
}

/* All but the number and the link_id, which were looked up. */
static bool passes(const struct row *row, const struct identifiers_filter *filter)
{
    return (!filter->type || row->type == (uint8_t)*filter->type) &&
           (!filter->lock || row->lock == (uint8_t)*filter->lock) &&
           (!filter->is_linked || *link_of(row)) &&
           (!filter->link_id || strcmp(link_of(row), filter->link_id) == 0) &&
           (!filter->name || strcmp(text_of(row, 1), filter->name) == 0);
}

/* What passes, page by page. */
struct listing {
    const struct identifiers_page *page;
    uint32_t *uids;
    size_t n, total;
};

static void take(struct listing *listing, uint32_t uid)
{
    if (listing->total++ >= listing->page->first && listing->n < listing->page->limit)
        listing->uids[listing->n++] = uid;
}

static int compare_uids(const void *a, const void *b)
{
    const uint32_t *left = a, *right = b;

    return *left < *right ? -1 : *left > *right;
}

/* The number may be one of several types. */
static void list_by_number(const struct identifiers *table, const struct identifiers_filter *filter,
                           struct listing *listing)
{
    uint32_t uids[IDENTIFIER_TYPES];
    size_t n = 0;

    for (unsigned type = 0; type < IDENTIFIER_TYPES; type++) {
        struct identifier_key key;
        const struct row *row;

        if (identifier_key_read((enum identifier_type)type, filter->number, &key))
            continue;
        row = find_key(table, &key);
        if (row && passes(row, filter))
            uids[n++] = row->uid;
    }
    qsort(uids, n, sizeof(uids[0]), compare_uids);
    for (size_t i = 0; i < n; i++)
        take(listing, uids[listing->page->is_descending ? n - 1 - i : i]);
}

static bool is_empty(const struct identifiers_filter *filter)
{
    return !filter->type && !filter->lock && !filter->name && !filter->link_id &&
           !filter->is_linked;
}

size_t identifiers_list(const struct identifiers *table, const struct identifiers_filter *filter,
                        const struct identifiers_page *page, uint32_t ret_uids[], size_t *ret_total)
{
    struct listing listing = {.page = page, .uids = ret_uids};
    bool all_pass = is_empty(filter);
    size_t count = table->count, i = 0;

    if (filter->number) {
        list_by_number(table, filter, &listing);
    } else if (filter->link_id) {
        const struct row *row = row_of(table, identifiers_find_link(table, filter->link_id));

        if (row && passes(row, filter))
            take(&listing, row->uid);
    } else {
        if (all_pass) { /* then the page is where it is */
            i = page->first < count ? page->first : count;
            listing.total = i;
            count = count - i > page->limit ? i + page->limit : count;
        }
        for (; i < count; i++) {
            const struct row *row = &table->rows[page->is_descending ? table->count - 1 - i : i];

            if (all_pass || passes(row, filter))
                take(&listing, row->uid);
        }
    }
    *ret_total = all_pass && !filter->number ? table->count : listing.total;
    return listing.n;
}

enum identifiers_verdict identifiers_match(const struct identifiers *table,
                                           enum identifier_type type, const char *scanned,
                                           int64_t now_s, struct identifier *ret_identifier)
{
    static const enum identifiers_verdict verdicts[] = {
        [IDENTIFIER_GOOD] = IDENTIFIERS_GRANTED,
        [IDENTIFIER_NOT_YET] = IDENTIFIERS_NOT_YET,
        [IDENTIFIER_EXPIRED] = IDENTIFIERS_EXPIRED,
        [IDENTIFIER_NO_PASSES] = IDENTIFIERS_NO_PASSES,
        [IDENTIFIER_NO_CLOCK] = IDENTIFIERS_NO_CLOCK,
    };
    struct identifier_key key;
    const struct row *row;

    if (identifier_key_read(type, scanned, &key))
        return IDENTIFIERS_UNKNOWN;
    row = find_key(table, &key);
    if (!row)
        return IDENTIFIERS_UNKNOWN;
    unpack(row, ret_identifier);
    return verdicts[identifier_state_at(ret_identifier, now_s)];
}

bool identifiers_use_pass(struct identifiers *table, uint32_t uid)
{
    struct row *row = row_of(table, uid);

    if (!row || row->max_passes == 0 || row->passes_left == 0)
        return false;
    row->passes_left--;
    return true;
}
