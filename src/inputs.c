/* SPDX-License-Identifier: MIT */
#include "inputs.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/timer.h"
#include "config.h"
#include "door/keys_evdev.h"
#include "door/line_gpio.h"
#include "door/relay_gpio.h"
#include "panel/entrance.h"
#include "panel/panel.h"

/* One of them, and how it is called in the log. */
struct input {
    const char *name, *where;
    struct inputs *inputs;
    struct keys_evdev *keys;
    struct line_gpio *line;
};

struct inputs {
    struct panel *panel;
    struct input keypad, reader, sensor, exit_button;
    char typed[INPUTS_MAX_LINE + 1]; /* by the reader, not yet ended */
    bool is_too_long;
    struct timer forget;
};

static void on_state(int err, void *arg)
{
    const struct input *input = arg;

    if (err)
        log_error("%s: %s: %s; it is looked for again", input->name, input->where, strerror(err));
    else
        log_info("%s: %s is there again", input->name, input->where);
}

static void on_key(char key, void *arg)
{
    const struct input *input = arg;
    char digit[2] = {key, '\0'};
    const char *name = NULL;

    switch (key) {
    case '\n':
        name = "call";
        break;
    case '#':
        name = "code";
        break;
    case '*':
    case '\b':
        name = "clear";
        break;
    case 'H':
        name = "concierge";
        break;
    case 'O':
        (void)entrance_free_button(panel_entrance(input->inputs->panel));
        return;
    default:
        name = digit;
        break;
    }
    (void)panel_keypad_press_real(input->inputs->panel, name); /* EINVAL: no key of ours */
    explicit_bzero(digit, sizeof(digit));
}

static void forget_line(void *arg)
{
    struct inputs *inputs = arg;

    timer_stop(&inputs->forget);
    explicit_bzero(inputs->typed, sizeof(inputs->typed));
    inputs->is_too_long = false;
}

static void end_line(struct inputs *inputs)
{
    struct scan scan;
    const char *why = "is too long";

    if (!inputs->typed[0])
        return;
    if (!inputs->is_too_long)
        why = scan_read_line(inputs->typed, &scan);
    if (why)
        log_warn("reader: what it has read %s", why);
    else
        (void)entrance_scan(panel_entrance(inputs->panel), &scan);
    forget_line(inputs);
}

static void on_reader_key(char key, void *arg)
{
    const struct input *input = arg;
    struct inputs *inputs = input->inputs;
    size_t len = strlen(inputs->typed);

    if (key == '\n') {
        end_line(inputs);
        return;
    }
    if (key < ' ' || !strchr("0123456789ABCDEF-:", key))
        return;
    timer_start(&inputs->forget, INPUTS_LINE_MS, forget_line, inputs);
    if (len == INPUTS_MAX_LINE)
        inputs->is_too_long = true;
    else
        inputs->typed[len] = key;
}

static void on_sensor(bool is_open, void *arg)
{
    const struct input *input = arg;

    entrance_sensor(panel_entrance(input->inputs->panel), is_open);
}

static void on_exit_button(bool is_pressed, void *arg)
{
    const struct input *input = arg;

    if (is_pressed)
        (void)entrance_exit_button(panel_entrance(input->inputs->panel));
}

static int make_keys(struct inputs *inputs, struct input *input, keys_evdev_fn *pressed)
{
    const struct keys_evdev_config config = {
        .path = keys_evdev_path(input->where), .pressed = pressed, .state = on_state, .arg = input};

    input->inputs = inputs;
    return config.path ? keys_evdev_new(&config, &input->keys) : 0;
}

static int make_line(struct inputs *inputs, struct input *input, line_gpio_fn *changed)
{
    struct relay_gpio_place place;
    const struct line_gpio_config config = {
        .place = &place, .changed = changed, .state = on_state, .arg = input};

    input->inputs = inputs;
    return line_gpio_parse(input->where, &place) ? line_gpio_new(&config, &input->line) : 0;
}

int inputs_new(const struct config *config, struct panel *panel, struct inputs **ret_inputs)
{
    struct inputs *inputs = calloc(1, sizeof(*inputs));
    int err;

    if (!inputs)
        return ENOMEM;
    inputs->panel = panel;
    inputs->keypad = (struct input){.name = "keypad", .where = config->keypad};
    inputs->reader = (struct input){.name = "reader", .where = config->reader};
    inputs->sensor = (struct input){.name = "sensor", .where = config->sensor};
    inputs->exit_button = (struct input){.name = "exit_button", .where = config->exit_button};
    err = make_keys(inputs, &inputs->keypad, on_key);
    if (!err)
        err = make_keys(inputs, &inputs->reader, on_reader_key);
    if (!err)
        err = make_line(inputs, &inputs->sensor, on_sensor);
    if (!err)
        err = make_line(inputs, &inputs->exit_button, on_exit_button);
    if (err)
        inputs_free(inputs);
    else
        *ret_inputs = inputs;
    return err;
}

static void free_input(struct input *input)
{
    keys_evdev_free(input->keys);
    line_gpio_free(input->line);
}

struct inputs *inputs_free(struct inputs *inputs)
{
    if (!inputs)
        return NULL;
    free_input(&inputs->keypad);
    free_input(&inputs->reader);
    free_input(&inputs->sensor);
    free_input(&inputs->exit_button);
    forget_line(inputs);
    free(inputs);
    return NULL;
}
