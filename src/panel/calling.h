/* SPDX-License-Identifier: MIT */
/* calling.h - from a press to a conversation: flat number to targets, one after the other, by the
 * account that can; calls to us; how long it may take; what came of it. One call at a time. For
 * panel.c. Loop thread only. Never blocks. */
#ifndef PANEL_CALLING_H
#define PANEL_CALLING_H

#include "panel/calls.h"
#include "panel/panel.h"

struct calling;
struct doors;
struct forwards;

enum { CALLING_HISTORY = 50 };

struct calling_config {
    struct agent *agents[PANEL_ACCOUNTS]; /* borrowed; those but the first may be NULL */
    struct forwards *forwards;            /* borrowed */
    struct doors *doors;                  /* borrowed; NULL: digits open nothing */
    struct event_bus *events;             /* borrowed */
};

/* Returns 0 or ENOMEM; caller owns *ret_calling. */
int calling_new(const struct calling_config *config, struct calling **ret_calling);
struct calling *calling_free(struct calling *calling);

/* The settings that run from now on. Borrowed until the next call of this. */
void calling_use(struct calling *calling, const struct settings *settings);

/* See panel_call_start, panel_call_end. */
int calling_start(struct calling *calling, const char *number, enum panel_call_by by);
int calling_end(struct calling *calling);

/* See panel_call_answer. */
int calling_answer(struct calling *calling);

/* Call the concierge. Returns as calling_start, or ENOENT: none is set. */
int calling_start_concierge(struct calling *calling, enum panel_call_by by);

/* The call button without a number: takes a call that rings here; ends one if the settings say so.
 * Returns 0, or ENOENT: there was nothing to do. */
int calling_button(struct calling *calling);

/* See panel_calls, panel_call_now. */
void calling_show(const struct calling *calling, panel_call_fn *show, void *arg);
bool calling_show_now(const struct calling *calling, panel_call_fn *show, void *arg);

#endif
