/* SPDX-License-Identifier: MIT */
/* Devices and panel are played here. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/hand_clock.h"
#include "base/timer.h"
#include "config.h"
#include "door/keys_evdev.h"
#include "door/line_gpio.h"
#include "inputs.h"
#include "panel/entrance.h"
#include "panel/panel.h"

static struct keys_evdev_config keypad, reader;
static struct line_gpio_config sensor, exit_button;
static int err_of_reader;
static unsigned n_alive;
static char did[600];
static struct inputs *inputs;

static void note(const char *what, const char *text)
{
    size_t len = strlen(did);

    (void)snprintf(did + len, sizeof(did) - len, "%s%s;", what, text);
}

int keys_evdev_new(const struct keys_evdev_config *config, struct keys_evdev **ret_keys)
{
    if (strcmp(config->path, "/dev/k") == 0)
        keypad = *config;
    else
        reader = *config;
    if (strcmp(config->path, "/dev/k") != 0 && err_of_reader)
        return err_of_reader;
    n_alive++;
    *ret_keys = (struct keys_evdev *)(void *)&keypad;
    return 0;
}

struct keys_evdev *keys_evdev_free(struct keys_evdev *keys)
{
    n_alive -= keys ? 1 : 0;
    return NULL;
}

const char *keys_evdev_path(const char *text)
{
    return strncmp(text, "evdev:", 6) == 0 ? text + 6 : NULL;
}

int line_gpio_new(const struct line_gpio_config *config, struct line_gpio **ret_line)
{
    if (!sensor.changed)
        sensor = *config;
    else
        exit_button = *config;
    n_alive++;
    *ret_line = (struct line_gpio *)(void *)&sensor;
    return 0;
}

struct line_gpio *line_gpio_free(struct line_gpio *line)
{
    n_alive -= line ? 1 : 0;
    return NULL;
}

bool line_gpio_parse(const char *text, struct relay_gpio_place *ret_place)
{
    (void)ret_place;
    return strncmp(text, "gpio:", 5) == 0;
}

struct entrance *panel_entrance(const struct panel *panel)
{
    (void)panel;
    return NULL;
}

int panel_keypad_press_real(struct panel *panel, const char *key)
{
    (void)panel;
    note("key ", key);
    return 0;
}

enum entrance_result entrance_scan(struct entrance *entrance, const struct scan *scan)
{
    (void)entrance;
    note(identifier_type_text(scan->type), scan->number);
    return ENTRANCE_DENIED;
}

enum entrance_result entrance_exit_button(struct entrance *entrance)
{
    (void)entrance;
    note("exit", "");
    return ENTRANCE_GRANTED;
}

enum entrance_result entrance_free_button(struct entrance *entrance)
{
    (void)entrance;
    note("free", "");
    return ENTRANCE_GRANTED;
}

void entrance_sensor(struct entrance *entrance, bool is_open)
{
    (void)entrance;
    note("door ", is_open ? "open" : "closed");
}

static void assert_did(const char *what)
{
    assert_string_equal(did, what);
    did[0] = '\0';
}

static const struct config all = {.keypad = "evdev:/dev/k",
                                  .reader = "evdev:/dev/r",
                                  .sensor = "gpio:/dev/c:1",
                                  .exit_button = "gpio:/dev/c:2"};

static int setup(void **state)
{
    (void)state;
    hand_clock_stand();
    did[0] = '\0';
    sensor.changed = NULL;
    err_of_reader = 0;
    assert_int_equal(inputs_new(&all, NULL, &inputs), 0);
    assert_int_equal(n_alive, 4);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    inputs = inputs_free(inputs);
    assert_int_equal(n_alive, 0);
    return 0;
}

static void type(const char *keys)
{
    for (; *keys; keys++)
        reader.pressed(*keys, reader.arg);
}

static void test_keypad(void **state)
{
    (void)state;
    for (const char *key = "1#*\b\nHO"; *key; key++)
        keypad.pressed(*key, keypad.arg);
    assert_did("key 1;key code;key clear;key clear;key call;key concierge;free;");
}

static void test_reader(void **state)
{
    char line[INPUTS_MAX_LINE + 2];

    (void)state;
    type("\n1493650\n16CA92\n6BA7B810-9DAD-11D1-80B4-00C04FD430C8\n");
    assert_did("card1493650;card16:CA:92;qr6BA7B810-9DAD-11D1-80B4-00C04FD430C8;");
    type("1A-\n"); /* rubbish */
    memset(line, '1', sizeof(line));
    line[sizeof(line) - 1] = '\0';
    type(line);
    type("\n");
    assert_did("");
    type("12#*HO34\n");
    assert_did("card1234;");
    type("99");
    hand_clock_advance_ms(INPUTS_LINE_MS); /* half a number, and nothing more */
    timer_run_due();
    type("7\n");
    assert_did("card7;");
}

static void test_contact_and_button(void **state)
{
    (void)state;
    sensor.changed(true, sensor.arg);
    exit_button.changed(true, exit_button.arg);
    exit_button.changed(false, exit_button.arg);
    sensor.changed(false, sensor.arg);
    assert_did("door open;exit;door closed;");
}

static void test_none_and_failure(void **state)
{
    const struct config none = {
        .keypad = "none", .reader = "none", .sensor = "none", .exit_button = "none"};

    (void)state;
    assert_int_equal(inputs_new(&none, NULL, &inputs), 0);
    assert_int_equal(n_alive, 0);
    inputs = inputs_free(inputs);
    err_of_reader = ENOMEM;
    assert_int_equal(inputs_new(&all, NULL, &inputs), ENOMEM);
    assert_int_equal(n_alive, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keypad, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reader, setup, teardown),
        cmocka_unit_test_setup_teardown(test_contact_and_button, setup, teardown),
        cmocka_unit_test(test_none_and_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
