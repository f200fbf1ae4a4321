/* SPDX-License-Identifier: MIT */
/* door_sensor.h - the contact that says whether the door stands open, and for how long it does. For
 * entrance.c. Loop thread only. Never blocks. */
#ifndef PANEL_DOOR_SENSOR_H
#define PANEL_DOOR_SENSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timer.h"

struct entry_settings;
struct event_bus;

/* A value; all zero but events: the door is closed. */
struct door_sensor {
    struct event_bus *events; /* borrowed */
    bool is_on, is_repeated;
    uint64_t opening_delay_ms, repeat_delay_ms;
    bool is_open, is_too_long;
    uint64_t opened_ms; /* monotonic */
    struct timer timer; /* until it is too long, then until that is told again */
};

/* Follow the settings: a door that is open now keeps the time it has been open. */
void door_sensor_use(struct door_sensor *sensor, const struct entry_settings *settings);

/* What the contact says; the same again is no news. */
void door_sensor_set(struct door_sensor *sensor, bool is_open);

/* Tells nothing more. */
void door_sensor_stop(struct door_sensor *sensor);

/* How long it has been open; 0: it is closed. */
uint64_t door_sensor_open_ms(const struct door_sensor *sensor);

#endif
