/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <errno.h>
#include <string.h>

#include "base/capture.h"
#include "base/log.h"
#include "door/relay_sim.h"

static struct capture capture;
static char text[1000];

static void test_each_change_is_a_line(void **state)
{
    struct relay *relay = NULL;
    int err[4];
    const char *line;

    (void)state;
    log_set_level(LOG_LEVEL_DEBUG);
    capture_begin(&capture);
    (void)relay_sim_new("1", &relay);
    err[0] = relay->set(relay, false);
    err[1] = relay->set(relay, false);
    err[2] = relay->set(relay, true);
    err[3] = relay->set(relay, true);
    relay->free(relay); /* switches off */
    capture_read(&capture, text, sizeof(text));
    capture_end(&capture);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(err[i], 0);
    line = strstr(text, "debug relay 1 (simulated): off at the start\n");
    assert_non_null(line);
    line = strstr(line + 1, "info  relay 1 (simulated): on\n");
    assert_non_null(line);
    line = strstr(line + 1, "info  relay 1 (simulated): off\n");
    assert_non_null(line);
    assert_string_equal(line, "info  relay 1 (simulated): off\n");
    line = text;
    for (size_t i = 0; i < 3; i++)
        line = strchr(line, '\n') + 1;
    assert_string_equal(line, "");
}

static void test_failing_switches_nothing(void **state)
{
    struct relay *relay = NULL;

    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    assert_int_equal(relay_sim_new("2", &relay), 0);
    relay_sim_fail_with(relay, EIO);
    assert_int_equal(relay->set(relay, true), EIO);
    assert_false(relay_sim_is_on(relay));
    relay_sim_fail_with(relay, 0);
    assert_int_equal(relay->set(relay, true), 0);
    relay_sim_fail_with(relay, ENODEV);
    assert_int_equal(relay->set(relay, false), ENODEV);
    assert_true(relay_sim_is_on(relay));
    relay->free(relay);
}

static void test_long_name_is_cut(void **state)
{
    struct relay *relay = NULL;
    char name[RELAY_MAX_NAME + 2];

    (void)state;
    memset(name, 'x', sizeof(name));
    name[RELAY_MAX_NAME + 1] = '\0';
    assert_int_equal(relay_sim_new(name, &relay), 0);
    assert_int_equal(strlen(relay->name), RELAY_MAX_NAME);
    relay->free(relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_change_is_a_line),
        cmocka_unit_test(test_failing_switches_nothing),
        cmocka_unit_test(test_long_name_is_cut),
    };

    return cmocka_run_group_tests_name("relay_sim", tests, NULL, NULL);
}
