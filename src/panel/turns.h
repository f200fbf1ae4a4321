/* SPDX-License-Identifier: MIT */
/* turns.h - changes of what is stored, one after the other: each is prepared on what the one before
 * has left, stored on the store's worker, and is in force before the next has its turn. Loop thread
 * only, but for turns_verbs.store. Never blocks. */
#ifndef PANEL_TURNS_H
#define PANEL_TURNS_H

#include <stdbool.h>

#include "base/timer.h"

struct worker;

/* What becomes of a change, in this order. */
struct turns_verbs {
    /* It has its turn: 0, or why it is refused; then only over follows, later. */
    int (*prepare)(void *change);
    /* On the worker. Returns 0 or why it cannot be stored. */
    int (*store)(void *change);
    /* Put it in force, or say why it is not stored. */
    void (*stored)(void *change, int err);
    /* Tell who has asked, and free it. ECANCELED: turns_done. May ask for another: it waits
     * behind those that wait. */
    void (*over)(void *change, int err);
};

/* One's place in the row; part of a change. */
struct turn {
    struct turns *turns;
    void *change;
    int err;
    struct turn *next;
};

/* Embedded; not to be moved. */
struct turns {
    const struct turns_verbs *verbs;
    struct worker *worker;
    struct turn *first; /* has its turn, but while it is told that it is over */
    struct turn **end;
    bool is_telling;
    struct timer refusal;
};

/* verbs, store_worker: borrowed until turns_done. */
void turns_init(struct turns *turns, const struct turns_verbs *verbs, struct worker *store_worker);

/* Those that wait are over: ECANCELED. Not while the worker has one. */
void turns_done(struct turns *turns);

/* turn: part of change, which is the row's until it is over. prepare may be called from inside;
 * all else is later, from the loop. */
void turns_take(struct turns *turns, struct turn *turn, void *change);

/* Does nobody wait or have its turn? In over, the one that is over does not count. */
bool turns_is_empty(const struct turns *turns);

#endif
