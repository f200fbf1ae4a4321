/* SPDX-License-Identifier: MIT */
/* Identifiers read, changed and stored, with the real loop, worker and store. A change is in memory
 * and on disk, or in neither; and a lack of memory is not taken for a damaged store. */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/identifier_rows.h"
#include "access/identifiers.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "oom.h"
#include "panel/identifier_changes.h"
#include "panel/identifier_pages.h"
#include "settings/json_memory.h"
#include "settings/store.h"

#define ITEM(number, link)                                                                         \
    "{\"identifier_owner\":{\"name\":\"7\",\"type\":\"owner\"},\"identifier_type\":\"card\","      \
    "\"identifier_number\":\"" number "\",\"lock\":\"first\",\"link_id\":\"" link "\","            \
    "\"valid\":{\"passes\":{\"is_permanent\":false,\"max_passes\":2}}}"

static char dir[] = "/tmp/portero-oom-XXXXXX";
static bool is_done;
static int told_err;

static void on_done(const struct identifier_outcome *outcome, void *arg)
{
    (void)arg;
    is_done = true;
    told_err = outcome->err;
}

static bool is_told(void *arg)
{
    (void)arg;
    return is_done;
}

/* One change to its end. */
static int make(struct identifier_changes *changes, enum identifier_change change, uint32_t uid,
                const char *body)
{
    struct identifier_request request = {.change = change, .uid = uid};
    int err = body ? json_memory_parse(body, strlen(body), &request.body, NULL) : 0;

    is_done = false;
    if (!err)
        err = identifier_changes_make(changes, &request, on_done, NULL);
    json_decref(request.body);
    if (err)
        return err;
    oom_must(loop_until(is_told, NULL));
    return told_err;
}

static size_t count_of(struct identifier_changes *changes)
{
    return identifiers_count(identifier_changes_table(changes));
}

static int change_all(struct identifier_changes *changes)
{
    static const char links[] = "{\"list_items\":[" ITEM("00-01", "a") "," ITEM("00-02", "b") "]}";
    const struct identifier_query query = {.limit = 10};
    struct identifier it;
    json_t *items;
    size_t total;
    int err = make(changes, IDENTIFIER_LINK, 0, links);

    oom_must(count_of(changes) == (err ? 0 : 2));
    if (err)
        return err;
    oom_must(identifiers_match(identifier_changes_table(changes), IDENTIFIER_CARD, "1", 0, &it) ==
             IDENTIFIERS_GRANTED);
    identifier_changes_use_pass(changes, it.uid);
    err = make(changes, IDENTIFIER_EDIT, it.uid, "{\"lock\":\"all\"}");
    oom_must(!identifiers_find(identifier_changes_table(changes), it.uid, &it));
    oom_must((it.lock == IDENTIFIER_ALL) == !err && it.passes_left == 1);
    if (err)
        return err;
    items = identifier_pages_list(identifier_changes_table(changes), &query, &total);
    if (!items)
        return ENOMEM;
    oom_must(json_array_size(items) == 2 && total == 2);
    json_decref(items);
    err = make(changes, IDENTIFIER_UNLINK, 0, "{\"link_ids\":[\"a\",\"b\"]}");
    oom_must(count_of(changes) == (err ? 2 : 0));
    return err;
}

/* Does a new table, read from disk, hold as many? */
static int compare(struct store *store, size_t count)
{
    struct identifiers *table = NULL;
    int err = identifiers_new(&table);

    if (!err)
        err = store_read(store, identifier_rows_read, table);
    if (!err)
        oom_must(identifiers_count(table) == count);
    identifiers_free(table);
    return err;
}

static int use_store(struct store *store)
{
    struct identifiers *table = NULL;
    struct identifier_changes *changes = NULL;
    struct worker *worker = NULL;
    size_t count;
    int err = worker_new("store", 4, &worker);

    if (!err)
        err = identifiers_new(&table);
    if (!err)
        err = store_read(store, identifier_rows_read, table);
    if (!err)
        err = identifier_changes_new(store, worker, table, &changes);
    if (err) {
        identifiers_free(table);
        worker_free(worker);
        return err;
    }
    err = change_all(changes);
    worker_free(worker);
    count = count_of(changes);
    identifier_changes_free(changes);
    if (!err)
        err = compare(store, count);
    else
        (void)compare(store, count);
    return err;
}

static void empty(void)
{
    static const char *const names[] = {"portero.db",     "portero.db-wal", "portero.db-shm",
                                        "portero.db.bak", "portero.db.new", "portero.key",
                                        "portero.lock"};
    char path[200];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        (void)unlink(path);
    }
}

static int run(void)
{
    struct store *store = NULL;
    int err;

    json_memory_init();
    err = loop_init();
    if (err)
        return err;
    err = store_open_with(dir, identifier_rows_read, &store);
    if (!err) {
        oom_must(store_health(store) == STORE_GOOD);
        err = use_store(store);
    }
    store_close(store);
    loop_done();
    empty();
    return err;
}

int main(int argc, char *argv[])
{
    static const int errors[] = {EAGAIN, 0}; /* no memory for a thread */
    static const struct oom_scenario scenarios[] = {
        {"identifiers", run, errors},
        {NULL, NULL, NULL},
    };
    int code;

    log_set_level(LOG_LEVEL_ERROR);
    if (!mkdtemp(dir))
        return 1;
    code = oom_main(argc, argv, scenarios);
    empty();
    (void)rmdir(dir);
    return code;
}
