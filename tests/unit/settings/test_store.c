/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/state_dir.h"
#include "settings/store.h"

static struct store *open_good(const struct state_dir *dir)
{
    struct store *store = NULL;

    assert_int_equal(store_open(dir->path, &store), 0);
    assert_int_equal(store_health(store), STORE_GOOD);
    assert_string_equal(store_problem(store), "");
    return store;
}

static void test_new_store_gives_the_defaults(void **state)
{
    struct store *store = open_good(*state);
    struct settings settings;

    assert_int_equal(store_load(store, &settings), 0);
    assert_false(settings.sip_is_set);
    assert_memory_equal(&settings.sip, &sip_settings_default, sizeof(settings.sip));
    assert_false(settings.second_is_set);
    assert_memory_equal(&settings.second, &sip_settings_default, sizeof(settings.second));
    assert_int_equal(settings.sip_enable, SWITCH_UNSET);
    assert_true(settings.is_reregister);
    assert_int_equal(settings.reregister_time_s, 900);
    assert_true(settings.sip_tls_is_checked);
    assert_string_equal(settings.sip_ca_pem, "");
    assert_string_equal(settings.https_certificate_pem, "");
    assert_string_equal(settings.https_key_pem, "");
    assert_string_equal(settings.admin_hash, "");
    assert_string_equal(settings.serial, "");
    assert_null(store_close(store));
    assert_null(store_close(NULL));
}

static void test_saved_settings_come_back(void **state)
{
    struct store *store = open_good(*state);
    struct settings settings;

    /* Each n has another transport and switch; most rows are written over. */
    for (unsigned n = 0; n < 7; n++) {
        settings = state_dir_settings(n);
        assert_int_equal(store_save(store, &settings), 0);
        assert_int_equal(store_load(store, &settings), 0);
        state_dir_check_settings(&settings, n);
        store = store_close(store);
        store = open_good(*state);
        assert_int_equal(store_load(store, &settings), 0);
        state_dir_check_settings(&settings, n);
    }
    store_close(store);
}

static void test_settings_can_be_taken_back(void **state)
{
    struct store *store = open_good(*state);
    struct settings settings = state_dir_settings(1);
    struct settings none;

    settings_init(&none);
    assert_int_equal(store_save(store, &settings), 0);
    assert_int_equal(store_save(store, &none), 0);
    assert_int_equal(store_load(store, &settings), 0);
    assert_false(settings.sip_is_set);
    assert_memory_equal(&settings.sip, &none.sip, sizeof(none.sip));
    assert_false(settings.second_is_set);
    assert_memory_equal(&settings.second, &none.second, sizeof(none.second));
    assert_true(settings.is_reregister);
    assert_string_equal(settings.sip_ca_pem, "");
    assert_int_equal(settings.sip_enable, SWITCH_UNSET);
    assert_string_equal(settings.admin_hash, "");
    assert_string_equal(settings.serial, "");
    store_close(store);
}

/* As long as may be: a PEM may have any text around it. */
static void fill_up(char *pem, size_t size)
{
    size_t len = strlen(pem);

    memset(pem + len, 'x', size - 1 - len);
    pem[size - 1] = '\0';
}

static void test_longest_settings_fit(void **state)
{
    struct store *store = open_good(*state);
    struct settings settings = state_dir_settings(1), loaded;
    char *proxy = settings.sip.proxy;

    memset(proxy, 'a', SIP_SETTINGS_MAX_URI);
    memcpy(proxy, "sip:", 4);
    for (size_t i = 63; i < 253; i += 64)
        proxy[4 + i] = '.';
    memcpy(proxy + 257, ":65535", 7);
    memset(settings.sip.password, '"', SIP_SETTINGS_MAX_TEXT);
    memset(settings.admin_hash + 10, 'x', ADMIN_HASH_MAX_LEN - 10);
    fill_up(settings.sip_ca_pem, sizeof(settings.sip_ca_pem));
    fill_up(settings.https_certificate_pem, sizeof(settings.https_certificate_pem));
    fill_up(settings.https_key_pem, sizeof(settings.https_key_pem));
    assert_int_equal(store_save(store, &settings), 0);
    assert_int_equal(store_load(store, &loaded), 0);
    assert_memory_equal(&loaded.sip, &settings.sip, sizeof(loaded.sip));
    assert_string_equal(loaded.admin_hash, settings.admin_hash);
    assert_string_equal(loaded.sip_ca_pem, settings.sip_ca_pem);
    assert_string_equal(loaded.https_certificate_pem, settings.https_certificate_pem);
    assert_string_equal(loaded.https_key_pem, settings.https_key_pem);
    assert_int_equal(strlen(loaded.sip_ca_pem), CA_PEM_MAX_LEN);
    assert_int_equal(strlen(loaded.https_certificate_pem), CERTIFICATE_PEM_MAX_LEN);
    assert_int_equal(strlen(loaded.https_key_pem), KEY_PEM_MAX_LEN);
    store_close(store);
}

/* A change that does not touch them writes neither the identity nor the CAs again. */
static void test_what_stays_the_same_is_not_written(void **state)
{
    struct state_dir *dir = *state;
    struct settings settings = state_dir_settings(1);
    struct store *store = open_good(dir);
    size_t before, after;

    assert_int_equal(store_save(store, &settings), 0);
    free(state_dir_read(dir, "portero.db-wal", &before));
    settings.sip_enable = SWITCH_ON;
    fill_up(settings.sip_ca_pem, sizeof(settings.sip_ca_pem));
    assert_int_equal(store_save(store, &settings), 0);
    free(state_dir_read(dir, "portero.db-wal", &after));
    assert_true(after > before + CA_PEM_MAX_LEN);
    before = after;
    settings.sip_enable = SWITCH_OFF;
    assert_int_equal(store_save(store, &settings), 0);
    free(state_dir_read(dir, "portero.db-wal", &after));
    assert_true(after > before);
    assert_true(after < before + 3 * 4200);
    store_close(store);
}

/* Read a file of tests/data into the directory. */
static void copy_data(const struct state_dir *dir, const char *folder, const char *name)
{
    const char *data_dir = getenv("PORTERO_TEST_DATA");
    struct state_dir from = {.fd = -1};
    size_t len;
    char *data, path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", data_dir ? data_dir : "tests/data", folder);
    from.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(from.fd >= 0);
    data = state_dir_read(&from, name, &len);
    state_dir_write(dir, name, data, len);
    free(data);
    (void)close(from.fd);
}

static void check_version_1(const struct settings *settings)
{
    const struct sip_settings *sip = &settings->sip;

    assert_true(settings->sip_is_set);
    assert_string_equal(sip->proxy, "sip:pbx.example.invalid:5070");
    assert_string_equal(sip->realm, "pbx.example.invalid");
    assert_string_equal(sip->user, "gate 1");
    assert_string_equal(sip->password, "hush-v1 \"~");
    assert_int_equal(sip->transport, SIP_TRANSPORT_TCP);
    assert_string_equal(sip->user_id, "auth@1");
    assert_string_equal(sip->stun_ip, "stun.example.invalid");
    assert_int_equal(sip->stun_port, 3479);
    assert_int_equal(sip->registration_interval_s, 120);
    assert_string_equal(sip->outbound, "sip:edge.example.invalid");
    assert_int_equal(settings->sip_enable, SWITCH_OFF);
    assert_string_equal(settings->admin_hash,
                        "$argon2id$v=19$m=19456,t=2,p=1$0/KcSF+PDcrfkwBHT0S9oQ$"
                        "9KJXgJGjbeFT8GdJm4eoVfW05SQGM4tVi5p9NrexDgk");
    assert_string_equal(settings->serial, "34705130-61e4-41e4-a2a8-cbc721e6aba7");
}

/* The files were written by the program of schema version 1. */
static void test_version_1_is_taken_over(void **state)
{
    struct state_dir *dir = *state;
    struct settings settings;
    struct store *store;

    copy_data(dir, "store-v1", "portero.db");
    copy_data(dir, "store-v1", "portero.key");
    for (int i = 0; i < 2; i++) { /* as it was, and after our first change of it */
        store = open_good(dir);
        assert_int_equal(store_load(store, &settings), 0);
        check_version_1(&settings);
        assert_int_equal(settings.second_is_set, i);
        assert_true(settings.is_reregister);
        assert_int_equal(settings.reregister_time_s, 900);
        assert_true(settings.sip_tls_is_checked);
        assert_string_equal(settings.sip_ca_pem, "");
        assert_string_equal(settings.https_key_pem, "");
        settings.second = settings.sip;
        settings.second_is_set = true;
        assert_int_equal(store_save(store, &settings), 0);
        assert_int_equal(store_backup(store), 0);
        store_close(store);
    }
}

/* The damaged store's backup may be of the version before. */
static void test_version_1_as_a_backup(void **state)
{
    struct state_dir *dir = *state;
    struct store *store = NULL;
    struct settings settings;

    copy_data(dir, "store-v1", "portero.db");
    copy_data(dir, "store-v1", "portero.key");
    assert_int_equal(renameat(dir->fd, "portero.db", dir->fd, "portero.db.bak"), 0);
    state_dir_write(dir, "portero.db", "garbage", 7);
    assert_int_equal(store_open(dir->path, &store), 0);
    assert_int_equal(store_health(store), STORE_RECOVERED);
    assert_int_equal(store_load(store, &settings), 0);
    check_version_1(&settings);
    store_close(store);
}

static void test_directory_and_files_are_private(void **state)
{
    struct state_dir *dir = *state;
    mode_t mask = umask(0);
    struct state_dir inner;
    struct settings settings = state_dir_settings(1);
    struct store *store;
    struct stat st;

    (void)snprintf(inner.path, sizeof(inner.path), "%.40s/a/b", dir->path);
    store = open_good(&inner);
    (void)umask(mask);
    inner.fd = store_dir_fd(store);
    assert_int_equal(fstat(inner.fd, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(state_dir_mode(dir, "a"), 0700);

    assert_int_equal(store_save(store, &settings), 0);
    assert_int_equal(store_backup(store), 0);
    assert_int_equal(state_dir_mode(&inner, "portero.db"), 0600);
    assert_int_equal(state_dir_mode(&inner, "portero.db-wal"), 0600);
    assert_int_equal(state_dir_mode(&inner, "portero.db.bak"), 0600);
    assert_int_equal(state_dir_mode(&inner, "portero.key"), 0600);
    assert_int_equal(state_dir_mode(&inner, "portero.lock"), 0600);
    assert_int_equal(state_dir_count(&inner, "portero", NULL), 5);
    store_close(store);

    /* A file that was copied back by hand is closed to others again. */
    inner.fd = open(inner.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(fchmodat(inner.fd, "portero.db", 0644, 0), 0);
    assert_int_equal(fchmodat(inner.fd, "portero.db.bak", 0666, 0), 0);
    store_close(open_good(&inner));
    assert_int_equal(state_dir_mode(&inner, "portero.db"), 0600);
    assert_int_equal(state_dir_mode(&inner, "portero.db.bak"), 0600);

    for (const char *const *name = (const char *const[]){"portero.db", "portero.db.bak",
                                                         "portero.key", "portero.lock", NULL};
         *name; name++)
        assert_int_equal(unlinkat(inner.fd, *name, 0), 0);
    (void)close(inner.fd);
    assert_int_equal(unlinkat(dir->fd, "a/b", AT_REMOVEDIR), 0);
}

static void test_no_secret_in_any_file(void **state)
{
    struct state_dir *dir = *state;
    struct store *store = open_good(dir);

    for (unsigned n = 0; n < 50; n++) {
        struct settings settings = state_dir_settings(n);

        assert_int_equal(store_save(store, &settings), 0);
        if (n % 10 == 0)
            assert_int_equal(store_backup(store), 0);
    }
    assert_true(state_dir_holds(dir, "p49.example.com")); /* it would be found */
    assert_false(state_dir_holds(dir, "hush-"));
    assert_true(state_dir_holds(dir, "BEGIN CERTIFICATE"));
    assert_false(state_dir_holds(dir, "PRIVATE KEY"));
    store_close(store);
    assert_true(state_dir_holds(dir, "p49.example.com"));
    assert_false(state_dir_holds(dir, "hush-"));
}

static void test_only_one_daemon_a_directory(void **state)
{
    struct state_dir *dir = *state;
    struct store *store = open_good(dir), *second = NULL;

    assert_int_equal(store_open(dir->path, &second), EBUSY);
    assert_null(second);
    store_close(store);
    store_close(open_good(dir));
}

static void test_unusable_directories(void **state)
{
    struct state_dir *dir = *state;
    struct store *store = NULL;
    char path[128];

    state_dir_write(dir, "file", "", 0);
    (void)snprintf(path, sizeof(path), "%s/file", dir->path);
    assert_int_equal(store_open(path, &store), ENOTDIR);
    (void)snprintf(path, sizeof(path), "%s/file/under", dir->path);
    assert_int_equal(store_open(path, &store), ENOTDIR);
    assert_int_equal(store_open("", &store), ENOENT);
    assert_null(store);
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);

        if (flags >= 0 && fd > 2)
            count++;
    }
    return count;
}

static void test_descriptors_close_on_exec_and_are_closed(void **state)
{
    unsigned before = count_descriptors();
    struct settings settings = state_dir_settings(1);
    bool was_open[256];
    struct store *store;

    for (int fd = 0; fd < 256; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
    store = open_good(*state);
    assert_int_equal(store_save(store, &settings), 0);
    assert_int_equal(store_backup(store), 0);
    for (int fd = 0; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);

        if (!was_open[fd] && flags >= 0)
            assert_true(flags & FD_CLOEXEC);
    }
    store_close(store);
    assert_int_equal(count_descriptors(), before);
}

static void test_log_stays_small(void **state)
{
    struct store *store = open_good(*state);
    size_t len;

    for (unsigned n = 0; n < 300; n++) {
        struct settings settings = state_dir_settings(n);

        assert_int_equal(store_save(store, &settings), 0);
    }
    free(state_dir_read(*state, "portero.db-wal", &len));
    assert_true(len < 512 * 1024);
    store_close(store);
    assert_false(state_dir_has(*state, "portero.db-wal"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, state_dir_setup, state_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_new_store_gives_the_defaults),
        TEST(test_saved_settings_come_back),
        TEST(test_settings_can_be_taken_back),
        TEST(test_longest_settings_fit),
        TEST(test_what_stays_the_same_is_not_written),
        TEST(test_version_1_is_taken_over),
        TEST(test_version_1_as_a_backup),
        TEST(test_directory_and_files_are_private),
        TEST(test_no_secret_in_any_file),
        TEST(test_only_one_daemon_a_directory),
        TEST(test_unusable_directories),
        TEST(test_descriptors_close_on_exec_and_are_closed),
        TEST(test_log_stays_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
