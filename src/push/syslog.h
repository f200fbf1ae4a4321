/* SPDX-License-Identifier: MIT */
/* syslog.h - sends events to one receiver as syslog lines, one after the other, in order. The queue
 * is the journal: what is not sent yet stays there, on disk, and how far it has come is a mark
 * beside it. Loop thread only. Never blocks, never delays who emits an event. */
#ifndef PUSH_SYSLOG_H
#define PUSH_SYSLOG_H

#include "settings/syslog_settings.h"

struct journal;
struct syslog;
struct worker;

#define SYSLOG_MARK "syslog" /* the last event that was sent, or need not be */

enum {
    SYSLOG_PAGE = 50,           /* events read from the journal at once */
    SYSLOG_RETRY_MIN_MS = 1000, /* doubled with each failure */
    SYSLOG_RETRY_MAX_MS = 60000,
    SYSLOG_MAX_REFUSED = 5,   /* so often is a message tried that the receiver says is bad */
    SYSLOG_MAX_UNREADABLE = 3 /* and so often the journal, before what is in memory must do */
};

/* Both are borrowed. names: see push/name_lookup.h. Sends nothing until syslog_use. Returns 0 or
 * ENOMEM; caller owns *ret_syslog. */
int syslog_new(struct journal *journal, struct worker *names, struct syslog **ret_syslog);

/* What was on its way may come twice after the next start. Before journal_free. NULL is fine;
 * returns NULL. */
struct syslog *syslog_free(struct syslog *syslog);

/* Copied. The first call of a start goes on where the last start has ended; whoever switches it on
 * later gets what happens from then on. Other settings of a running one count at once, also for
 * what waits. */
void syslog_use(struct syslog *syslog, const struct syslog_settings *settings);

/* The times of all lines from now on are written with that offset, see timezone_offset_min. */
void syslog_use_zone(struct syslog *syslog, int offset_min);

/* What failed is tried again at once. */
void syslog_network_changed(struct syslog *syslog);

#endif
