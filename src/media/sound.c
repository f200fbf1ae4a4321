/* SPDX-License-Identifier: MIT */
#include "media/sound.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A device as it was asked for, and how loud it is. */
struct end {
    const struct device_kind *kind;
    char what[SOUND_MAX_DEVICE + 1];
    atomic_uint level;
};

struct sound {
    struct end ends[2]; /* by enum device_direction */
    uint16_t min_port, max_port;
    atomic_uint n_owners, n_stuck;
};

static const struct device_kind *const kinds[] = {&device_alsa, &device_sim, &device_none};

static const char *what_of(const char *text)
{
    const char *colon = strchr(text, ':');

    return colon ? colon + 1 : "";
}

/* NULL: there is no such device. */
static const struct device_kind *find_kind(const char *text, enum device_direction direction)
{
    const char *what = what_of(text);
    size_t len = strcspn(text, ":");

    if (strlen(text) > SOUND_MAX_DEVICE || (text[len] && !what[0]))
        return NULL;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strlen(kinds[i]->name) == len && !strncmp(kinds[i]->name, text, len))
            return kinds[i]->is_good(what, direction) ? kinds[i] : NULL;
    }
    return NULL;
}

bool sound_is_known(const char *text, enum device_direction direction)
{
    return find_kind(text, direction) != NULL;
}

static int set_end(struct end *end, const char *text, enum device_direction direction)
{
    end->kind = find_kind(text, direction);
    if (!end->kind)
        return EINVAL;
    (void)snprintf(end->what, sizeof(end->what), "%s", what_of(text));
    atomic_init(&end->level, SOUND_LEVEL_MAX);
    return 0;
}

int sound_new(const char *microphone, const char *loudspeaker, struct sound **ret_sound)
{
    struct sound *sound = calloc(1, sizeof(*sound));
    int err;

    if (!sound)
        return ENOMEM;
    atomic_init(&sound->n_owners, 1);
    sound->min_port = SOUND_MIN_PORT;
    sound->max_port = SOUND_MAX_PORT;
    err = set_end(&sound->ends[DEVICE_MICROPHONE], microphone, DEVICE_MICROPHONE);
    if (!err)
        err = set_end(&sound->ends[DEVICE_LOUDSPEAKER], loudspeaker, DEVICE_LOUDSPEAKER);
    if (err)
        free(sound);
    else
        *ret_sound = sound;
    return err;
}

/* All but these counts stays as it is for who shares it. */
static struct sound *writable(const struct sound *sound)
{
    return (struct sound *)(uintptr_t)sound;
}

const struct sound *sound_share(const struct sound *sound)
{
    (void)atomic_fetch_add(&writable(sound)->n_owners, 1);
    return sound;
}

struct sound *sound_free(const struct sound *sound)
{
    if (sound && atomic_fetch_sub(&writable(sound)->n_owners, 1) == 1)
        free(writable(sound));
    return NULL;
}

void sound_note_stuck(const struct sound *sound, bool is_stuck)
{
    if (is_stuck)
        (void)atomic_fetch_add(&writable(sound)->n_stuck, 1);
    else
        (void)atomic_fetch_sub(&writable(sound)->n_stuck, 1);
}

void sound_look(const struct sound *sound, char problem[DEVICE_MAX_PROBLEM])
{
    for (unsigned i = DEVICE_MICROPHONE; i <= DEVICE_LOUDSPEAKER; i++) {
        sound->ends[i].kind->look(sound->ends[i].what, (enum device_direction)i, problem);
        if (problem[0])
            return;
    }
}

int sound_set_ports(struct sound *sound, uint16_t min_port, uint16_t max_port)
{
    unsigned first = min_port + (min_port & 1U);

    if (min_port == 0 || first + 1 > max_port)
        return EINVAL;
    sound->min_port = min_port;
    sound->max_port = max_port;
    return 0;
}

void sound_ports(const struct sound *sound, uint16_t *ret_min_port, uint16_t *ret_max_port)
{
    *ret_min_port = sound->min_port;
    *ret_max_port = sound->max_port;
}

static void set_level(struct end *end, unsigned level)
{
    atomic_store(&end->level, level < SOUND_LEVEL_MAX ? level : SOUND_LEVEL_MAX);
}

void sound_set_volume(struct sound *sound, unsigned level)
{
    set_level(&sound->ends[DEVICE_LOUDSPEAKER], level);
}

void sound_set_gain(struct sound *sound, unsigned level)
{
    set_level(&sound->ends[DEVICE_MICROPHONE], level);
}

unsigned sound_level(const struct sound *sound, enum device_direction direction)
{
    return atomic_load(&sound->ends[direction].level);
}

void sound_scale(unsigned level, int16_t *samples, size_t n)
{
    if (level >= SOUND_LEVEL_MAX)
        return;
    if (level == 0)
        memset(samples, 0, n * sizeof(*samples));
    for (size_t i = 0; i < n && level > 0; i++)
        samples[i] = (int16_t)(samples[i] / (1 << (SOUND_LEVEL_MAX - level)));
}

int sound_open(const struct sound *sound, enum device_direction direction, unsigned period_ms,
               struct device **ret_device)
{
    const struct end *end = &sound->ends[direction];

    if (atomic_load(&sound->n_stuck) >= SOUND_MAX_STUCK)
        return EBUSY; /* each try could cost another thread */
    return end->kind->open(end->what, direction, period_ms, ret_device);
}
