/* SPDX-License-Identifier: MIT */
/* margins.h - how long before they were due the last packets came: what says whether a jitter
 * buffer could do with less delay or needs more. Pure, one thread at a time. No allocation. */
#ifndef MEDIA_MARGINS_H
#define MEDIA_MARGINS_H

#include <stddef.h>
#include <stdint.h>

enum {
    MARGINS_MAX = 128,    /* packets looked back upon: 2.5 s at 20 ms */
    MARGINS_ENOUGH = 25,  /* before they say anything */
    MARGINS_IGNORED = 64, /* the worst of so many is left aside: it may be late */
};

/* A value to embed; all zero: nothing known. Members are margins.c's own. */
struct margins {
    int ms[MARGINS_MAX];
    size_t n, next;
    int average_16; /* in 1/16 ms, of those that were not late */
};

/* margin_ms: below 0 for a packet that came too late. */
void margins_note(struct margins *margins, int margin_ms);

/* The delay has changed: all packets would have come by_ms earlier (below 0: later). */
void margins_shift(struct margins *margins, int by_ms);

/* What nearly all packets keep. Below 0: more come late than may; 0 while too few are known. */
int margins_kept_ms(const struct margins *margins);

/* How long packets wait on average; 0 or more. */
unsigned margins_average_ms(const struct margins *margins);

#endif
