/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/capture.h"
#include "base/log.h"

static struct capture capture;
static char logged[80000];

static int setup(void **state)
{
    (void)state;
    (void)unsetenv("JOURNAL_STREAM");
    log_set_level(LOG_LEVEL_INFO);
    return 0;
}

static void end(void)
{
    capture_read(&capture, logged, sizeof(logged));
    capture_end(&capture);
}

static unsigned count(const char *piece)
{
    unsigned n = 0;

    for (const char *at = logged; (at = strstr(at, piece)); at += strlen(piece))
        n++;
    return n;
}

static void test_levels(void **state)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};

    (void)state;
    for (int level = LOG_LEVEL_ERROR; level <= LOG_LEVEL_DEBUG; level++) {
        enum log_level parsed = LOG_LEVEL_ERROR;

        assert_int_equal(log_level_parse(names[level], &parsed), 0);
        assert_int_equal(parsed, level);
        log_set_level(parsed);
        capture_begin(&capture);
        log_error("%s", "of error");
        log_warn("%s", "of warn");
        log_info("%s", "of info");
        log_debug("%s", "of debug");
        end();
        assert_int_equal(count("\n"), level + 1);
        assert_int_equal(count(" error of error\n"), 1);
        assert_int_equal(count(" warn  of warn\n"), level >= LOG_LEVEL_WARN);
        assert_int_equal(count(" info  of info\n"), level >= LOG_LEVEL_INFO);
        assert_int_equal(count(" debug of debug\n"), level >= LOG_LEVEL_DEBUG);
    }
}

static void test_no_such_level(void **state)
{
    static const char *const bad[] = {"", "Info", "information", "info ", "0"};
    enum log_level level = LOG_LEVEL_DEBUG;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_not_equal(log_level_parse(bad[i], &level), 0);
    assert_int_equal(level, LOG_LEVEL_DEBUG);
}

static void test_a_line_begins_with_the_time(void **state)
{
    int hour, minute, second, ms;

    (void)state;
    capture_begin(&capture);
    log_info("x");
    end();
    assert_int_equal(sscanf(logged, "%2d:%2d:%2d.%3d info  x", &hour, &minute, &second, &ms), 4);
    assert_true(hour >= 0 && hour < 24 && minute < 60 && second <= 60 && ms < 1000);
}

static void test_a_line_begins_with_its_level_under_systemd(void **state)
{
    (void)state;
    assert_int_equal(setenv("JOURNAL_STREAM", "8:1234", 1), 0);
    capture_begin(&capture);
    log_error("a");
    log_warn("b");
    log_info("c");
    end();
    assert_string_equal(logged, "<3>a\n<4>b\n<6>c\n");
}

static void test_nobody_can_forge_a_line(void **state)
{
    char all[256];
    size_t n = 0;

    (void)state;
    assert_int_equal(setenv("JOURNAL_STREAM", "8:1234", 1), 0);
    for (int c = 1; c < 0x80; c++)
        all[n++] = (char)c;
    all[n] = '\0';
    capture_begin(&capture);
    log_info("a\r\n<3>forged\x1b[2J\x7f%s", all);
    end();
    assert_int_equal(count("\n"), 1);
    assert_int_equal(strlen(logged), 3 + strlen("a\r\n<3>forged.[2J.") + n + 1);
    for (size_t i = 0; logged[i] != '\n'; i++)
        assert_in_range((unsigned char)logged[i], 0x20, 0x7e);
    assert_memory_equal(logged,
                        "<6>a?"
                        "?<3>forged?[2J?",
                        20);
}

static void test_long_lines_are_cut(void **state)
{
    char text[3 * LOG_MAX_LINE];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (size_t len = LOG_MAX_LINE - 30; len < LOG_MAX_LINE + 10; len++) {
        capture_begin(&capture);
        log_info("%.*s", (int)len, text);
        end();
        assert_true(strlen(logged) <= LOG_MAX_LINE);
        assert_int_equal(count("\n"), 1);
        assert_int_equal(logged[strlen(logged) - 1], '\n');
    }
    capture_begin(&capture);
    log_info("%s", text);
    log_info("after");
    end();
    assert_int_equal(strcspn(logged, "\n"), LOG_MAX_LINE - 1);
    assert_int_equal(count("after\n"), 1);
}

static void test_a_full_pipe_neither_blocks_nor_hides_what_is_lost(void **state)
{
    size_t filled;

    (void)state;
    (void)alarm(10); /* blocking would be for ever */
    capture_begin(&capture);
    filled = capture_fill();
    for (int i = 0; i < 25; i++)
        log_info("line %d", i);
    capture_read(&capture, logged, sizeof(logged));
    log_info("room again");
    log_info("and again");
    end();
    (void)alarm(0);
    assert_true(filled >= 4096);
    assert_int_equal(count("log: 25 lines were lost\n"), 1);
    assert_int_equal(count("were lost"), 1);
    assert_int_equal(count("room again\n"), 1);
    assert_int_equal(count("and again\n"), 1);
    assert_true(strstr(logged, "were lost") < strstr(logged, "room again"));
}

static void test_a_closed_stderr_is_no_harm(void **state)
{
    (void)state;
    capture_begin(&capture);
    (void)close(STDERR_FILENO);
    log_info("into nothing");
    capture_end(&capture);
    capture_begin(&capture);
    log_info("x");
    end();
    assert_int_equal(count("log: 1 lines were lost\n"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_levels, setup),
        cmocka_unit_test_setup(test_no_such_level, setup),
        cmocka_unit_test_setup(test_a_line_begins_with_the_time, setup),
        cmocka_unit_test_setup(test_a_line_begins_with_its_level_under_systemd, setup),
        cmocka_unit_test_setup(test_nobody_can_forge_a_line, setup),
        cmocka_unit_test_setup(test_long_lines_are_cut, setup),
        cmocka_unit_test_setup(test_a_full_pipe_neither_blocks_nor_hides_what_is_lost, setup),
        cmocka_unit_test_setup(test_a_closed_stderr_is_no_harm, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
