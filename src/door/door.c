/* SPDX-License-Identifier: MIT */
#include "door/door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "door/lock.h"
#include "door/relay.h"

enum { DEFAULT_HOLD_S = 3 };

/* Who opens, and why. */
struct opener {
    enum door_cause cause;
    char by[DOOR_MAX_BY + 1];
};

struct place {
    struct door *door;
    unsigned number;
    struct lock *lock;            /* NULL: there is none */
    struct opener waiting;        /* for the delay */
    const struct opener *opening; /* inside open_one, without a delay */
    unsigned hold_s, delay_s;
};

struct door {
    struct place places[DOOR_LOCKS];
    door_fact_fn *tell;
    void *arg;
};

static void tell(const struct place *place, enum door_happening what, const struct opener *opener,
                 int err)
{
    const struct door_fact fact = {.what = what,
                                   .lock = place->number,
                                   .cause = opener ? opener->cause : DOOR_BY_API,
                                   .by = opener ? opener->by : "",
                                   .err = err};

    if (place->door->tell)
        place->door->tell(&fact, place->door->arg);
}

static void on_changed(struct lock *lock, enum lock_change change, int err, void *arg)
{
    struct place *place = arg;

    (void)lock;
    switch (change) {
    case LOCK_OPENED:
        tell(place, DOOR_OPENED, place->opening ? place->opening : &place->waiting, 0);
        break;
    case LOCK_CLOSED:
        tell(place, DOOR_CLOSED, NULL, 0);
        break;
    case LOCK_STUCK:
        tell(place, DOOR_STUCK, NULL, err);
        break;
    case LOCK_FAILED:
        tell(place, DOOR_FAILED, &place->waiting, err);
        break;
    case LOCK_DROPPED:
        tell(place, DOOR_DROPPED, &place->waiting, 0);
        break;
    }
}

int door_new(struct relay *relays[DOOR_LOCKS], struct door **ret_door)
{
    struct door *door = calloc(1, sizeof(*door));
    int err = door ? 0 : ENOMEM;

    for (unsigned i = 0; i < DOOR_LOCKS; i++) {
        struct place place = {.door = door, .number = i + 1, .hold_s = DEFAULT_HOLD_S};

        if (door)
            door->places[i] = place;
        if (relays[i] && !err)
            err = lock_new(relays[i], on_changed, &door->places[i], &door->places[i].lock);
        if (relays[i] && err)
            relays[i]->free(relays[i]);
    }
    if (err)
        door_free(door);
    else
        *ret_door = door;
    return err;
}

struct door *door_free(struct door *door)
{
    if (!door)
        return NULL;
    for (unsigned i = 0; i < DOOR_LOCKS; i++)
        lock_free(door->places[i].lock);
    free(door);
    return NULL;
}

void door_listen(struct door *door, door_fact_fn *tell_fn, void *arg)
{
    door->tell = tell_fn;
    door->arg = arg;
}

static unsigned within(unsigned value, unsigned min, unsigned max)
{
    return value < min ? min : value > max ? max : value;
}

void door_set_timing(struct door *door, const struct door_timing *timing)
{
    for (unsigned i = 0; i < DOOR_LOCKS; i++) {
        door->places[i].hold_s = within(timing->hold_s[i], 1, LOCK_MAX_TIMEOUT_S);
        door->places[i].delay_s = within(timing->delay_s[i], 0, LOCK_MAX_DELAY_S);
    }
}

static int open_one(struct place *place, unsigned delay_s, unsigned hold_s,
                    const struct opener *opener)
{
    int err;

    if (delay_s) {
        if (!lock_is_waiting(place->lock))
            place->waiting = *opener;
        return lock_open(place->lock, (uint64_t)delay_s * 1000, (uint64_t)hold_s * 1000);
    }
    place->opening = opener;
    err = lock_open(place->lock, 0, (uint64_t)hold_s * 1000);
    place->opening = NULL;
    if (err && err != EINVAL)
        tell(place, DOOR_FAILED, opener, err);
    return err;
}

static bool is_meant(const struct place *place, unsigned lock)
{
    return place->lock && (lock == DOOR_BOTH || lock == place->number);
}

/* hold_s: 0: as set, after the set delay. */
static int open_meant(struct door *door, unsigned lock, unsigned hold_s,
                      const struct opener *opener)
{
    bool is_any = false;
    int err = 0;

    for (unsigned i = 0; i < DOOR_LOCKS; i++) {
        struct place *place = &door->places[i];
        int one;

        if (!is_meant(place, lock))
            continue;
        one = open_one(place, hold_s ? 0 : place->delay_s, hold_s ? hold_s : place->hold_s, opener);
        err = one ? one : err;
        is_any = true;
    }
    if (!is_any)
        return lock > DOOR_LOCKS ? EINVAL : ENODEV;
    return err;
}

static struct opener opener_of(enum door_cause cause, const char *by)
{
    struct opener opener = {.cause = cause};

    (void)snprintf(opener.by, sizeof(opener.by), "%s", by);
    return opener;
}

int door_open(struct door *door, unsigned lock, enum door_cause cause, const char *by)
{
    struct opener opener = opener_of(cause, by);

    return open_meant(door, lock, 0, &opener);
}

int door_open_for(struct door *door, unsigned lock, unsigned hold_s, enum door_cause cause,
                  const char *by)
{
    struct opener opener = opener_of(cause, by);

    if (!hold_s || hold_s > LOCK_MAX_HOLD_S)
        return EINVAL;
    return open_meant(door, lock, hold_s, &opener);
}

int door_close(struct door *door, unsigned lock)
{
    int err = lock > DOOR_LOCKS ? EINVAL : ENODEV;

    for (unsigned i = 0; i < DOOR_LOCKS; i++) {
        if (!is_meant(&door->places[i], lock))
            continue;
        lock_close(door->places[i].lock);
        err = 0;
    }
    return err;
}

/* NULL if there is none. */
static const struct lock *lock_of(const struct door *door, unsigned lock)
{
    return lock >= 1 && lock <= DOOR_LOCKS ? door->places[lock - 1].lock : NULL;
}

bool door_has(const struct door *door, unsigned lock)
{
    return lock_of(door, lock);
}

bool door_is_open(const struct door *door, unsigned lock)
{
    const struct lock *found = lock_of(door, lock);

    return found && lock_is_open(found);
}

uint64_t door_left_ms(const struct door *door, unsigned lock)
{
    const struct lock *found = lock_of(door, lock);

    return found ? lock_left_ms(found) : 0;
}

int door_problem(const struct door *door, unsigned lock)
{
    const struct lock *found = lock_of(door, lock);

    return found ? lock_problem(found) : 0;
}

const char *door_relay_name(const struct door *door, unsigned lock)
{
    const struct lock *found = lock_of(door, lock);

    return found ? lock_relay_name(found) : "";
}
