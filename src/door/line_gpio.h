/* SPDX-License-Identifier: MIT */
/* line_gpio.h - an input by a line of the kernel's GPIO: a door sensor, a button. Told when it
 * changes; contacts that bounce are seen once. A chip that vanishes is looked for again. Loop
 * thread only. Never blocks. */
#ifndef DOOR_LINE_GPIO_H
#define DOOR_LINE_GPIO_H

#include <stdbool.h>

struct line_gpio;
struct relay_gpio_place;

enum { LINE_GPIO_DEBOUNCE_MS = 30, LINE_GPIO_RETRY_MS = 2000 };

/* is_active: the line is high, or low if its place says so. Told once when the line is first read,
 * then at each change. Must not free the line. */
typedef void line_gpio_fn(bool is_active, void *arg);

/* err: why it cannot be read now; 0: it can again. Told at each change of that. */
typedef void line_gpio_state_fn(int err, void *arg);

struct line_gpio_config {
    const struct relay_gpio_place *place; /* copied */
    line_gpio_fn *changed;
    line_gpio_state_fn *state;
    void *arg;
};

/* Is the text "gpio:/dev/gpiochip0:17" or "gpio:/dev/gpiochip0:17:low"? Sets *ret_place. */
bool line_gpio_parse(const char *text, struct relay_gpio_place *ret_place);

/* Nobody is told from inside this. Returns 0 or ENOMEM; caller owns *ret_line. */
int line_gpio_new(const struct line_gpio_config *config, struct line_gpio **ret_line);

/* NULL is fine; returns NULL. */
struct line_gpio *line_gpio_free(struct line_gpio *line);

#endif
