/* SPDX-License-Identifier: MIT */
/* The store when its files were damaged, deleted, changed or written by a newer version. */
#include "test.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/state_dir.h"
#include "settings/store.h"

#define NEWER "PRAGMA user_version = 99"
#define CURRENT "PRAGMA user_version = 4"

/* A store that holds settings 2, with a backup of settings 1 if wanted. */
static void make_store(const struct state_dir *dir, bool with_backup)
{
    struct settings settings = state_dir_settings(1);
    struct store *store = NULL;

    assert_int_equal(store_open(dir->path, &store), 0);
    assert_int_equal(store_save(store, &settings), 0);
    if (with_backup)
        assert_int_equal(store_backup(store), 0);
    settings = state_dir_settings(2);
    assert_int_equal(store_save(store, &settings), 0);
    store_close(store);
}

static void edit(const struct state_dir *dir, const char *name, const char *sql)
{
    char path[128], *text = NULL;
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s", dir->path, name);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &text))
        fail_msg("%s: %s", sql, text);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static struct store *open_store(const struct state_dir *dir, enum store_health health)
{
    struct store *store = NULL;

    assert_int_equal(store_open(dir->path, &store), 0);
    if (store_health(store) != health)
        fail_msg("health %d, not %d: %s", store_health(store), health, store_problem(store));
    return store;
}

static void check_recovered(const struct state_dir *dir)
{
    struct store *store = open_store(dir, STORE_RECOVERED);
    struct settings settings;

    assert_non_null(strstr(store_problem(store), "portero.db"));
    assert_non_null(strstr(store_problem(store), "last good backup"));
    assert_int_equal(store_load(store, &settings), 0);
    state_dir_check_settings(&settings, 1);
    settings = state_dir_settings(3);
    assert_int_equal(store_save(store, &settings), 0);
    store_close(store);

    store = open_store(dir, STORE_GOOD);
    assert_int_equal(store_load(store, &settings), 0);
    state_dir_check_settings(&settings, 3);
    store_close(store);
}

/* Defaults, nothing can be stored, and all files are as they were. */
static void check_safe_mode(const struct state_dir *dir, const char *words)
{
    static const char *const names[] = {"portero.db", "portero.db-wal", "portero.db.bak"};
    struct settings settings;
    struct store *store;
    char *before[3] = {0};
    size_t lens[3];

    for (size_t i = 0; i < 3; i++) {
        if (state_dir_has(dir, names[i]))
            before[i] = state_dir_read(dir, names[i], &lens[i]);
    }
    store = open_store(dir, STORE_SAFE_MODE);
    if (!strstr(store_problem(store), words))
        fail_msg("%s", store_problem(store));
    assert_non_null(strstr(store_problem(store), "portero.db"));
    assert_int_equal(store_load(store, &settings), 0);
    assert_false(settings.sip_is_set);
    assert_memory_equal(&settings.sip, &sip_settings_default, sizeof(settings.sip));
    settings = state_dir_settings(3);
    assert_int_equal(store_save(store, &settings), EROFS);
    assert_int_equal(store_backup(store), EROFS);
    store_close(store);

    for (size_t i = 0; i < 3; i++) {
        size_t len;
        char *now;

        if (!before[i])
            continue;
        now = state_dir_read(dir, names[i], &len);
        assert_int_equal(len, lens[i]);
        assert_memory_equal(now, before[i], len);
        free(now);
        free(before[i]);
    }
    assert_int_equal(state_dir_count(dir, "portero.db.damaged", NULL), 0);
    assert_int_equal(state_dir_count(dir, "portero.db.new", NULL), 0);
}

static void damage_garbage(const struct state_dir *dir, const char *name)
{
    char garbage[5000];

    for (size_t i = 0; i < sizeof(garbage); i++)
        garbage[i] = (char)(i * 31 + 7);
    state_dir_write(dir, name, garbage, sizeof(garbage));
}

static void damage_empty(const struct state_dir *dir, const char *name)
{
    state_dir_write(dir, name, "", 0);
}

static void cut(const struct state_dir *dir, const char *name, size_t keep)
{
    size_t len;
    char *data = state_dir_read(dir, name, &len);

    assert_true(len > keep);
    state_dir_write(dir, name, data, keep);
    free(data);
}

static void damage_cut_in_header(const struct state_dir *dir, const char *name)
{
    cut(dir, name, 50);
}

static void damage_cut_in_page(const struct state_dir *dir, const char *name)
{
    cut(dir, name, 6000);
}

static void damage_cut_page(const struct state_dir *dir, const char *name)
{
    cut(dir, name, 8192);
}

static void flip(const struct state_dir *dir, const char *name, size_t from, size_t count)
{
    size_t len;
    char *data = state_dir_read(dir, name, &len);

    assert_true(len >= from + count);
    for (size_t i = from; i < from + count; i++)
        data[i] = (char)~data[i];
    state_dir_write(dir, name, data, len);
    free(data);
}

static void damage_flipped_header(const struct state_dir *dir, const char *name)
{
    flip(dir, name, 0, 16);
}

static void damage_flipped_schema(const struct state_dir *dir, const char *name)
{
    flip(dir, name, 100, 8);
}

static void damage_flipped_rows(const struct state_dir *dir, const char *name)
{
    flip(dir, name, 4096, 40);
}

static void damage_page_of_zeros(const struct state_dir *dir, const char *name)
{
    size_t len;
    char *data = state_dir_read(dir, name, &len);

    memset(data + 4096, 0, 4096);
    state_dir_write(dir, name, data, len);
    free(data);
}

/* The name that the damaged database got; its log may stand beside it. */
static void find_aside(const struct state_dir *dir, char ret_name[256])
{
    assert_in_range(state_dir_count(dir, "portero.db.damaged-", ret_name), 1, 2);
    ret_name[strlen("portero.db.damaged-0123456789")] = '\0';
}

typedef void damage_fn(const struct state_dir *dir, const char *name);

static damage_fn *const damages[] = {
    damage_garbage,        damage_empty,        damage_cut_in_header,
    damage_cut_in_page,    damage_cut_page,     damage_flipped_header,
    damage_flipped_schema, damage_flipped_rows, damage_page_of_zeros,
};
enum { DAMAGES = sizeof(damages) / sizeof(damages[0]) };

static void check_each(void (*check)(const struct state_dir *dir, damage_fn *damage))
{
    for (size_t i = 0; i < DAMAGES; i++) {
        void *state = NULL;

        (void)state_dir_setup(&state);
        check(state, damages[i]);
        (void)state_dir_teardown(&state);
    }
}

static void with_backup(const struct state_dir *dir, damage_fn *damage)
{
    size_t len, kept_len;
    char *damaged, *kept;
    char aside[256];

    make_store(dir, true);
    damage(dir, "portero.db");
    damaged = state_dir_read(dir, "portero.db", &len);
    check_recovered(dir);
    find_aside(dir, aside);
    kept = state_dir_read(dir, aside, &kept_len);
    assert_int_equal(kept_len, len);
    assert_memory_equal(kept, damaged, len);
    free(kept);
    free(damaged);
}

static void without_backup(const struct state_dir *dir, damage_fn *damage)
{
    make_store(dir, false);
    damage(dir, "portero.db");
    check_safe_mode(dir, "no good backup");
    check_safe_mode(dir, "no good backup");
}

static void with_damaged_backup(const struct state_dir *dir, damage_fn *damage)
{
    make_store(dir, true);
    damage_garbage(dir, "portero.db");
    damage(dir, "portero.db.bak");
    check_safe_mode(dir, "no good backup");
}

static void test_damaged_with_a_backup(void **state)
{
    (void)state;
    check_each(with_backup);
}

static void test_damaged_without_a_backup(void **state)
{
    (void)state;
    check_each(without_backup);
}

static void test_damaged_with_a_damaged_backup(void **state)
{
    (void)state;
    check_each(with_damaged_backup);
}

/* The log that a killed daemon left belongs to the damaged file: it is kept with it, and
 * not played into the backup. */
static void test_the_log_goes_with_the_damaged_file(void **state)
{
    struct state_dir *dir = *state;
    struct settings settings = state_dir_settings(9);
    char *log, *kept;
    size_t len, kept_len;
    struct store *store = NULL;
    char aside[256];

    make_store(dir, true);
    assert_int_equal(store_open(dir->path, &store), 0);
    assert_int_equal(store_save(store, &settings), 0);
    log = state_dir_read(dir, "portero.db-wal", &len);
    store_close(store);
    assert_true(len > 0);
    state_dir_write(dir, "portero.db-wal", log, len);
    damage_empty(dir, "portero.db");
    check_recovered(dir);
    find_aside(dir, aside);
    memcpy(aside + strlen(aside), "-wal", sizeof("-wal"));
    kept = state_dir_read(dir, aside, &kept_len);
    assert_int_equal(kept_len, len);
    assert_memory_equal(kept, log, len);
    free(kept);

    /* The same without a database at all, and without a backup: a new one is new. */
    assert_int_equal(unlinkat(dir->fd, "portero.db", 0), 0);
    assert_int_equal(unlinkat(dir->fd, "portero.db.bak", 0), 0);
    state_dir_write(dir, "portero.db-wal", log, len);
    free(log);
    store = open_store(dir, STORE_GOOD);
    assert_int_equal(store_load(store, &settings), 0);
    assert_false(settings.sip_is_set);
    store_close(store);
}

static void test_deleted_with_a_backup(void **state)
{
    struct state_dir *dir = *state;

    make_store(dir, true);
    assert_int_equal(unlinkat(dir->fd, "portero.db", 0), 0);
    check_recovered(dir);
    assert_int_equal(state_dir_count(dir, "portero.db.damaged", NULL), 0);
}

static const char *const bad_values[] = {
    "UPDATE sip_account SET user = hex(zeroblob(20000))",
    "UPDATE sip_account SET proxy = ''",
    "UPDATE sip_account SET realm = 'sip.example.com' || char(13, 10) || 'X: y'",
    "UPDATE sip_account SET user = 'a' || char(0) || 'b'",
    "UPDATE sip_account SET transport = 'ws'",
    "UPDATE sip_account SET stun_port = 0",
    "UPDATE sip_account SET stun_port = 65536 + 3478",
    "UPDATE sip_account SET registration_interval = 29",
    "UPDATE sip_account SET registration_interval = 9223372036854775807",
    "UPDATE setting SET value = 'maybe' WHERE name = 'sip_enable'",
    "UPDATE setting SET value = '$argon2id$' || hex(zeroblob(100)) WHERE name = 'admin_hash'",
    "UPDATE setting SET value = 'e10adc3949ba59abbe56e057f20f883e' WHERE name = 'admin_hash'",
    "UPDATE setting SET value = 'short' WHERE name = 'serial'",
    "UPDATE setting SET value = hex(zeroblob(18)) || 'x' WHERE name = 'serial'",
    "UPDATE setting SET value = 'maybe' WHERE name = 'is_reregister'",
    "UPDATE setting SET value = 'maybe' WHERE name = 'sip_tls_is_checked'",
    "UPDATE setting SET value = '29' WHERE name = 'reregister_time'",
    "UPDATE setting SET value = '3601' WHERE name = 'reregister_time'",
    "UPDATE setting SET value = '66436' WHERE name = 'reregister_time'",
    "UPDATE setting SET value = '900s' WHERE name = 'reregister_time'",
    "UPDATE setting SET value = 'x' WHERE name = 'sip_ca_pem'",
    "UPDATE setting SET value = value || hex(zeroblob(8100)) WHERE name = 'sip_ca_pem'",
    "UPDATE https_identity SET certificate_pem = value || hex(zeroblob(4096)) FROM setting"
    " WHERE name = 'sip_ca_pem'",
    "INSERT INTO sip_account SELECT 2, proxy, realm, '', password_sealed, transport, user_id,"
    " stun_ip, stun_port, registration_interval, outbound FROM sip_account WHERE id = 1",
    "DROP TABLE https_identity",
    "DROP TABLE setting",
    "DROP TABLE sip_account",
    "ALTER TABLE sip_account DROP COLUMN outbound",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = -5",
};

static void test_values_out_of_range_are_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad_values) / sizeof(bad_values[0]); i++) {
        void *dir = NULL;

        (void)state_dir_setup(&dir);
        make_store(dir, true);
        edit(dir, "portero.db", bad_values[i]);
        check_recovered(dir);
        (void)state_dir_teardown(&dir);

        (void)state_dir_setup(&dir);
        make_store(dir, false);
        edit(dir, "portero.db", bad_values[i]);
        check_safe_mode(dir, "is damaged");
        (void)state_dir_teardown(&dir);
    }
}

static void test_unknown_settings_are_left_alone(void **state)
{
    struct state_dir *dir = *state;
    struct settings settings = state_dir_settings(3);
    struct store *store;

    make_store(dir, false);
    edit(dir, "portero.db", "INSERT INTO setting VALUES ('of_later', 'kept')");
    store = open_store(dir, STORE_GOOD);
    assert_int_equal(store_save(store, &settings), 0);
    store_close(store);
    assert_true(state_dir_holds(dir, "of_later"));
}

static void test_newer_version_is_not_touched(void **state)
{
    struct state_dir *dir = *state;

    make_store(dir, true);
    edit(dir, "portero.db", NEWER);
    check_safe_mode(dir, "newer version");
    /* Back to what it was: all is there. */
    edit(dir, "portero.db", CURRENT);
    store_close(open_store(dir, STORE_GOOD));
}

/* A killed daemon of a newer version left a log: it is not played into the file either. */
static void test_newer_version_with_a_log_is_not_touched(void **state)
{
    struct state_dir *dir = *state;
    size_t len, log_len;
    char path[128], *data, *log;
    sqlite3 *db = NULL;

    make_store(dir, true);
    (void)snprintf(path, sizeof(path), "%s/portero.db", dir->path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, NEWER, NULL, NULL, NULL), SQLITE_OK);
    data = state_dir_read(dir, "portero.db", &len);
    log = state_dir_read(dir, "portero.db-wal", &log_len);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_true(log_len > 0);
    state_dir_write(dir, "portero.db", data, len);
    state_dir_write(dir, "portero.db-wal", log, log_len);
    check_safe_mode(dir, "newer version");
    free(data);
    free(log);
}

static void check_password_lost(const struct state_dir *dir)
{
    struct settings settings, expected = state_dir_settings(2);
    struct store *store = open_store(dir, STORE_GOOD);
    size_t len;

    assert_int_equal(store_load(store, &settings), 0);
    assert_string_equal(settings.sip.password, "");
    assert_string_equal(settings.https_certificate_pem, "");
    assert_string_equal(settings.https_key_pem, "");
    memset(expected.sip.password, 0, sizeof(expected.sip.password));
    assert_memory_equal(&settings.sip, &expected.sip, sizeof(expected.sip));
    assert_non_null(strstr(store_problem(store), "portero.key"));
    assert_non_null(strstr(store_problem(store), "type the password again"));
    len = strlen(store_problem(store));
    assert_int_equal(store_load(store, &settings), 0);
    assert_int_equal(strlen(store_problem(store)), len); /* told once */

    /* Another change does not throw away what the right key would still open. */
    settings.sip.stun_port = 4;
    assert_int_equal(store_save(store, &settings), 0);
    store_close(store);
}

static void check_new_password_is_kept(const struct state_dir *dir)
{
    struct settings settings = state_dir_settings(5);
    struct store *store = open_store(dir, STORE_GOOD);

    assert_int_equal(store_save(store, &settings), 0);
    store_close(store);
    store = open_store(dir, STORE_GOOD);
    assert_int_equal(store_load(store, &settings), 0);
    state_dir_check_settings(&settings, 5);
    assert_string_equal(store_problem(store), "");
    assert_int_equal(state_dir_mode(dir, "portero.key"), 0600);
    store_close(store);
}

static void test_key_lost_and_found(void **state)
{
    struct state_dir *dir = *state;
    struct settings settings, expected = state_dir_settings(2);
    struct store *store;

    make_store(dir, false);
    assert_int_equal(renameat(dir->fd, "portero.key", dir->fd, "elsewhere"), 0);
    check_password_lost(dir);
    assert_false(state_dir_has(dir, "portero.key"));

    assert_int_equal(renameat(dir->fd, "elsewhere", dir->fd, "portero.key"), 0);
    store = open_store(dir, STORE_GOOD);
    assert_int_equal(store_load(store, &settings), 0);
    assert_string_equal(settings.sip.password, expected.sip.password);
    assert_int_equal(settings.sip.stun_port, 4);
    store_close(store);
}

static void test_key_lost_and_password_typed_again(void **state)
{
    struct state_dir *dir = *state;

    make_store(dir, false);
    assert_int_equal(unlinkat(dir->fd, "portero.key", 0), 0);
    check_password_lost(dir);
    check_new_password_is_kept(dir);
}

static void test_key_that_others_can_read(void **state)
{
    struct state_dir *dir = *state;

    make_store(dir, false);
    assert_int_equal(fchmodat(dir->fd, "portero.key", 0644, 0), 0);
    check_password_lost(dir);
    check_new_password_is_kept(dir);
    assert_int_equal(state_dir_count(dir, "portero.key.damaged-", NULL), 1);
}

static void test_key_of_another_panel(void **state)
{
    static const char key[32] = {1, 2, 3};
    struct state_dir *dir = *state;

    make_store(dir, false);
    state_dir_write(dir, "portero.key", key, sizeof(key));
    check_password_lost(dir);
    check_new_password_is_kept(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, state_dir_setup, state_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_damaged_with_a_backup),
        cmocka_unit_test(test_damaged_without_a_backup),
        cmocka_unit_test(test_damaged_with_a_damaged_backup),
        TEST(test_the_log_goes_with_the_damaged_file),
        TEST(test_deleted_with_a_backup),
        cmocka_unit_test(test_values_out_of_range_are_damage),
        TEST(test_unknown_settings_are_left_alone),
        TEST(test_newer_version_is_not_touched),
        TEST(test_newer_version_with_a_log_is_not_touched),
        TEST(test_key_lost_and_found),
        TEST(test_key_lost_and_password_typed_again),
        TEST(test_key_that_others_can_read),
        TEST(test_key_of_another_panel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
