/* SPDX-License-Identifier: MIT */
/* store.h - the settings on disk: portero.db (SQLite) in the state directory, its last good
 * backup beside it, secrets sealed with portero.key. Blocks: after start-up only on the
 * store's worker thread, one call at a time. */
#ifndef SETTINGS_STORE_H
#define SETTINGS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/settings.h"

struct sqlite3;
struct store;

enum store_health {
    STORE_GOOD,      /* read, or made just now in an empty directory */
    STORE_RECOVERED, /* was damaged; kept aside, and the last good backup runs */
    STORE_SAFE_MODE, /* damaged and no backup: untouched; nothing can be stored */
};

/* Open or make the store in directory dir (made with 0700 if missing; files 0600).
 * Also takes a lock, so that two daemons never share a state directory.
 * Returns 0 (look at store_health); EBUSY (another daemon has it); or an errno value when
 * the directory itself is unusable. Caller owns *ret_store. */
int store_open(const char *dir, struct store **ret_store);

/* Reads or writes what comes in rows of its own, and not with the settings: the forward table, and
 * tables that others keep in the store. Inside a transaction. Returns 0, or an
 * errno value: then nothing of it counts. */
typedef int store_rows_fn(struct sqlite3 *db, void *arg);

/* As store_open; check(db, NULL) looks at the tables of others: EBADMSG is a damaged store. */
int store_open_with(const char *dir, store_rows_fn *check, struct store **ret_store);

/* NULL is fine; returns NULL. */
struct store *store_close(struct store *store);

enum store_health store_health(const struct store *store);

/* What is wrong, in plain words with the file's name; "" when STORE_GOOD. */
const char *store_problem(const struct store *store);

/* True if something sealed could not be opened by store_load. */
bool store_has_lost_secrets(const struct store *store);

/* Everything stored; defaults for what is not. A SIP password that cannot be opened (key
 * file lost) reads as "", and store_problem() says so. Returns 0 or an errno value. */
int store_load(struct store *store, struct settings *ret_settings);

/* Store everything in one transaction: on disk when this returns 0. Otherwise nothing
 * changed: ENOSPC (disk full), EROFS (safe mode or read-only), EIO, ... */
int store_save(struct store *store, const struct settings *settings);

/* Read what comes in rows; not called in safe mode, which is good, too. Returns what read returns.
 */
int store_read(struct store *store, store_rows_fn *read, void *arg);

/* Write it, with the same promise as store_save. */
int store_write(struct store *store, store_rows_fn *write, void *arg);

/* Copy the store to the last good backup (to a new file, synced, renamed). Worth calling
 * after store_save, when the answer is out. Returns 0 or an errno value. */
int store_backup(struct store *store);

/* As it left the factory: all is gone from the disk but the serial number, also backups, what is
 * kept of damaged stores, and the key. Nothing can be stored any more: the process has to start
 * again. In safe mode it makes a new store, too. Returns 0 or an errno value: then the store is as
 * before, or it is emptied and something else is left on the disk. It may be tried again. */
int store_reset(struct store *store, const char *serial);

/* The state directory, for the files of others (initial-password). Borrowed. */
int store_dir_fd(const struct store *store);

#endif
