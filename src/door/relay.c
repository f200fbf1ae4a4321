/* SPDX-License-Identifier: MIT */
#include "door/relay.h"

#include <errno.h>
#include <string.h>

#include "door/relay_gpio.h"
#include "door/relay_sim.h"

#define GPIO "gpio:"

bool relay_is_known(const char *text)
{
    struct relay_gpio_place place;

    if (strcmp(text, "none") == 0 || strcmp(text, "sim") == 0)
        return true;
    return strncmp(text, GPIO, strlen(GPIO)) == 0 && !relay_gpio_parse(text + strlen(GPIO), &place);
}

int relay_new(const char *text, const char *name, struct relay **ret_relay)
{
    struct relay_gpio_place place;

    if (!relay_is_known(text))
        return EINVAL;
    if (strcmp(text, "sim") == 0)
        return relay_sim_new(name, ret_relay);
    if (strcmp(text, "none") == 0) {
        *ret_relay = NULL;
        return 0;
    }
    (void)relay_gpio_parse(text + strlen(GPIO), &place);
    return relay_gpio_new(&place, ret_relay);
}
