/* SPDX-License-Identifier: MIT */
/* store_files.h - the store's files as bytes: private, copied, moved aside, synced.
 * Names are relative to dir_fd. Blocks. */
#ifndef SETTINGS_STORE_FILES_H
#define SETTINGS_STORE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#define STORE_FILE "portero.db"
#define STORE_FILE_NEW "portero.db.new" /* while it is being made */
#define STORE_FILE_BACKUP "portero.db.bak"
#define STORE_FILE_LOCK "portero.lock"
#define STORE_FILE_KEY "portero.key"

enum { STORE_FILES_MAX_NAME = 64 };

/* Open directory dir; it and its parents are made with 0700 if missing.
 * Returns 0 or an errno value. */
int store_files_open_dir(const char *dir, int *ret_fd);

/* Take the lock that is held until *ret_fd is closed. Returns 0, EBUSY or an errno value. */
int store_files_lock(int dir_fd, int *ret_fd);

/* Size in bytes; -1 if there is no such file. */
long long store_files_size(int dir_fd, const char *name);

/* Take away what group and others may do with name. A missing file is fine. */
int store_files_make_private(int dir_fd, const char *name);

/* An empty new file, 0600, in place of what may be there. Returns 0 or an errno value. */
int store_files_make(int dir_fd, const char *name);

/* Copy from to a new file to, 0600, synced. Returns 0 or an errno value. */
int store_files_copy(int dir_fd, const char *from, const char *to);

/* Sync from, give it the name to, sync the directory. Returns 0 or an errno value. */
int store_files_replace(int dir_fd, const char *from, const char *to);

/* Remove a database that is no longer wanted, with its -wal and -shm. */
void store_files_remove(int dir_fd, const char *name);

/* Overwrite and remove all that may hold what was stored before: backups, what was moved aside, the
 * key. Returns 0 or an errno value: then something is left, but no more than need be. */
int store_files_forget(int dir_fd);

/* Rename name, and its -wal and -shm, to ret_name = name.damaged-TIME. Never over another
 * file. Returns 0 (also if there is nothing to move) or an errno value. */
int store_files_move_aside(int dir_fd, const char *name, char ret_name[STORE_FILES_MAX_NAME]);

#endif
