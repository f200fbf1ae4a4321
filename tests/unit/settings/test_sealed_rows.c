/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "settings/database.h"
#include "settings/device_settings.h"
#include "settings/sealed_rows.h"
#include "settings/secret.h"
#include "state_dir.h"

static sqlite3 *db;
static struct secret_key *key;

static int setup(void **state)
{
    const struct state_dir *dir;

    if (state_dir_setup(state))
        return -1;
    dir = *state;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    assert_int_equal(
        database_exec(db, "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)"), 0);
    assert_int_equal(secret_key_load(dir->fd, true, &key), 0);
    return 0;
}

static int teardown(void **state)
{
    db = database_close(db);
    key = secret_key_free(key);
    return state_dir_teardown(state);
}

static void read_text(const char *sql, char *text, size_t size)
{
    sqlite3_stmt *stmt = NULL;

    text[0] = '\0';
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        (void)snprintf(text, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
    (void)sqlite3_finalize(stmt);
}

#define RTSP "SELECT value FROM setting WHERE name = 'sealed.rtsp_password'"

static void test_round(void **state)
{
    struct device_settings device = device_settings_default, got = device_settings_default;
    char first[400], second[400];
    bool is_any, is_lost;

    (void)state;
    assert_int_equal(sealed_rows_read(db, NULL, &got, &is_any, &is_lost), 0);
    assert_false(is_any || is_lost);
    /* The longest there may be. */
    memset(device.rtsp_password, 'x', DEVICE_SETTINGS_MAX_PASSWORD);
    (void)snprintf(device.server_password, sizeof(device.server_password), "pw");
    assert_int_equal(sealed_rows_write(db, NULL, &device), ENOKEY);
    assert_int_equal(sealed_rows_write(db, key, &device), 0);
    read_text(RTSP, first, sizeof(first));
    assert_null(strstr(first, "xxxx"));
    assert_int_equal(strlen(first), 2 * (DEVICE_SETTINGS_MAX_PASSWORD + SECRET_OVERHEAD));
    assert_int_equal(sealed_rows_read(db, key, &got, &is_any, &is_lost), 0);
    assert_true(is_any && !is_lost);
    assert_string_equal(got.rtsp_password, device.rtsp_password);
    assert_string_equal(got.server_password, "pw");
    assert_string_equal(got.link_password, "");

    /* The same again is not written again. */
    assert_int_equal(sealed_rows_write(db, key, &device), 0);
    read_text(RTSP, second, sizeof(second));
    assert_string_equal(first, second);
}

static void check_read(const char *value, int err, bool is_lost)
{
    struct device_settings got = device_settings_default;
    char sql[600];
    bool any, lost;

    (void)snprintf(sql, sizeof(sql), "REPLACE INTO setting VALUES ('sealed.rtsp_password', '%s')",
                   value);
    assert_int_equal(database_exec(db, sql), 0);
    assert_int_equal(sealed_rows_read(db, key, &got, &any, &lost), err);
    if (!err)
        assert_int_equal(lost, is_lost);
    assert_string_equal(got.rtsp_password, "");
}

/* What somebody has removed does not come back with the next start; what only could not be read
 * stays for the right key. */
static void test_none(void **state)
{
    struct device_settings device = device_settings_default, got;
    char first[400], second[400];
    bool is_any, is_lost;

    (void)state;
    (void)snprintf(device.rtsp_password, sizeof(device.rtsp_password), "rtsp");
    (void)snprintf(device.server_password, sizeof(device.server_password), "pw");
    assert_int_equal(sealed_rows_write(db, key, &device), 0);
    device.server_password[0] = '\0';
    assert_int_equal(sealed_rows_write(db, key, &device), 0);
    got = device_settings_default;
    assert_int_equal(sealed_rows_read(db, key, &got, &is_any, &is_lost), 0);
    assert_string_equal(got.rtsp_password, "rtsp");
    assert_string_equal(got.server_password, "");

    read_text(RTSP, first, sizeof(first));
    assert_int_equal(sealed_rows_write(db, NULL, &device_settings_default), 0);
    read_text(RTSP, second, sizeof(second));
    assert_string_equal(first, second);
    first[0] = first[0] == '0' ? '1' : '0';
    check_read(first, 0, true);
    assert_int_equal(sealed_rows_write(db, key, &device_settings_default), 0);
    read_text(RTSP, second, sizeof(second));
    assert_string_equal(first, second);
}

static void test_damaged(void **state)
{
    char hex[400];

    (void)state;
    check_read("zz", EBADMSG, false);
    check_read("abc", EBADMSG, false);
    check_read("abcd", 0, true);
    memset(hex, 'a', sizeof(hex));
    hex[2 * (DEVICE_SETTINGS_MAX_PASSWORD + SECRET_OVERHEAD)] = '\0';
    check_read(hex, 0, true);
    hex[2 * (DEVICE_SETTINGS_MAX_PASSWORD + SECRET_OVERHEAD)] = 'a';
    hex[2 * (DEVICE_SETTINGS_MAX_PASSWORD + SECRET_OVERHEAD) + 1] = '\0';
    check_read(hex, EBADMSG, false);
}

/* What is sealed but can be no password was not written by us. */
static void test_sealed_but_odd(void **state)
{
    static const char *const texts[] = {DEVICE_SETTINGS_PASSWORD_SHOWN, "tab\there"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        unsigned char sealed[100];
        char hex[250];
        size_t len, n = 0;

        assert_int_equal(secret_seal(key, texts[i], sealed, sizeof(sealed), &len), 0);
        for (size_t b = 0; b < len; b++)
            n += (size_t)snprintf(hex + n, sizeof(hex) - n, "%02x", sealed[b]);
        check_read(hex, 0, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_round, setup, teardown),
        cmocka_unit_test_setup_teardown(test_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sealed_but_odd, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
