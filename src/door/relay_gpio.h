/* SPDX-License-Identifier: MIT */
/* relay_gpio.h - a relay on a line of a GPIO chip, by the kernel's GPIO v2 ioctls. Loop thread
 * only. Never blocks. */
#ifndef DOOR_RELAY_GPIO_H
#define DOOR_RELAY_GPIO_H

#include <stdbool.h>

#include "door/relay.h"

enum {
    RELAY_GPIO_MAX_CHIP = 63,   /* characters of a chip's path */
    RELAY_GPIO_MAX_LINE = 9999, /* no chip has as many */
};

/* Where a relay is. A value. */
struct relay_gpio_place {
    char chip[RELAY_GPIO_MAX_CHIP + 1]; /* "/dev/gpiochip0" */
    unsigned line;                      /* its number within the chip */
    bool is_active_low;                 /* the relay is on while the line is low */
};

/* Read "/dev/gpiochip0:17" or "/dev/gpiochip0:17:low". Returns 0 or EINVAL; then *ret_place is
 * undefined. */
int relay_gpio_parse(const char *text, struct relay_gpio_place *ret_place);

/* The line is requested, switched off, at the first set, and again at each set until there is one:
 * a chip that is not there yet, or a line that somebody else holds, is set's error and not the end.
 * Returns 0 or ENOMEM; caller owns *ret_relay, free with its free. */
int relay_gpio_new(const struct relay_gpio_place *place, struct relay **ret_relay);

#endif
