/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/local.h"

static char dir[64];
static char path[sizeof(dir) + sizeof(LOCAL_SOCKET_NAME) + 1];

static int make(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/test_local_XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/" LOCAL_SOCKET_NAME, dir);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(dir);
}

static void test_only_for_its_owner(void **state)
{
    mode_t old = umask(0);
    struct stat st;
    int fd = -1;

    (void)state;
    assert_int_equal(local_open(dir, &fd), 0);
    assert_int_equal(umask(old), 0); /* as it was */
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    (void)close(fd);
    local_remove(dir);
    assert_int_equal(stat(path, &st), -1);
    local_remove(dir); /* once more is fine */
}

static void test_a_dead_one_is_replaced_a_live_one_is_not(void **state)
{
    int fd = -1, second = -1;

    (void)state;
    assert_int_equal(local_open(dir, &fd), 0);
    assert_int_equal(local_open(dir, &second), EADDRINUSE);
    assert_int_equal(second, -1);
    (void)close(fd); /* as after kill -9: the file is left */
    assert_int_equal(local_open(dir, &second), 0);
    (void)close(second);
}

static void test_what_is_no_socket_stays(void **state)
{
    struct stat st;
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(local_open(dir, &fd), EADDRINUSE);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void test_no_directory(void **state)
{
    int fd = -1;

    (void)state;
    assert_int_equal(local_open("/nonexistent/portero", &fd), ENOENT);
    assert_int_equal(fd, -1);
    local_remove("/nonexistent/portero");
}

static void test_we_are_ours(void **state)
{
    int pair[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_true(local_is_ours(pair[0]));
    (void)close(pair[0]);
    (void)close(pair[1]);
    assert_false(local_is_ours(pair[0])); /* what cannot be known is no */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_only_for_its_owner, make, drop),
        cmocka_unit_test_setup_teardown(test_a_dead_one_is_replaced_a_live_one_is_not, make, drop),
        cmocka_unit_test_setup_teardown(test_what_is_no_socket_stays, make, drop),
        cmocka_unit_test(test_no_directory),
        cmocka_unit_test(test_we_are_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
