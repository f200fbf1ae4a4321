/* SPDX-License-Identifier: MIT */
/* The store when its process is killed, and when the disk is full. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "settings/state_dir.h"
#include "settings/store.h"

enum { KILLS = 40 };

/* SQLite's calls come here too: kill -9 cannot show that a commit survives a power cut, but
 * this can show that the disk was asked. */
static unsigned syncs, directory_syncs;

int fsync(int fd)
{
    struct stat st;

    syncs++;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        directory_syncs++;
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    syncs++;
    return (int)syscall(SYS_fdatasync, fd);
}

static void test_each_save_is_synced(void **state)
{
    struct state_dir *dir = *state;
    struct store *store = NULL;

    assert_int_equal(store_open(dir->path, &store), 0);
    for (unsigned n = 0; n < 10; n++) {
        struct settings settings = state_dir_settings(n);

        syncs = 0;
        assert_int_equal(store_save(store, &settings), 0);
        assert_true(syncs >= 1);
    }
    syncs = directory_syncs = 0;
    assert_int_equal(store_backup(store), 0);
    assert_int_equal(directory_syncs, 1);
    assert_true(syncs >= 2);
    store_close(store);
}

/* Saves n, n + 1, ... and tells each number when it is stored. Never returns. */
static void save_for_ever(const char *path, unsigned n, int tell)
{
    struct store *store = NULL;

    if (store_open(path, &store))
        _exit(1);
    for (;; n++) {
        struct settings settings = state_dir_settings(n);

        if (store_save(store, &settings) || (n % 3 == 0 && store_backup(store)) ||
            write(tell, &n, sizeof(n)) != (ssize_t)sizeof(n))
            _exit(2);
    }
}

/* Kill the child delay_us after it told of some saves (of its start, if none), however slow
 * the machine is. Returns the last number that it told; before if none. */
static unsigned kill_while_saving(const char *path, unsigned before, unsigned saves,
                                  unsigned delay_us)
{
    unsigned acknowledged = before, n;
    int pipe_fds[2], status;
    pid_t child;

    assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(pipe_fds[0]);
        save_for_ever(path, before + 1, pipe_fds[1]);
    }
    (void)close(pipe_fds[1]);
    for (unsigned i = 0; i < saves; i++)
        assert_int_equal(read(pipe_fds[0], &acknowledged, sizeof(n)), sizeof(n));
    (void)usleep(delay_us);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(pipe_fds[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
        acknowledged = n;
    (void)close(pipe_fds[0]);
    return acknowledged;
}

static unsigned load_number(const struct state_dir *dir)
{
    struct store *store = NULL;
    struct settings settings;
    unsigned n;

    assert_int_equal(store_open(dir->path, &store), 0);
    assert_int_equal(store_health(store), STORE_GOOD);
    assert_int_equal(store_load(store, &settings), 0);
    if (!settings.sip_is_set) {
        store_close(store);
        return 0;
    }
    n = (unsigned)strtoul(settings.sip.user, NULL, 10);
    state_dir_check_settings(&settings, n); /* all of one save: nothing is torn */
    assert_string_equal(store_problem(store), "");
    store_close(store);
    return n;
}

/* Moments that differ from run to run are the point; the seed is told to repeat one. */
static void test_killed_at_any_moment(void **state)
{
    struct state_dir *dir = *state;
    unsigned seed = (unsigned)getpid();
    unsigned stored = 0;

    print_message("# seed %u\n", seed);
    for (unsigned i = 0; i < KILLS; i++) {
        unsigned delay_us = (unsigned)rand_r(&seed) % 5000;
        unsigned acknowledged = kill_while_saving(dir->path, stored, i % 6, delay_us);

        stored = load_number(dir);
        /* What was told is there; one more may have been stored without being told. */
        assert_in_range(stored, acknowledged, acknowledged + 1);
    }
}

static int save_on_full_disk(const struct state_dir *dir, rlim_t limit)
{
    struct rlimit rlimit = {limit, limit};
    struct settings settings = state_dir_settings(2), loaded;
    struct store *store = NULL;
    int err;

    (void)signal(SIGXFSZ, SIG_IGN);
    if (store_open(dir->path, &store))
        return 201;
    if (setrlimit(RLIMIT_FSIZE, &rlimit))
        return 202;
    err = store_save(store, &settings);
    if (err == 0)
        return 0;
    /* What was stored before still is, for this process and for the next. */
    if (store_load(store, &loaded) || strcmp(loaded.sip.user, "1") != 0)
        return 203;
    if (store_save(store, &settings) == 0 || store_backup(store) == 0)
        return 204;
    store_close(store);
    return err;
}

static int in_child(const struct state_dir *dir, rlim_t limit)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0)
        _exit(save_on_full_disk(dir, limit));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_full_disk_keeps_the_old_state(void **state)
{
    struct state_dir *dir = *state;
    struct settings settings = state_dir_settings(1);
    struct store *store = NULL;

    assert_int_equal(store_open(dir->path, &store), 0);
    assert_int_equal(store_save(store, &settings), 0);
    assert_int_equal(store_backup(store), 0);
    store_close(store);

    /* Up to where a save fits: the log's header, one page of it, and so on. */
    for (rlim_t limit = 0; limit <= 8192; limit += 1000) {
        assert_int_equal(in_child(dir, limit), ENOSPC);
        assert_int_equal(load_number(dir), 1);
    }
    assert_int_equal(in_child(dir, 1024 * 1024), 0);
    assert_int_equal(load_number(dir), 2);
}

static int open_on_full_disk(const struct state_dir *dir)
{
    struct rlimit rlimit = {100, 100};
    struct store *store = NULL;
    int err;

    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &rlimit))
        return 201;
    err = store_open(dir->path, &store);
    store_close(store);
    return err;
}

static void test_first_start_on_a_full_disk_leaves_no_half_store(void **state)
{
    struct state_dir *dir = *state;
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0)
        _exit(open_on_full_disk(dir));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), ENOSPC);
    assert_int_equal(state_dir_count(dir, "portero.db", NULL), 0);
    assert_int_equal(load_number(dir), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, state_dir_setup, state_dir_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_save_is_synced),
        TEST(test_killed_at_any_moment),
        TEST(test_full_disk_keeps_the_old_state),
        TEST(test_first_start_on_a_full_disk_leaves_no_half_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
