/* SPDX-License-Identifier: MIT */
/* forwards.h - changes of the forward table: on disk first, then in memory. For panel.c and
 * calling.c. Loop thread only. Never blocks. */
#ifndef PANEL_FORWARDS_H
#define PANEL_FORWARDS_H

#include <stddef.h>
#include <stdint.h>

struct forward_rule;
struct forward_table;
struct forwards;
struct store;
struct worker;

enum { FORWARDS_MAX_REMOVED = 1000 };

/* As panel_done_fn. */
typedef void forwards_done_fn(int err, void *arg);
typedef void forwards_changed_fn(void *arg);

/* table: what is stored; taken.
 * Returns 0 or ENOMEM (table is not taken); caller owns *ret_forwards. */
int forwards_new(struct store *store, struct worker *store_worker, struct forward_table *table,
                 struct forwards **ret_forwards);
struct forwards *forwards_free(struct forwards *forwards);

/* changed is called after each change from now on, in place of who was before; NULL: nobody. */
void forwards_on_change(struct forwards *forwards, forwards_changed_fn *changed, void *arg);

/* Borrowed until the next change. */
const struct forward_table *forwards_table(const struct forwards *forwards);

/* Add or replace a rule; copied. done is called later, from the loop, unless this fails. Returns 0,
 * ENOSPC (the table is full), EBUSY (too many wait) or ENOMEM. */
int forwards_put(struct forwards *forwards, const struct forward_rule *rule, forwards_done_fn *done,
                 void *arg);

/* Remove the rules of count flats, all or none; copied. count: up to FORWARDS_MAX_REMOVED, else
 * E2BIG. */
int forwards_remove(struct forwards *forwards, const uint32_t *flats, size_t count,
                    forwards_done_fn *done, void *arg);

#endif
