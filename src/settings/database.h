/* SPDX-License-Identifier: MIT */
/* database.h - SQLite set up the way our files need it, and the versions of the store's schema.
 * One call at a time on a connection, from any thread. Blocks. */
#ifndef SETTINGS_DATABASE_H
#define SETTINGS_DATABASE_H

#include <sqlite3.h>

enum { DATABASE_VERSION = 4 };

/* Open the file at path, which must exist (empty is fine), as one that may have been written by
 * somebody who wants to harm. It is not looked at yet: damage is found when it is met. Returns 0 or
 * an errno value. Caller owns *ret_db. */
int database_connect(const char *path, sqlite3 **ret_db);

/* The same, and look at it as a whole: EBADMSG if it is no sound database. Nothing in it is
 * changed, not even by closing it again, before database_start. */
int database_open(const char *path, sqlite3 **ret_db);

/* NULL is fine; returns NULL. */
sqlite3 *database_close(sqlite3 *db);

/* Begin a transaction in which the schema is brought up to DATABASE_VERSION; the caller
 * looks at what is in it, then calls database_end. Returns 0, ENOTSUP (made by a newer
 * Portero) or an errno value; on failure nothing is left open. */
int database_begin_upgrade(sqlite3 *db, int *ret_version);

/* Commit if err is 0, else roll back. Returns err, or why it could not be committed. */
int database_end(sqlite3 *db, int err);

/* From now on write: into a log beside the file (WAL), each commit synced.
 * Returns 0 or an errno value. */
int database_start(sqlite3 *db);

/* Run statements that give no rows. Returns 0 or an errno value. */
int database_exec(sqlite3 *db, const char *sql);

/* A statement that is run again and again: parsed once for each connection, which keeps it. To be
 * given back by database_give_back, and not finalized. Returns 0 or an errno value. */
int database_prepare_kept(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt);

/* What was bound to it may go after this. NULL is fine. */
void database_give_back(sqlite3_stmt *stmt);

/* Remove all rows of all tables, in the caller's transaction; what they held is overwritten.
 * Returns 0 or an errno value. */
int database_empty(sqlite3 *db);

/* Write a copy of all that is committed to the file at path, which must be empty; not yet
 * synced. Returns 0 or an errno value. */
int database_copy(sqlite3 *db, const char *path);

/* SQLite's result code as an errno value: ENOSPC, EROFS, EBADMSG (damaged), EIO, ... */
int database_errno(sqlite3 *db, int code);

/* NULL if the column holds no text, or one with a NUL in it. Borrowed until the next step. */
const char *database_column_text(sqlite3_stmt *stmt, int column);

/* Finalize stmt after reading a row. err: what came of that. A column that could not be read for
 * want of memory looks like a bad one: then this returns ENOMEM, else err. NULL is fine. */
int database_finish(sqlite3_stmt *stmt, int err);

#endif
