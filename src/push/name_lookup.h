/* SPDX-License-Identifier: MIT */
/* name_lookup.h - from a host to its addresses, by the system's resolver on a worker. Loop thread
 * only. Never blocks. */
#ifndef PUSH_NAME_LOOKUP_H
#define PUSH_NAME_LOOKUP_H

#include <stdint.h>
#include <sys/socket.h>

struct name_lookup;
struct worker;

enum { NAME_LOOKUP_MAX = 8, NAME_LOOKUP_LIMIT_MS = 10000 };

/* err: 0, ENOENT (no such name), EAGAIN (the name server does not answer) or another errno value;
 * then there are none. addrs: with the port; borrowed for the call. May not stop the look-up. */
typedef void name_found_fn(int err, const struct sockaddr_storage *addrs, unsigned n, void *arg);

/* Calls found once, later. A number needs no worker.
 *   names  borrowed: until worker_free or worker_abandon; not shared with who cannot wait
 * Returns 0, EBUSY (too many are under way), ENOMEM or EAGAIN; caller owns *ret_lookup. */
int name_lookup_start(struct worker *names, const char *host, uint16_t port, name_found_fn *found,
                      void *arg, struct name_lookup **ret_lookup);

/* found is not called any more. NULL is fine; returns NULL. */
struct name_lookup *name_lookup_stop(struct name_lookup *lookup);

/* The length of an address, as connect() wants it. */
socklen_t name_lookup_len(const struct sockaddr_storage *addr);

#endif
