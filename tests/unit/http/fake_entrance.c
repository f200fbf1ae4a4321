/* SPDX-License-Identifier: MIT */
/* fake_entrance.c - a door at which nothing ever happens, for tests of the room. */
#include <string.h>

#include "panel/entrance.h"
#include "panel/panel.h"

struct entrance *panel_entrance(const struct panel *panel)
{
    (void)panel;
    return NULL;
}

bool panel_is_simulated(const struct panel *panel)
{
    (void)panel;
    return true;
}

const char *entrance_result_text(enum entrance_result result)
{
    return result == ENTRANCE_NOTHING ? "nothing" : "denied";
}

enum entrance_result entrance_scan(struct entrance *entrance, const struct scan *scan)
{
    (void)entrance;
    (void)scan;
    return ENTRANCE_DENIED;
}

enum entrance_result entrance_exit_button(struct entrance *entrance)
{
    (void)entrance;
    return ENTRANCE_NOTHING;
}

enum entrance_result entrance_free_button(struct entrance *entrance)
{
    (void)entrance;
    return ENTRANCE_NOTHING;
}

void entrance_sensor(struct entrance *entrance, bool is_open)
{
    (void)entrance;
    (void)is_open;
}

void entrance_state(const struct entrance *entrance, struct entrance_state *ret_state)
{
    (void)entrance;
    memset(ret_state, 0, sizeof(*ret_state));
}

bool entrance_code_is_taken(const struct entrance *entrance, const char *digits)
{
    (void)entrance;
    (void)digits;
    return false;
}
