/* SPDX-License-Identifier: MIT */
#include "panel/keypad.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/event.h"
#include "base/timer.h"
#include "panel/calling.h"

struct keypad {
    struct calling *calling;  /* borrowed */
    struct event_bus *events; /* borrowed */
    char digits[NUMBER_MAX_DIGITS + 1];
    char hidden[NUMBER_MAX_DIGITS + 1]; /* as many '*' */
    bool is_code;                       /* the code key came first */
    keypad_code_fn *code;
    void *code_arg;
    struct timer forget;
};

int keypad_new(struct calling *calling, struct event_bus *events, struct keypad **ret_keypad)
{
    struct keypad *keypad = calloc(1, sizeof(*keypad));

    if (!keypad)
        return ENOMEM;
    keypad->calling = calling;
    keypad->events = events;
    *ret_keypad = keypad;
    return 0;
}

struct keypad *keypad_free(struct keypad *keypad)
{
    if (!keypad)
        return NULL;
    timer_stop(&keypad->forget);
    explicit_bzero(keypad->digits, sizeof(keypad->digits));
    free(keypad);
    return NULL;
}

static bool is_digit(const char *key)
{
    return key[0] >= '0' && key[0] <= '9' && key[1] == '\0';
}

void keypad_on_code(struct keypad *keypad, keypad_code_fn *code, void *arg)
{
    keypad->code = code;
    keypad->code_arg = arg;
}

bool keypad_is_key(const char *key)
{
    return is_digit(key) || !strcmp(key, "call") || !strcmp(key, "clear") ||
           !strcmp(key, "concierge") || !strcmp(key, "code");
}

const char *keypad_digits(const struct keypad *keypad)
{
    return keypad->is_code ? keypad->hidden : keypad->digits;
}

static void forget(void *arg)
{
    struct keypad *keypad = arg;

    timer_stop(&keypad->forget);
    explicit_bzero(keypad->digits, sizeof(keypad->digits)); /* may be a code */
    keypad->hidden[0] = '\0';
    keypad->is_code = false;
}

static int add_digit(struct keypad *keypad, char digit)
{
    size_t len = strlen(keypad->digits);

    if (len == NUMBER_MAX_DIGITS)
        return ENOENT;
    keypad->digits[len] = digit;
    keypad->digits[len + 1] = '\0';
    keypad->hidden[len] = '*';
    keypad->hidden[len + 1] = '\0';
    timer_start(&keypad->forget, KEYPAD_FORGET_MS, forget, keypad);
    return 0;
}

static int call_digits(struct keypad *keypad)
{
    const struct event_field field = {"number", keypad->digits};
    int err;

    if (!keypad->digits[0])
        return calling_button(keypad->calling);
    event_emit_with(keypad->events, EVENT_BUTTON_PRESSED, &field, 1, "call %s", keypad->digits);
    err = calling_start(keypad->calling, keypad->digits, PANEL_CALL_BY_KEYPAD);
    forget(keypad);
    return err;
}

/* The code key, or the call key behind a code. */
static int end_code(struct keypad *keypad)
{
    char digits[sizeof(keypad->digits)];

    if (!keypad->code)
        return ENOENT;
    if (!keypad->digits[0] && !keypad->is_code) {
        keypad->is_code = true;
        timer_start(&keypad->forget, KEYPAD_FORGET_MS, forget, keypad);
        return 0;
    }
    memcpy(digits, keypad->digits, sizeof(digits));
    forget(keypad);
    if (digits[0])
        keypad->code(digits, keypad->code_arg);
    explicit_bzero(digits, sizeof(digits));
    return 0;
}

int keypad_press(struct keypad *keypad, const char *key)
{
    if (!keypad_is_key(key))
        return EINVAL;
    if (is_digit(key))
        return add_digit(keypad, key[0]);
    if (!strcmp(key, "code") || (keypad->is_code && !strcmp(key, "call")))
        return end_code(keypad);
    if (!strcmp(key, "call"))
        return call_digits(keypad);
    if (!strcmp(key, "concierge")) {
        forget(keypad);
        event_emit(keypad->events, EVENT_BUTTON_PRESSED, "concierge");
        return calling_start_concierge(keypad->calling, PANEL_CALL_BY_KEYPAD);
    }
    if (keypad->digits[0] || keypad->is_code) {
        forget(keypad);
        return 0;
    }
    return calling_end(keypad->calling);
}
