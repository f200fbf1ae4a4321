/* SPDX-License-Identifier: MIT */
/* keys_evdev.h - a keypad, or a reader that types like one, by the kernel's input devices. It is
 * grabbed: nobody else sees its keys. One that vanishes is looked for again. Loop thread only.
 * Never blocks. */
#ifndef DOOR_KEYS_EVDEV_H
#define DOOR_KEYS_EVDEV_H

struct keys_evdev;

enum { KEYS_EVDEV_RETRY_MS = 1000, KEYS_EVDEV_MAX_PATH = 255 };

/* A key was pressed (not: held, let go). key: '0' to '9', 'A' to 'F', '-', ':', '#', '*', '\n'
 * (enter), '\b' (back or escape), 'H' (help), 'O' (open). Must not free the keys. */
typedef void keys_evdev_fn(char key, void *arg);

/* err: why it cannot be read now; 0: it can again. Told at each change of that. */
typedef void keys_evdev_state_fn(int err, void *arg);

struct keys_evdev_config {
    const char *path; /* "/dev/input/event3"; copied */
    keys_evdev_fn *pressed;
    keys_evdev_state_fn *state;
    void *arg;
};

/* The path in "evdev:/dev/input/event3"; NULL: the text is not of that kind. Borrowed from it. */
const char *keys_evdev_path(const char *text);

/* Nobody is told from inside this. Returns 0, ENAMETOOLONG or ENOMEM; caller owns *ret_keys. */
int keys_evdev_new(const struct keys_evdev_config *config, struct keys_evdev **ret_keys);

/* NULL is fine; returns NULL. */
struct keys_evdev *keys_evdev_free(struct keys_evdev *keys);

#endif
