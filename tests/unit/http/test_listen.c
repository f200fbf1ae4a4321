/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "http/listen.h"

static const char *const bad[] = {
    "",
    "8080",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:x",
    "localhost:0",
    "127.0.0.1:65536",
    "127.0.0.1:999999",
    "[::1]",
    "[::1:80",
    "::1:80",
    "[]:80",
    "[:80",
    "127.0.0.1:-1",
    "1.2.3:80",
    "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80",
};

static void test_bad_addresses(void **state)
{
    int fd = -1;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (listen_open(bad[i], &fd) != EINVAL)
            fail_msg("%s was taken", bad[i]);
    }
    assert_int_equal(fd, -1);
}

static void test_any_port_is_told(void **state)
{
    static const char *const addresses[] = {"127.0.0.1:0", "[::1]:0", "[::]:0", "0.0.0.0:0"};
    char text[LISTEN_TEXT_SIZE];
    int fd;
    int other;

    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        size_t len = strlen(addresses[i]) - 1;
        int err = listen_open(addresses[i], &fd);

        if (err == EAFNOSUPPORT || err == EADDRNOTAVAIL) /* a machine without IPv6 */
            continue;
        assert_int_equal(err, 0);
        assert_int_equal(listen_text(fd, text), 0);
        assert_memory_equal(text, addresses[i], len);
        assert_string_not_equal(text + len, "0");
        assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
        assert_int_equal(listen_open(text, &other), EADDRINUSE);
        (void)close(fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_any_port_is_told),
    };

    return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
