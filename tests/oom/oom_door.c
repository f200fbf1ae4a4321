/* SPDX-License-Identifier: MIT */
/* Both locks made, opened and closed. The door is shut or there is none; opening takes no memory.
 */
#include <errno.h>
#include <stddef.h>

#include "base/hand_clock.h"
#include "base/log.h"
#include "base/timer.h"
#include "door/door.h"
#include "door/relay.h"
#include "door/relay_sim.h"
#include "oom.h"

static int make(struct relay *relays[DOOR_LOCKS], struct door **ret_door)
{
    static const char *const texts[DOOR_LOCKS] = {"sim", "gpio:/nowhere/gpiochip0:1"};
    int err = 0;

    for (unsigned i = 0; i < DOOR_LOCKS && !err; i++)
        err = relay_new(texts[i], "1", &relays[i]);
    if (!err)
        return door_new(relays, ret_door);
    for (unsigned i = 0; i < DOOR_LOCKS; i++) {
        if (relays[i])
            relays[i]->free(relays[i]);
    }
    return err;
}

static int open_and_close(void)
{
    struct relay *relays[DOOR_LOCKS] = {NULL, NULL};
    struct door *door = NULL;
    int err = make(relays, &door);

    if (err) {
        oom_must(!door);
        return err;
    }
    oom_must(door_problem(door, 2) == ENOENT);
    oom_must(door_open(door, DOOR_BOTH, DOOR_BY_API, "x") == ENOENT);
    oom_must(relay_sim_is_on(relays[0]));
    hand_clock_advance_ms(3000);
    timer_run_due();
    oom_must(!relay_sim_is_on(relays[0]) && !door_is_open(door, 1));
    door_free(door);
    return 0;
}

int main(int argc, char *argv[])
{
    static const struct oom_scenario scenarios[] = {
        {"open_and_close", open_and_close, NULL},
        {NULL, NULL, NULL},
    };

    hand_clock_stand();
    log_set_level(LOG_LEVEL_ERROR);
    return oom_main(argc, argv, scenarios);
}
