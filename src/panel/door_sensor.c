/* SPDX-License-Identifier: MIT */
#include "panel/door_sensor.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/event.h"
#include "settings/entry_settings.h"

enum { MS_PER_S = 1000 };

uint64_t door_sensor_open_ms(const struct door_sensor *sensor)
{
    return sensor->is_open ? clock_monotonic_ms() - sensor->opened_ms : 0;
}

static void on_too_long(void *arg)
{
    struct door_sensor *sensor = arg;
    char seconds[24];
    const struct event_field field = {"seconds", seconds};

    sensor->is_too_long = true;
    (void)snprintf(seconds, sizeof(seconds), "%llu",
                   (unsigned long long)door_sensor_open_ms(sensor) / MS_PER_S);
    if (sensor->is_repeated)
        timer_start(&sensor->timer, sensor->repeat_delay_ms, on_too_long, sensor);
    event_emit_with(sensor->events, EVENT_DOOR_HELD, &field, 1, "open for %s s", seconds);
}

/* The next time that is due, from when the door was opened. */
static void wait(struct door_sensor *sensor)
{
    uint64_t open_ms = door_sensor_open_ms(sensor);

    timer_stop(&sensor->timer);
    if (!sensor->is_on || !sensor->is_open)
        return;
    if (!sensor->is_too_long)
        timer_start(&sensor->timer,
                    sensor->opening_delay_ms > open_ms ? sensor->opening_delay_ms - open_ms : 0,
                    on_too_long, sensor);
    else if (sensor->is_repeated)
        timer_start(&sensor->timer, sensor->repeat_delay_ms, on_too_long, sensor);
}

void door_sensor_use(struct door_sensor *sensor, const struct entry_settings *settings)
{
    uint64_t opening_delay_ms = (uint64_t)settings->opening_delay_s * MS_PER_S;
    uint64_t repeat_delay_ms = (uint64_t)settings->repeat_delay_s * MS_PER_S;

    if (sensor->is_on == settings->is_sensor_on && sensor->is_repeated == settings->is_repeated &&
        sensor->opening_delay_ms == opening_delay_ms && sensor->repeat_delay_ms == repeat_delay_ms)
        return;
    sensor->is_on = settings->is_sensor_on;
    sensor->is_repeated = settings->is_repeated;
    sensor->opening_delay_ms = opening_delay_ms;
    sensor->repeat_delay_ms = repeat_delay_ms;
    sensor->is_too_long =
        sensor->is_on && sensor->is_too_long && door_sensor_open_ms(sensor) >= opening_delay_ms;
    wait(sensor);
}

void door_sensor_set(struct door_sensor *sensor, bool is_open)
{
    if (is_open == sensor->is_open)
        return;
    sensor->is_open = is_open;
    sensor->is_too_long = false;
    sensor->opened_ms = clock_monotonic_ms();
    wait(sensor);
    if (sensor->is_on)
        event_emit(sensor->events, is_open ? EVENT_SENSOR_OPENED : EVENT_SENSOR_CLOSED, "%s", "");
}

void door_sensor_stop(struct door_sensor *sensor)
{
    timer_stop(&sensor->timer);
}
