/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "push/syslog_line.h"

static char line[SYSLOG_LINE_SIZE];

static void test_zones(void **state)
{
    const struct syslog_text text = {6, 1759395600007, "EVENT:105:Door opened by exit button"};

    (void)state;
    assert_int_equal(setenv("TZ", "JST-9", 1), 0); /* the machine's is of no account */
    tzset();
    (void)syslog_line_write(&text, 180, "192.0.2.7", "", line);
    assert_string_equal(line, "<134>2025-10-02T12:00:00.007+03:00 192.0.2.7 portero "
                              "EVENT:105:Door opened by exit button");
    (void)syslog_line_write(&text, -210, "2001:db8::7", "door-7", line);
    assert_string_equal(line, "<134>2025-10-02T05:30:00.007-03:30 2001:db8::7 door-7 "
                              "EVENT:105:Door opened by exit button");
    (void)syslog_line_write(&text, -30, "h", "t", line); /* west, and less than an hour */
    assert_string_equal(line,
                        "<134>2025-10-02T08:30:00.007-00:30 h t EVENT:105:Door opened by exit "
                        "button");
    (void)syslog_line_write(&text, 0, "h", "t", line);
    assert_string_equal(line,
                        "<134>2025-10-02T09:00:00.007+00:00 h t EVENT:105:Door opened by exit "
                        "button");
}

static void test_bounds(void **state)
{
    struct syslog_text text = {7, 253402300799999, ""};
    char host[200], tag[200];
    size_t len;

    (void)state;
    memset(text.text, 'e', sizeof(text.text) - 1);
    memset(host, 'h', sizeof(host));
    memset(tag, 't', sizeof(tag));
    host[sizeof(host) - 1] = tag[sizeof(tag) - 1] = '\0';
    len = syslog_line_write(&text, 0, host, tag, line);
    assert_int_equal(len, strlen(line));
    assert_int_equal(len, strlen("<135>9999-12-31T23:59:59.999+00:00   ") + 64 + 48 +
                              sizeof(text.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
