/* SPDX-License-Identifier: MIT */
/* keypad.h - the keys of the panel: digits that become a call. Loop thread only. Never blocks. */
#ifndef PANEL_KEYPAD_H
#define PANEL_KEYPAD_H

#include <stdbool.h>

struct calling;
struct event_bus;
struct keypad;

enum { KEYPAD_FORGET_MS = 10000 }; /* digits without a key after them */

/* Somebody has typed a code. digits: borrowed for the time of the call. */
typedef void keypad_code_fn(const char *digits, void *arg);

/* calling, events: borrowed. Returns 0 or ENOMEM; caller owns *ret_keypad. */
int keypad_new(struct calling *calling, struct event_bus *events, struct keypad **ret_keypad);
struct keypad *keypad_free(struct keypad *keypad);

/* Who is told of codes; NULL: nobody, the code key then does nothing. */
void keypad_on_code(struct keypad *keypad, keypad_code_fn *code, void *arg);

/* How a code is told from a flat's number: by the code key (a key sign, or #). Pressed after
 * digits, these are the code: 1234#. Pressed first, the digits up to the next code or call key are:
 * #1234#.
 *
 * "0" to "9"; "code"; "call" calls the digits, takes a call that rings here, or ends one if the
 * settings say so; "clear" forgets the digits or ends the call; "concierge". */
bool keypad_is_key(const char *key);

/* Press a key. Returns 0; EINVAL: there is no such key; ENOENT: nothing to do for it now (no
 * digits, no concierge); EBUSY: another call runs; or what calling_start returns. */
int keypad_press(struct keypad *keypad, const char *key);

/* What is typed; "" for nothing; of a code that began with the code key only a "*" a digit.
 * Borrowed until the next key. */
const char *keypad_digits(const struct keypad *keypad);

#endif
