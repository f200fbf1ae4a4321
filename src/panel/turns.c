/* SPDX-License-Identifier: MIT */
#include "panel/turns.h"

#include <errno.h>

#include "base/worker.h"

static void give_turn(struct turns *turns);

void turns_init(struct turns *turns, const struct turns_verbs *verbs, struct worker *store_worker)
{
    *turns = (struct turns){.verbs = verbs, .worker = store_worker, .end = &turns->first};
}

static void tell_first(struct turns *turns, int err)
{
    struct turn *turn = turns->first;

    turns->first = turn->next;
    if (!turns->first)
        turns->end = &turns->first;
    turns->verbs->over(turn->change, err);
}

void turns_done(struct turns *turns)
{
    timer_stop(&turns->refusal);
    turns->is_telling = true;
    while (turns->first)
        tell_first(turns, ECANCELED);
}

/* The first one is over: tell, then the next one. */
static void finish_first(struct turns *turns)
{
    turns->is_telling = true; /* who is told may ask for another */
    tell_first(turns, turns->first->err);
    turns->is_telling = false;
    if (turns->first)
        give_turn(turns);
}

static void store(void *arg)
{
    struct turn *turn = arg;

    turn->err = turn->turns->verbs->store(turn->change);
}

static void on_stored(void *arg)
{
    struct turn *turn = arg;
    struct turns *turns = turn->turns;

    turns->verbs->stored(turn->change, turn->err);
    finish_first(turns);
}

static void on_refused(void *arg)
{
    finish_first(arg);
}

static void give_turn(struct turns *turns)
{
    struct turn *turn = turns->first;
    int err = turns->verbs->prepare(turn->change);

    if (!err)
        err = worker_submit(turns->worker, store, on_stored, turn);
    if (!err) /* the change is the worker's now, until on_stored */
        return;
    turn->err = err;
    timer_start(&turns->refusal, 0, on_refused, turns); /* never from inside turns_take */
}

void turns_take(struct turns *turns, struct turn *turn, void *change)
{
    bool is_free = !turns->first && !turns->is_telling;

    *turn = (struct turn){.turns = turns, .change = change};
    *turns->end = turn;
    turns->end = &turn->next;
    if (is_free)
        give_turn(turns);
}

bool turns_is_empty(const struct turns *turns)
{
    return !turns->first;
}
