/* SPDX-License-Identifier: MIT */
/* journal_file.h - the journal's database file. One call at a time, from any thread. Blocks.
 *
 * A file of its own, not a table of the settings': what writes often, and may well be lost, must
 * never delay a change of settings, never fill up or damage the file they are in. */
#ifndef JOURNAL_JOURNAL_FILE_H
#define JOURNAL_JOURNAL_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "journal/entry.h"

#define JOURNAL_FILE "events.db"

enum {
    JOURNAL_FILE_MAX_NOTE = 200,
    /* Numbers that are kept free on disk for events that are told before they are stored. */
    JOURNAL_FILE_RESERVE = 1000,
};

struct journal_file;

struct journal_filter {
    char category[ENTRY_MAX_NAME + 1], name[ENTRY_MAX_NAME + 1], priority[ENTRY_MAX_NAME + 1];
    int64_t from_ms, to_ms; /* both are in; 0 and INT64_MAX: all */
    int64_t after, up_to;   /* numbers: more than after, up_to is in; 0 and INT64_MAX: all */
};

/* Rows of a page, in the order asked for. */
struct journal_rows {
    const struct journal_filter *filter;
    bool is_newest_first;
    bool has_total; /* count them all */
    int64_t offset;
    unsigned limit;
    int64_t total;       /* out */
    struct entry *first; /* out; linked by next; caller owns each */
    unsigned n;          /* out */
};

/* Nothing is opened yet.
 *   dir, dir_fd  the state directory; dir_fd is borrowed; nobody else may use it
 *   max_events   at most so many are kept; at least 1
 *   max_days     and none older than this
 * Returns 0, ENAMETOOLONG or ENOMEM; caller owns *ret_file. */
int journal_file_new(const char *dir, int dir_fd, unsigned max_events, unsigned max_days,
                     struct journal_file **ret_file);

/* Closes as if the power went. NULL is fine; returns NULL. */
struct journal_file *journal_file_free(struct journal_file *file);

/* Open it, or make it. at_least: 1, or more than any number given since the start. *ret_next: where
 * numbers begin, also set on failure. A damaged file is moved aside: that is no failure. Returns 0,
 * ENOTSUP (made by a newer Portero) or an errno value; then journal_file_write tries again. */
int journal_file_open(struct journal_file *file, int64_t at_least, int64_t *ret_next);

/* Write the list in one transaction, synced, and take away what is too much and too old. Numbers
 * grow. next: more than any number given. *ret_reserved: numbers below may be given out before they
 * are on disk; 0: none, but those of the clock. Returns 0 or an errno value; then nothing was
 * written. */
int journal_file_write(struct journal_file *file, const struct entry *first, int64_t next,
                       int64_t *ret_reserved);

/* Remove all events with numbers up to this one; what they held is overwritten. Returns 0, ENOENT
 * (not open) or an errno value. */
int journal_file_clear(struct journal_file *file, int64_t up_to);

/* A clean end: numbers go on at next. Then close. Returns 0 or an errno value; closed anyway. */
int journal_file_close(struct journal_file *file, int64_t next);

/* Fills the out members of rows. Returns 0, ENOENT (not open) or an errno value; then
 * there are none. */
int journal_file_read(struct journal_file *file, struct journal_rows *rows);

/* A number kept in the file under a name of at most ENTRY_MAX_NAME characters, other than
 * "reserved"; 0: it was never set. It goes when a damaged file is moved aside. Returns 0, ENOENT
 * (not open) or an errno value. */
int journal_file_read_mark(struct journal_file *file, const char *name, int64_t *ret_value);
int journal_file_write_mark(struct journal_file *file, const char *name, int64_t value);

/* Seconds since 1970, but not less than at_least: a number that was not given before, when no disk
 * tells. */
int64_t journal_file_number_from_clock(int64_t at_least);

/* Does entry pass the filter? Pure. */
bool journal_filter_has(const struct journal_filter *filter, const struct entry *entry);

/* What people should know since the last call: a file was moved aside. Returns false if nothing. */
bool journal_file_take_note(struct journal_file *file, char ret_note[JOURNAL_FILE_MAX_NOTE]);

#endif
