/* SPDX-License-Identifier: MIT */
/* doors.h - the panel's rules about the door: who may say what to it, and what of it becomes an
 * event. The relay acts first, telling comes after. For panel.c and calling.c only. Loop thread
 * only. Never blocks; nothing here waits for the store, and opening allocates nothing. */
#ifndef PANEL_DOORS_H
#define PANEL_DOORS_H

#include "door/dtmf_code.h"
#include "door/dtmf_tries.h"
#include "panel/panel.h"

struct door;

/* All zero: a panel without locks. */
struct doors {
    struct door *door;        /* borrowed; NULL: no locks */
    struct event_bus *events; /* borrowed */
    struct dtmf_codes codes;
    struct dtmf_tries caller_tries;
};

/* Listens to the door, sets it as settings say, and tells which lock does not close. doors: door
 * and events are set; must stay where it is until doors_stop. */
void doors_start(struct doors *doors, const struct lock_settings *settings);

/* The door goes on by itself, but tells nobody. */
void doors_stop(struct doors *doors);

/* For openings and digits from now on; emits that they have changed, if they have. */
void doors_follow(struct doors *doors, const struct lock_settings *old,
                  const struct lock_settings *settings);

/* See panel_open, panel_emergency_open, panel_emergency_close, panel_lock_state. */
int doors_open(const struct doors *doors, unsigned lock, const char *by);
int doors_emergency_open(const struct doors *doors, unsigned lock, unsigned hold_s, const char *by);
int doors_emergency_close(const struct doors *doors, unsigned lock);
void doors_lock_state(const struct doors *doors, unsigned lock, struct panel_lock_state *ret_state);

/* Open what somebody's card or code may open; telling of it is the caller's. A lock that is not
 * there does nothing. */
void doors_grant(const struct doors *doors, unsigned lock);

enum doors_button { DOORS_EXIT_BUTTON, DOORS_FREE_BUTTON };

/* A button of the panel opens lock 1 or 2, and that is told. */
void doors_button(const struct doors *doors, unsigned lock, enum doors_button button);

/* Who types. Wrong codes of those who call the panel are counted from call to call, and for some
 * time after too many nothing that a caller types opens. Whom the panel calls is never locked out.
 */
enum doors_typist { DOORS_CALLED, DOORS_CALLER };

/* The far end of a call has typed a digit: opens when it completes a code, tells wrong ones.
 *   typed  of this call; all zero at its start
 *   by     its address: "sip:101@pbx.example.com"
 * Returns true if a code was complete: the door was told to open. */
bool doors_digit(struct doors *doors, struct dtmf_typed *typed, char digit,
                 enum doors_typist typist, const char *by);

/* The call is over: typed is wiped; a code that was not finished counts as wrong. */
void doors_digits_over(struct doors *doors, struct dtmf_typed *typed, enum doors_typist typist,
                       const char *by);

#endif
