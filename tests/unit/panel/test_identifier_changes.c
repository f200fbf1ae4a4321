/* SPDX-License-Identifier: MIT */
/* With the real loop and worker, above a store that notes what it is to write. */
#include "test.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "access/identifier_rows.h"
#include "access/identifiers.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/loop_until.h"
#include "base/worker.h"
#include "panel/identifier_changes.h"
#include "settings/store.h"

#define CARD(number, more)                                                                         \
    "{\"identifier_owner\":{\"name\":\"7\",\"type\":\"owner\"},\"identifier_type\":\"card\","      \
    "\"identifier_number\":\"" number "\",\"lock\":\"first\"" more "}"
#define PASSES ",\"valid\":{\"passes\":{\"is_permanent\":false,\"max_passes\":2}}"
#define LINK(id) ",\"link_id\":\"" id "\""

static struct {
    pthread_mutex_t gate; /* held: writing waits */
    int err;
    bool is_held_again; /* when the next change is over: the one behind it waits */
    char written[2000]; /* "put 1 5; removed 2; passes 3 1;" */
} fake = {.gate = PTHREAD_MUTEX_INITIALIZER};

int store_write(struct store *store, store_rows_fn *write, void *arg)
{
    const struct identifier_rows *rows = arg;
    size_t len;

    assert_null(store);
    assert_ptr_equal(write, identifier_rows_write);
    (void)pthread_mutex_lock(&fake.gate);
    len = strlen(fake.written);
    for (size_t i = 0; i < rows->n_put; i++)
        len += (size_t)snprintf(fake.written + len, sizeof(fake.written) - len, "put %u %s; ",
                                rows->put[i].uid, rows->put[i].number);
    for (size_t i = 0; i < rows->n_removed; i++)
        len += (size_t)snprintf(fake.written + len, sizeof(fake.written) - len, "removed %u; ",
                                rows->removed[i]);
    if (rows->passes_uid)
        (void)snprintf(fake.written + len, sizeof(fake.written) - len, "passes %u %u; ",
                       rows->passes_uid, rows->passes_left);
    (void)pthread_mutex_unlock(&fake.gate);
    return fake.err;
}

static struct worker *worker;
static struct identifier_changes *changes;
static unsigned n_done, n_changed, n_refused;
static struct identifier_outcome last; /* uids are not valid */
static uint32_t last_uids[4];

static void on_changed(void *arg)
{
    (void)arg;
    n_changed++;
}

static void on_done(const struct identifier_outcome *outcome, void *arg)
{
    (void)arg;
    if (fake.is_held_again)
        (void)pthread_mutex_lock(&fake.gate);
    fake.is_held_again = false;
    n_done++;
    n_refused += outcome->err != 0;
    last = *outcome;
    memset(last_uids, 0, sizeof(last_uids));
    for (size_t i = 0; i < outcome->n_uids && i < 4; i++)
        last_uids[i] = outcome->uids[i];
}

static int setup(void **state)
{
    struct identifiers *table = NULL;

    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    fake.err = 0;
    fake.written[0] = '\0';
    n_done = n_changed = n_refused = 0;
    assert_int_equal(loop_init(), 0);
    assert_int_equal(worker_new("store", 4, &worker), 0);
    assert_int_equal(identifiers_new(&table), 0);
    assert_int_equal(identifier_changes_new(NULL, worker, table, &changes), 0);
    identifier_changes_listen(changes, on_changed, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    worker = worker_free(worker);
    changes = identifier_changes_free(changes);
    loop_done();
    return 0;
}

static int ask(enum identifier_change change, uint32_t uid, const char *body)
{
    json_t *root = body ? json_loads(body, 0, NULL) : NULL;
    const struct identifier_request request = {.change = change, .uid = uid, .body = root};
    int err;

    assert_true(!body || root);
    err = identifier_changes_make(changes, &request, on_done, NULL);
    json_decref(root);
    return err;
}

static bool are_done(void *arg)
{
    return n_done >= *(unsigned *)arg;
}

static void wait_for(unsigned n)
{
    assert_true(loop_until(are_done, &n));
}

/* One change, to its end. Returns its err. */
static int make(enum identifier_change change, uint32_t uid, const char *body)
{
    unsigned before = n_done;

    assert_int_equal(ask(change, uid, body), 0);
    assert_int_equal(n_done, before); /* never from inside */
    wait_for(before + 1);
    return last.err;
}

static uint32_t passes_left(uint32_t uid)
{
    struct identifier it;

    assert_int_equal(identifiers_find(identifier_changes_table(changes), uid, &it), 0);
    return it.passes_left;
}

static size_t count(void)
{
    return identifiers_count(identifier_changes_table(changes));
}

static void test_on_disk_before_in_memory(void **state)
{
    (void)state;
    (void)pthread_mutex_lock(&fake.gate);
    assert_int_equal(ask(IDENTIFIER_ADD, 0, CARD("5", "")), 0);
    loop_for_ms(5);
    assert_int_equal(n_done, 0);
    assert_int_equal(count(), 0);
    (void)pthread_mutex_unlock(&fake.gate);
    wait_for(1);
    assert_int_equal(last.err, 0);
    assert_int_equal(last_uids[0], 1);
    assert_int_equal(count(), 1);
    assert_int_equal(n_changed, 1);
}

static void test_what_is_not_stored_does_not_count(void **state)
{
    (void)state;
    fake.err = ENOSPC;
    assert_int_equal(make(IDENTIFIER_ADD, 0, CARD("5", "")), ENOSPC);
    assert_false(last.is_full);
    assert_int_equal(count(), 0);
    assert_int_equal(n_changed, 0);
    fake.err = 0;
    assert_int_equal(make(IDENTIFIER_ADD, 0, CARD("5", "")), 0);
    assert_int_equal(last_uids[0], 1); /* the refused one had no uid */
}

/* All are asked for at once: each is judged by what the ones before it left. */
static void test_changes_come_one_after_the_other(void **state)
{
    (void)state;
    (void)pthread_mutex_lock(&fake.gate);
    assert_int_equal(ask(IDENTIFIER_ADD, 0, CARD("5", "")), 0);
    assert_int_equal(ask(IDENTIFIER_ADD, 0, CARD("0005", "")), 0); /* taken by then */
    assert_int_equal(ask(IDENTIFIER_REMOVE_ONE, 1, NULL), 0);
    assert_int_equal(ask(IDENTIFIER_REMOVE_ONE, 1, NULL), 0); /* gone by then */
    assert_int_equal(ask(IDENTIFIER_ADD, 0, CARD("00:05", "")), 0);
    assert_int_equal(ask(IDENTIFIER_EDIT, 2, "{\"identifier_number\":\"6\"}"), 0);
    (void)pthread_mutex_unlock(&fake.gate);
    wait_for(6);
    assert_int_equal(n_refused, 2);
    assert_string_equal(fake.written, "put 1 5; removed 1; put 2 00:05; put 2 6; ");
    assert_int_equal(last.err, 0);
}

static void test_refusals(void **state)
{
    (void)state;
    assert_int_equal(make(IDENTIFIER_ADD, 0, CARD("5", LINK("a"))), 0);
    assert_int_equal(make(IDENTIFIER_ADD, 0, CARD("6", "")), 0);
    assert_int_equal(make(IDENTIFIER_ADD, 0, CARD("5", "")), EINVAL);
    assert_string_equal(last.error.error, "Identifier with that type and number already exists");
    assert_string_equal(last.error.field, "identifier_number");
    assert_int_equal(make(IDENTIFIER_ADD, 0, CARD("7", LINK("a"))), EINVAL);
    assert_string_equal(last.error.field, "link_id");
    assert_int_equal(make(IDENTIFIER_ADD, 0, "{}"), EINVAL);
    assert_int_equal(make(IDENTIFIER_EDIT, 2, "{\"identifier_number\":\"00-05\"}"), EINVAL);
    assert_int_equal(make(IDENTIFIER_EDIT, 9, "{}"), ENOENT);
    assert_int_equal(make(IDENTIFIER_REMOVE_ONE, 9, NULL), ENOENT);
    assert_int_equal(make(IDENTIFIER_REMOVE, 0, "{}"), EINVAL);
    assert_int_equal(make(IDENTIFIER_REMOVE, 0, "{\"uid_items\":[\"1\"]}"), EINVAL);
    assert_int_equal(make(IDENTIFIER_UNLINK, 0, "{\"link_ids\":[1]}"), EINVAL);
    assert_int_equal(make(IDENTIFIER_LINK, 0, "{\"list_items\":{}}"), EINVAL);
    assert_int_equal(make(IDENTIFIER_LINK, 0, "{\"list_items\":[1]}"), EINVAL);
    assert_int_equal(make(IDENTIFIER_EDIT, 1, "{\"identifier_number\":\"0005\"}"), 0); /* its own */
    assert_int_equal(count(), 2);
}

static void test_many_are_removed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        static const char *const cards[] = {CARD("1", LINK("a")), CARD("2", LINK("b")),
                                            CARD("3", ""), CARD("4", "")};

        assert_int_equal(make(IDENTIFIER_ADD, 0, cards[i]), 0);
    }
    fake.written[0] = '\0';
    assert_int_equal(make(IDENTIFIER_REMOVE, 0, "{\"uid_items\":[4,-1,99,4,3,0,9999999999]}"), 0);
    assert_string_equal(fake.written, "removed 3; removed 4; ");
    assert_int_equal(make(IDENTIFIER_UNLINK, 0, "{\"link_ids\":[\"b\",\"b\",\"\",\"c\"]}"), 0);
    assert_int_equal(count(), 1);
    assert_int_equal(make(IDENTIFIER_REMOVE, 0, "{\"uid_items\":[]}"), 0);
    assert_int_equal(make(IDENTIFIER_UNLINK, 0, "{\"link_ids\":[]}"), 0);
    assert_int_equal(count(), 1);
}

static void test_links(void **state)
{
    (void)state;
    assert_int_equal(make(IDENTIFIER_LINK, 0,
                          "{\"list_items\":[" CARD("1", LINK("a")) "," CARD("2", LINK("b")) "]}"),
                     0);
    assert_true(last_uids[0] == 1 && last_uids[1] == 2);
    assert_int_equal(make(IDENTIFIER_LINK, 0,
                          "{\"list_items\":[" CARD("3", LINK("c")) "," CARD(
                              "2", LINK("a")) "," CARD("1", LINK("b")) "]}"),
                     0); /* two change their numbers */
    assert_true(last_uids[0] == 3 && last_uids[1] == 1 && last_uids[2] == 2);
    fake.written[0] = '\0';
    assert_int_equal(make(IDENTIFIER_LINK, 0,
                          "{\"list_items\":[" CARD("4", LINK("d")) "," CARD("3", LINK("e")) "]}"),
                     EINVAL);
    assert_string_equal(last.error.error, "Identifier with that type and number already exists");
    assert_memory_equal(last.error.reason, "in item 2: ", 11);
    assert_int_equal(make(IDENTIFIER_LINK, 0,
                          "{\"list_items\":[" CARD("4", LINK("a")) "," CARD("5", LINK("a")) "]}"),
                     EINVAL);
    assert_int_equal(make(IDENTIFIER_LINK, 0, "{\"list_items\":[" CARD("4", "") "]}"), EINVAL);
    assert_string_equal(fake.written, "");
    assert_int_equal(count(), 3);
    assert_int_equal(make(IDENTIFIER_LINK, 0, "{\"list_items\":[]}"), 0);
}

/* The door opens first: the pass is gone at once, and on disk when the store has time. */
static void test_a_pass_is_used_once(void **state)
{
    unsigned changed;

    (void)state;
    assert_int_equal(make(IDENTIFIER_ADD, 0, CARD("5", PASSES)), 0);
    changed = n_changed;
    (void)pthread_mutex_lock(&fake.gate);
    identifier_changes_use_pass(changes, 1);
    assert_int_equal(passes_left(1), 1);
    assert_int_equal(ask(IDENTIFIER_EDIT, 1, "{\"lock\":\"all\"}"), 0); /* read with one left */
    identifier_changes_use_pass(changes, 1);
    identifier_changes_use_pass(changes, 1); /* none is left */
    identifier_changes_use_pass(changes, 9);
    assert_int_equal(passes_left(1), 0);
    (void)pthread_mutex_unlock(&fake.gate);
    wait_for(2);
    assert_int_equal(make(IDENTIFIER_REMOVE, 0, "{\"uid_items\":[]}"), 0); /* behind them all */
    assert_int_equal(passes_left(1), 0);
    assert_string_equal(fake.written, "put 1 5; passes 1 1; put 1 5; passes 1 0; ");
    assert_int_equal(n_changed, changed + 4);
    assert_int_equal(make(IDENTIFIER_ADD, 0, CARD("6", "")), 0);
    identifier_changes_use_pass(changes, 2); /* has no count */
    assert_int_equal(make(IDENTIFIER_REMOVE, 0, "{\"uid_items\":[]}"), 0);
    assert_null(strstr(fake.written, "passes 2"));
}

static void test_who_waits_is_bounded_and_told(void **state)
{
    (void)state;
    (void)pthread_mutex_lock(&fake.gate);
    for (unsigned i = 0; i < IDENTIFIER_CHANGES_MAX; i++)
        assert_int_equal(ask(IDENTIFIER_REMOVE, 0, "{\"uid_items\":[]}"), 0);
    assert_int_equal(ask(IDENTIFIER_REMOVE, 0, "{\"uid_items\":[]}"), EBUSY);
    fake.is_held_again = true;
    (void)pthread_mutex_unlock(&fake.gate);
    wait_for(1);
    (void)pthread_mutex_unlock(&fake.gate);
    worker = worker_free(worker); /* the one that is written ends, no other begins */
    changes = identifier_changes_free(changes);
    assert_int_equal(n_done, IDENTIFIER_CHANGES_MAX);
    assert_int_equal(last.err, ECANCELED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_on_disk_before_in_memory),
        TEST(test_what_is_not_stored_does_not_count),
        TEST(test_changes_come_one_after_the_other),
        TEST(test_refusals),
        TEST(test_many_are_removed),
        TEST(test_links),
        TEST(test_a_pass_is_used_once),
        TEST(test_who_waits_is_bounded_and_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
