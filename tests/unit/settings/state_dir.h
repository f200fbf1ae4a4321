/* SPDX-License-Identifier: MIT */
/* state_dir.h - a state directory for one test, and its files as bytes. */
#ifndef STATE_DIR_H
#define STATE_DIR_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/settings.h"

struct state_dir {
    char path[64];
    int fd;
};

/* cmocka's setup and teardown: *state is a struct state_dir with an empty directory. */
int state_dir_setup(void **state);
int state_dir_teardown(void **state);

/* The whole file. Caller frees; fails the test if it cannot be read. */
char *state_dir_read(const struct state_dir *dir, const char *name, size_t *ret_len);

void state_dir_write(const struct state_dir *dir, const char *name, const void *data, size_t len);

bool state_dir_has(const struct state_dir *dir, const char *name);
unsigned state_dir_mode(const struct state_dir *dir, const char *name);

/* How many files have a name that begins with prefix; the last one's name in ret_name. */
unsigned state_dir_count(const struct state_dir *dir, const char *prefix, char ret_name[256]);

/* True if the text stands in any file. */
bool state_dir_holds(const struct state_dir *dir, const char *text);

/* Settings where all follows from n. */
struct settings state_dir_settings(unsigned n);

/* Fails the test unless settings are exactly those of n. */
void state_dir_check_settings(const struct settings *settings, unsigned n);

#endif
