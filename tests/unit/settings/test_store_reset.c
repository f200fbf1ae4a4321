/* SPDX-License-Identifier: MIT */
/* The factory settings: what is left on the disk, and what the next start finds. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/forward.h"
#include "settings/forward_rows.h"
#include "settings/state_dir.h"
#include "settings/store.h"

#define SERIAL "00000000-0000-4000-8000-000000000009"

static struct store *open_store(const struct state_dir *dir)
{
    struct store *store = NULL;

    assert_int_equal(store_open(dir->path, &store), 0);
    return store;
}

/* Settings of two times, forward rules, a backup, a damaged store and a lost key. */
static struct store *fill(const struct state_dir *dir)
{
    struct forward_rule rule;
    struct forward_rows rows = {.put = &rule};
    struct settings *settings = malloc(sizeof(*settings));
    struct store *store = open_store(dir);

    assert_non_null(settings);
    for (unsigned n = 1; n < 4; n++) {
        *settings = state_dir_settings(n);
        (void)snprintf(settings->device.ntp_server, sizeof(settings->device.ntp_server),
                       "canary-%u.example.com", n);
        (void)snprintf(settings->device.rtsp_password, sizeof(settings->device.rtsp_password),
                       "canary-secret");
        assert_int_equal(store_save(store, settings), 0);
        assert_int_equal(store_backup(store), 0);
    }
    free(settings);
    assert_true(forward_rule_from_text("sip:canary-target@192.0.2.7\n", 7, &rule));
    assert_int_equal(store_write(store, forward_rows_write, &rows), 0);
    state_dir_write(dir, "portero.db.damaged-1", "canary-old", 10);
    state_dir_write(dir, "portero.key.damaged-2", "canary-key", 10);
    return store;
}

static void check_nothing_left(const struct state_dir *dir)
{
    char name[256];

    assert_false(state_dir_holds(dir, "canary"));
    assert_false(state_dir_holds(dir, "$argon2id$"));
    assert_int_equal(state_dir_count(dir, "portero.key", name), 0);
    assert_int_equal(state_dir_count(dir, "portero.db.", name), 0);
}

static void check_next_start(const struct state_dir *dir)
{
    struct settings *settings = malloc(sizeof(*settings)), *first = malloc(sizeof(*first));
    struct store *store = open_store(dir);

    assert_non_null(settings);
    assert_non_null(first);
    assert_int_equal(store_health(store), STORE_GOOD);
    assert_int_equal(store_load(store, settings), 0);
    settings_init(first);
    (void)snprintf(first->serial, sizeof(first->serial), SERIAL);
    assert_memory_equal(settings, first, sizeof(*first));
    *settings = state_dir_settings(5);
    assert_int_equal(store_save(store, settings), 0); /* with a new key */
    store_close(store);
    free(settings);
    free(first);
}

static void test_reset(void **state)
{
    const struct state_dir *dir = *state;
    struct store *store = fill(dir);
    struct settings *settings = malloc(sizeof(*settings));

    assert_non_null(settings);
    assert_true(state_dir_holds(dir, "canary"));
    assert_int_equal(store_reset(store, SERIAL), 0);
    check_nothing_left(dir);
    /* What still comes does not bring anything back. */
    *settings = state_dir_settings(2);
    assert_int_equal(store_save(store, settings), EROFS);
    assert_int_equal(store_backup(store), EROFS);
    free(settings);
    store_close(store);
    check_nothing_left(dir);
    check_next_start(dir);
}

/* A directory in the place of a file cannot be removed as one. All else is gone, and when the way
 * is free, so is the rest. */
static void test_something_stays(void **state)
{
    const struct state_dir *dir = *state;
    struct store *store = fill(dir);
    struct settings *settings = malloc(sizeof(*settings));
    char name[256];

    assert_non_null(settings);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(mkdirat(dir->fd, i ? "portero.db.damaged-3" : "portero.key-3", 0700), 0);
    assert_int_equal(store_reset(store, SERIAL), EISDIR);
    assert_int_equal(state_dir_count(dir, "portero.key", name), 1);
    assert_int_equal(state_dir_count(dir, "portero.db.", name), 1);
    *settings = state_dir_settings(2);
    assert_int_equal(store_save(store, settings), EROFS);
    free(settings);

    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(
            unlinkat(dir->fd, i ? "portero.db.damaged-3" : "portero.key-3", AT_REMOVEDIR), 0);
    check_nothing_left(dir);
    assert_int_equal(store_reset(store, SERIAL), 0);
    store_close(store);
    check_nothing_left(dir);
    check_next_start(dir);
}

/* The way out of safe mode. */
static void test_reset_in_safe_mode(void **state)
{
    const struct state_dir *dir = *state;
    struct store *store;

    state_dir_write(dir, "portero.db", "canary, and no database", 23);
    store = open_store(dir);
    assert_int_equal(store_health(store), STORE_SAFE_MODE);
    assert_int_equal(store_reset(store, SERIAL), 0);
    store_close(store);
    check_nothing_left(dir);
    check_next_start(dir);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, state_dir_setup, state_dir_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_reset),
        TEST(test_something_stays),
        TEST(test_reset_in_safe_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
