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

#endif
