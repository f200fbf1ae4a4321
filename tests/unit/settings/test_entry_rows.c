/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "settings/database.h"
#include "settings/entry_rows.h"
#include "settings/settings_rows.h"
#include "settings/state_dir.h"

static sqlite3 *db;
static struct settings settings, read_again;
static struct settings_secrets secrets;

static int setup(void **state)
{
    char path[128];
    int version;

    if (state_dir_setup(state))
        return 1;
    (void)snprintf(path, sizeof(path), "%s/test.db", ((struct state_dir *)*state)->path);
    state_dir_write(*state, "test.db", "", 0);
    settings_init(&settings);
    return database_open(path, &db) || database_begin_upgrade(db, &version) || database_end(db, 0);
}

static int teardown(void **state)
{
    db = database_close(db);
    return state_dir_teardown(state);
}

static int read_rows(void)
{
    return settings_rows_read(db, NULL, &read_again, &secrets);
}

static void test_what_is_written_is_read(void **state)
{
    struct entry_settings *entry = &settings.entry, *again = &read_again.entry;

    (void)state;
    assert_int_equal(read_rows(), 0); /* of before there were any */
    assert_memory_equal(again, &entry_settings_default, sizeof(*again));
    entry->is_code_on = true;
    (void)snprintf(entry->code, sizeof(entry->code), "12345678");
    (void)snprintf(entry->card, sizeof(entry->card), "00-16-CA-92");
    (void)snprintf(entry->server_url, sizeof(entry->server_url), "host/x?a=%%20");
    entry->is_remote_on = entry->is_custom_server_on = entry->is_repeated = entry->is_free_on =
        true;
    entry->is_sensor_on = entry->is_exit_button_on = false;
    entry->opening_delay_s = ENTRY_MAX_DELAY_S;
    entry->repeat_delay_s = 1;
    entry->n_free_times = 1;
    entry->free_times[0] = (struct free_time){ENTRY_LOCK_ALL, false, 6, 1, 86399};
    assert_int_equal(settings_rows_write(db, NULL, &settings), 0);
    assert_int_equal(read_rows(), 0);
    assert_memory_equal(again, entry, sizeof(*again));
    entry->n_free_times = 0; /* what is taken away does not come back */
    entry->code[0] = '\0';
    assert_int_equal(settings_rows_write(db, NULL, &settings), 0);
    assert_int_equal(read_rows(), 0);
    assert_int_equal(again->n_free_times, 0);
    assert_string_equal(again->code, "");
}

static void test_damaged_rows(void **state)
{
    static const char *const bad[][2] = {
        {"entry.opening_delay", "0"},
        {"entry.opening_delay", "86401"},
        {"entry.opening_delay", "x"},
        {"entry.repeat_delay", ""},
        {"entry.repeat_delay", "999999"},
        {"entry.free_times", "all 1 9 0 0;"},
        {"entry.code", "12a"},
        {"entry.code", "123456789"},
        {"entry.server_url", "ftp://x/"},
        {"entry.free_is_on", "maybe"},
    };
    struct entry_settings entry = entry_settings_default;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        print_message("# %s %s\n", bad[i][0], bad[i][1]);
        assert_false(entry_rows_read(bad[i][0], bad[i][1], &entry));
    }
    assert_true(entry_rows_read("entry.of_a_later_version", "x", &entry));
    assert_true(entry_rows_read("lock.timeout_1", "x", &entry)); /* another's */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_written_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_rows, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
