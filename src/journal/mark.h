/* SPDX-License-Identifier: MIT */
/* mark.h - a number that somebody keeps beside the events, in their file: up to which one of them
 * he has come. Loop thread only. Never blocks. */
#ifndef JOURNAL_MARK_H
#define JOURNAL_MARK_H

#include <stdint.h>

struct journal_file;
struct worker;

/* value: of a read; 0: it was never set. err: not read, or not written. */
typedef void mark_fn(int err, int64_t value, void *arg);

struct mark_config {
    struct journal_file *file; /* the worker's */
    struct worker *worker;     /* borrowed */
    const char *name;          /* static */
    mark_fn *fn;               /* called once, later, also while the worker is freed */
    void *arg;
};

/* Each returns 0, EBUSY, ENOMEM or EAGAIN: then fn is not called. */
int mark_read(const struct mark_config *config);
int mark_write(const struct mark_config *config, int64_t value);

#endif
