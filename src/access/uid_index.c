/* SPDX-License-Identifier: MIT */
#include "access/uid_index.h"

#include <errno.h>
#include <stdlib.h>

enum { MIN_ROOM = 16 };

void uid_index_done(struct uid_index *index)
{
    free(index->slots);
    *index = (struct uid_index){.slots = NULL};
}

static size_t after(const struct uid_index *index, size_t i)
{
    return (i + 1) & (index->room - 1);
}

static size_t home_of(const struct uid_index *index, uint32_t hash)
{
    return hash & (index->room - 1);
}

int uid_index_reserve(struct uid_index *index, size_t count)
{
    struct uid_index grown = {.room = index->room ? index->room : MIN_ROOM};

    if (count <= index->room / 2)
        return 0;
    while (grown.room / 2 < count)
        grown.room *= 2;
    grown.slots = calloc(grown.room, sizeof(*grown.slots));
    if (!grown.slots)
        return ENOMEM;
    for (size_t i = 0; i < index->room; i++) {
        if (index->slots[i].uid)
            uid_index_add(&grown, index->slots[i].hash, index->slots[i].uid);
    }
    free(index->slots);
    *index = grown;
    return 0;
}

void uid_index_add(struct uid_index *index, uint32_t hash, uint32_t uid)
{
    size_t i = home_of(index, hash);

    while (index->slots[i].uid)
        i = after(index, i);
    index->slots[i] = (struct uid_slot){.hash = hash, .uid = uid};
    index->count++;
}

/* Slot i is free now: what stands behind it, and would be looked for from before it, moves up. */
static void close_gap(struct uid_index *index, size_t i)
{
    for (size_t j = after(index, i); index->slots[j].uid; j = after(index, j)) {
        size_t home = home_of(index, index->slots[j].hash);

        /* Is home outside of what lies behind i up to j, as on a ring? */
        if (i <= j ? (home <= i || home > j) : (home <= i && home > j)) {
            index->slots[i] = index->slots[j];
            index->slots[j].uid = 0;
            i = j;
        }
    }
}

void uid_index_remove(struct uid_index *index, uint32_t hash, uint32_t uid)
{
    size_t i;

    if (!index->room)
        return;
    for (i = home_of(index, hash); index->slots[i].uid; i = after(index, i)) {
        if (index->slots[i].uid == uid && index->slots[i].hash == hash) {
            index->slots[i].uid = 0;
            index->count--;
            close_gap(index, i);
            return;
        }
    }
}

uint32_t uid_index_next(const struct uid_index *index, uint32_t hash, size_t *steps)
{
    size_t i;

    if (!index->room)
        return 0;
    i = home_of(index, (uint32_t)(hash + *steps));
    while (index->slots[i].uid) {
        const struct uid_slot *slot = &index->slots[i];

        ++*steps;
        if (slot->hash == hash)
            return slot->uid;
        i = after(index, i);
    }
    return 0;
}
