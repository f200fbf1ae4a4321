/* SPDX-License-Identifier: MIT */
#include "http/tries.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/peer.h"

static const uint32_t pause_s[] = {60, 180, 600, 1800};

enum { PAUSES = sizeof(pause_s) / sizeof(pause_s[0]), FORGET_MS = 24 * 3600 * 1000 };

struct entry {
    struct peer peer;
    unsigned failed;
    uint64_t failed_ms; /* when, last */
    uint64_t until_ms;  /* the end of the pause, maybe long past */
};

struct tries {
    size_t count; /* entries[0..count) are used: the rest costs no memory */
    struct entry entries[TRIES_MAX_PEERS];
};

int tries_new(struct tries **ret_tries)
{
    struct tries *tries = calloc(1, sizeof(*tries));

    if (!tries)
        return ENOMEM;
    *ret_tries = tries;
    return 0;
}

struct tries *tries_free(struct tries *tries)
{
    free(tries);
    return NULL;
}

static bool is_forgotten(const struct entry *entry, uint64_t now_ms)
{
    return now_ms - entry->failed_ms >= FORGET_MS;
}

/* TRIES_MAX_PEERS if there is none. */
static size_t find(const struct tries *tries, const struct peer *peer, uint64_t now_ms)
{
    for (size_t i = 0; i < tries->count; i++) {
        if (peer_is_same(&tries->entries[i].peer, peer) &&
            !is_forgotten(&tries->entries[i], now_ms))
            return i;
    }
    return TRIES_MAX_PEERS;
}

unsigned tries_wait_s(const struct tries *tries, const struct peer *peer)
{
    uint64_t now_ms = clock_monotonic_ms();
    size_t at = find(tries, peer, now_ms);

    if (at == TRIES_MAX_PEERS || tries->entries[at].until_ms <= now_ms)
        return 0;
    return (unsigned)((tries->entries[at].until_ms - now_ms + 999) / 1000);
}

/* Who goes first when there is no room: whoever is in no pause and quiet for longest; else
 * whose pause ends first. */
static bool is_worth_less(const struct entry *a, const struct entry *b, uint64_t now_ms)
{
    bool a_waits = a->until_ms > now_ms;
    bool b_waits = b->until_ms > now_ms;

    if (a_waits != b_waits)
        return b_waits;
    return a_waits ? a->until_ms < b->until_ms : a->failed_ms < b->failed_ms;
}

static struct entry *make(struct tries *tries, const struct peer *peer, uint64_t now_ms)
{
    struct entry *entry = &tries->entries[0];

    if (tries->count < TRIES_MAX_PEERS) {
        entry = &tries->entries[tries->count++];
    } else {
        for (size_t i = 1; i < tries->count; i++) {
            if (is_worth_less(&tries->entries[i], entry, now_ms))
                entry = &tries->entries[i];
        }
    }
    *entry = (struct entry){.peer = *peer};
    return entry;
}

unsigned tries_failed(struct tries *tries, const struct peer *peer)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct entry *entry;
    unsigned step;
    size_t at;

    if (peer->is_local)
        return 0;
    at = find(tries, peer, now_ms);
    entry = at < TRIES_MAX_PEERS ? &tries->entries[at] : make(tries, peer, now_ms);
    entry->failed_ms = now_ms;
    if (entry->failed < TRIES_FREE + PAUSES)
        entry->failed++;
    if (entry->failed < TRIES_FREE)
        return 0;
    step = entry->failed - TRIES_FREE;
    if (step >= PAUSES)
        step = PAUSES - 1;
    entry->until_ms = now_ms + 1000ULL * pause_s[step];
    return pause_s[step];
}

void tries_succeeded(struct tries *tries, const struct peer *peer)
{
    size_t at = find(tries, peer, clock_monotonic_ms());

    if (at < TRIES_MAX_PEERS)
        tries->entries[at] = tries->entries[--tries->count];
}
