/* SPDX-License-Identifier: MIT */
/* relay.h - what switches a lock. Two kinds: relay_gpio (a line of the kernel's GPIO) and
 * relay_sim (for tests and --simulate). Loop thread only. Never blocks. */
#ifndef DOOR_RELAY_H
#define DOOR_RELAY_H

#include <stdbool.h>

enum { RELAY_MAX_NAME = 95 };

/* The first member of each kind's struct. */
struct relay {
    /* Which one it is, for people: "gpio:/dev/gpiochip0:17". */
    char name[RELAY_MAX_NAME + 1];
    /* Returns 0 when the relay is so, else an errno value: then nobody knows how it is. Setting it
     * to what it is already is fine, and done again at the hardware. */
    int (*set)(struct relay *relay, bool is_on);
    /* Switches off, releases, frees. */
    void (*free)(struct relay *relay);
};

/* Is text one of "sim", "gpio:/dev/gpiochip0:17", "gpio:/dev/gpiochip0:17:low" and "none"? */
bool relay_is_known(const char *text);

/* Make such a one; *ret_relay is NULL for "none". name: of a simulated one, for the log; copied.
 * Returns 0, EINVAL (not known) or ENOMEM; caller owns *ret_relay, free with its free. */
int relay_new(const char *text, const char *name, struct relay **ret_relay);

#endif
