/* SPDX-License-Identifier: MIT */
/* The kernel's random numbers can be made known here: then it shows whose functions are linked. */
#include "test.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/types.h>

#include <re_types.h>
#include <re_sys.h>

static bool is_known;
static size_t n_taken; /* bytes */
static unsigned n_calls;

enum { MOST_AT_ONCE = 256 }; /* what is longer may come in part */

ssize_t __real_getrandom(void *buf, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *buf, size_t size, unsigned flags);

ssize_t __wrap_getrandom(void *buf, size_t size, unsigned flags)
{
    if (!is_known)
        return __real_getrandom(buf, size, flags);
    if (n_calls++ % 2 == 0) { /* a signal has come */
        errno = EINTR;
        return -1;
    }
    if (size > MOST_AT_ONCE)
        size = MOST_AT_ONCE;
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)buf)[i] = (uint8_t)(n_taken++ % 251);
    return (ssize_t)size;
}

static int setup(void **state)
{
    (void)state;
    is_known = true;
    n_taken = n_calls = 0;
    return 0;
}

static void test_ours_are_linked(void **state)
{
    static const uint8_t bytes[] = {0, 1, 2, 3, 4, 5, 6, 7};
    uint64_t want_64;
    uint32_t want_32;

    (void)state;
    memcpy(&want_64, bytes, sizeof(want_64));
    memcpy(&want_32, bytes, sizeof(want_32));
    assert_true(rand_u64() == want_64);
    n_taken = 0;
    assert_true(rand_u32() == want_32);
    n_taken = 0;
    assert_true(rand_u16() == (uint16_t)want_32);
    n_taken = 0;
    assert_int_equal(
        rand_char(),
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[want_32 % 62]);
    n_taken = 0;
    rand_init(); /* costs nothing */
    assert_int_equal(n_taken, 0);
}

static void test_bytes_of_any_number(void **state)
{
    static const size_t sizes[] = {0, 1, 255, 256, 257, 512, 1000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t buf[1024];

        memset(buf, 0xff, sizeof(buf));
        n_taken = 0;
        rand_bytes(buf, sizes[i]);
        assert_int_equal(n_taken, sizes[i]);
        for (size_t j = 0; j < sizeof(buf); j++)
            assert_int_equal(buf[j], j < sizes[i] ? j % 251 : 0xff);
    }
}

static void test_a_string_keeps_its_bounds(void **state)
{
    char buf[64];

    (void)state;
    is_known = false;
    for (size_t size = 1; size <= 40; size++) {
        memset(buf, '#', sizeof(buf));
        rand_str(buf, size);
        assert_int_equal(strlen(buf), size - 1);
        for (size_t i = 0; i < size - 1; i++)
            assert_true(isalnum((unsigned char)buf[i]));
        for (size_t i = size; i < sizeof(buf); i++)
            assert_int_equal(buf[i], '#');
    }
    memset(buf, '#', sizeof(buf));
    rand_str(buf, 0);
    assert_int_equal(buf[0], '#');
    rand_str(NULL, 10);
}

/* Each value of its range comes: that one does not has a chance of less than 1 in 10^40. */
static void test_ranges(void **state)
{
    bool has_char[256] = {false};
    uint64_t ones = 0, zeros = 0;
    unsigned n_chars = 0;

    (void)state;
    is_known = false;
    for (unsigned i = 0; i < 10000; i++) {
        has_char[(unsigned char)rand_char()] = true;
        if (i < 200) {
            uint64_t v = rand_u64();

            ones |= v;
            zeros |= ~v;
        }
    }
    for (int c = 0; c < 256; c++) {
        n_chars += has_char[c];
        assert_int_equal(has_char[c], c < 128 && isalnum(c));
    }
    assert_int_equal(n_chars, 62);
    assert_true(ones == UINT64_MAX && zeros == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_ours_are_linked, setup),
        cmocka_unit_test_setup(test_bytes_of_any_number, setup),
        cmocka_unit_test_setup(test_a_string_keeps_its_bounds, setup),
        cmocka_unit_test_setup(test_ranges, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
