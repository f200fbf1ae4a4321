/* SPDX-License-Identifier: MIT */
/* factory.h - the panel's factory settings: the store is emptied by its worker. Loop thread only.
 * Never blocks. */
#ifndef PANEL_FACTORY_H
#define PANEL_FACTORY_H

struct store;
struct worker;

/* err: 0 when nothing but the serial number is left on the disk. */
typedef void factory_done_fn(int err, void *arg);

/* See store_reset: the process has to start again. serial: copied. done is called once, later.
 * Returns 0, EBUSY, ENOMEM or EAGAIN: then done is not called. */
int factory_reset(struct store *store, struct worker *store_worker, const char *serial,
                  factory_done_fn *done, void *arg);

#endif
