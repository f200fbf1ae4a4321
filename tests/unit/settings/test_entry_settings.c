/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "settings/entry_settings.h"

static void test_urls(void **state)
{
    static const struct {
        const char *url;
        bool is_good;
    } cases[] = {
        {"", true},
        {"host/path?a=b%20c&d", true},
        {"host", true},
        {"host:8080/", true},
        {"10.0.0.1:81/x?u=http://other/", true},
        {"http://host/x", true},
        {"HTTPS://host:1/x", true},
        {"[::1]:80/x", true},
        {"ftp://host/", false},
        {"file:///etc/passwd", false},
        {"http://", false},
        {"http:///x", false},
        {"/path", false},
        {"?x", false},
        {":80/x", false},
        {"http://user:word@host/", false},
        {"user@host/", false},
        {"host/a b", false},
        {"host/\r\nX: y", false},
        {"h\xc3\xb6st/", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("# %s\n", cases[i].url);
        assert_int_equal(entry_check_url(cases[i].url) == NULL, cases[i].is_good);
    }
}

enum { HOUR = 3600 };

static void test_hours(void **state)
{
    static const struct entry_settings settings = {
        .is_free_on = true,
        .n_free_times = 3,
        .free_times = {{ENTRY_LOCK_FIRST, true, 2, 10 * HOUR, 11 * HOUR - 60},
                       {ENTRY_LOCK_ALL, true, 6, 22 * HOUR, HOUR},
                       {ENTRY_LOCK_ALL, false, 0, 0, 86340}}};
    static const struct {
        unsigned lock, day;
        uint32_t second;
        bool is_free;
    } cases[] = {
        {1, 2, 10 * HOUR - 1, false}, {1, 2, 10 * HOUR, true},
        {1, 2, 11 * HOUR - 1, true},  {1, 2, 11 * HOUR, false},
        {2, 2, 10 * HOUR, false},     {1, 3, 10 * HOUR, false},
        {1, 6, 22 * HOUR - 1, false}, {2, 6, 22 * HOUR, true},
        {2, 6, 86399, true},          {2, 0, 0, true},
        {1, 0, HOUR + 59, true},      {1, 0, HOUR + 60, false},
        {1, 0, 12 * HOUR, false},     {1, 6, 0, false},
    };
    struct entry_settings off = settings;

    (void)state;
    off.is_free_on = false;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("# %u %u %u\n", cases[i].lock, cases[i].day, (unsigned)cases[i].second);
        assert_int_equal(entry_is_free(&settings, cases[i].lock, cases[i].day, cases[i].second),
                         cases[i].is_free);
        assert_false(entry_is_free(&off, cases[i].lock, cases[i].day, cases[i].second));
    }
}

static void test_free_times_as_text(void **state)
{
    struct entry_settings full = {.n_free_times = ENTRY_MAX_FREE_TIMES}, read = {.n_free_times = 0};
    char text[ENTRY_MAX_FREE_TEXT + 1], more[ENTRY_MAX_FREE_TEXT + 40];
    static const char *const bad[] = {"all 1 0 0 86340",  "all 1 7 0 0;",  "all 2 0 0 0;",
                                      "all 1 0 86400 0;", "none 1 0 0 0;", "x",
                                      "all 1 0 0 99999;", "all 1 0 -1 0;", "all 1 0 0 0; x"};

    (void)state;
    for (unsigned i = 0; i < ENTRY_MAX_FREE_TIMES; i++)
        full.free_times[i] = (struct free_time){ENTRY_LOCK_SECOND, true, 6, 86399, 86399};
    entry_free_write(&full, text);
    assert_true(entry_free_read(text, &read));
    assert_int_equal(read.n_free_times, ENTRY_MAX_FREE_TIMES);
    assert_int_equal(read.free_times[27].to_s, 86399);
    assert_int_equal(read.free_times[27].lock, ENTRY_LOCK_SECOND);
    (void)snprintf(more, sizeof(more), "%sall 1 0 0 0;", text);
    assert_false(entry_free_read(more, &read));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        print_message("# %s\n", bad[i]);
        assert_false(entry_free_read(bad[i], &read));
    }
    assert_true(entry_free_read("", &read));
    assert_int_equal(read.n_free_times, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_free_times_as_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
