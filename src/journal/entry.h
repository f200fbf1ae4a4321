/* SPDX-License-Identifier: MIT */
/* entry.h - one event as the journal keeps it: a value that never changes once it is made, but for
 * its number. Counted, so that a reader can hold on to it. Any thread, but counting is for the loop
 * thread only. Never blocks. */
#ifndef JOURNAL_ENTRY_H
#define JOURNAL_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;

enum { ENTRY_MAX_NAME = 63, ENTRY_MAX_TEXT = 400, ENTRY_MAX_FIELDS = 8 * 1024 };

struct entry {
    int64_t number;                                /* 1 ...; 0: none yet */
    int64_t at_ms;                                 /* Unix time */
    const char *name, *category, *priority, *text; /* clean UTF-8 */
    const char *fields;                            /* a JSON object on one line */

    /* For journal.c; loop thread only. */
    struct entry *next;
    uint64_t due_ms; /* by clock_monotonic_ms: then its listeners wait no longer */
    bool is_told;
    unsigned owners;
};

struct entry_parts {
    int64_t number, at_ms;
    const char *name, *category, *priority, *text, *fields;
};

/* A copy of an event. What is no UTF-8 or a control character becomes '?'; what is too long is
 * cut. Returns 0 or ENOMEM; caller owns *ret_entry. */
int entry_from_event(const struct event *event, struct entry **ret_entry);

/* The same from its parts, all copied; fields as entry_from_event has made them. */
int entry_new(const struct entry_parts *parts, struct entry **ret_entry);

/* One more owner. */
struct entry *entry_share(struct entry *entry);

/* One owner less; freed with the last. NULL is fine; returns NULL. */
struct entry *entry_free(struct entry *entry);

#endif
