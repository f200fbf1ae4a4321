/* SPDX-License-Identifier: MIT */
/* target.h - which server to go to, and where it is: the settings' next hop, or where that has
 * redirected us; its addresses, each in its turn, as long as DNS says that they are good. Loop
 * thread only. Never blocks. */
#ifndef SIP_TARGET_H
#define SIP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/sip_settings.h"

struct host;
struct resolver;
struct sa;
struct target;

enum { TARGET_MAX_REDIRECTS = 5 };

/* The name was looked up.
 *   err        0: there are addresses; else as resolver_found_fn has it, or ETIMEDOUT (limit_ms of
 *              target_find is over): those of before stay
 *   has_moved  we have settled at an address that is not among them any more
 * The target must not be freed in it. */
typedef void target_found_fn(int err, bool has_moved, void *arg);

/* Make a target at the next hop of settings; looks up nothing. resolver: borrowed.
 * Returns 0 or ENOMEM; caller owns *ret_target. */
int target_new(struct resolver *resolver, const struct sip_settings *settings,
               target_found_fn *on_found, void *arg, struct target **ret_target);

/* NULL is fine; returns NULL. */
struct target *target_free(struct target *target);

/* Other settings of the same address-of-record: they count from target_restart on. Copied. */
void target_set(struct target *target, const struct sip_settings *settings);

/* Forget all redirects, and stop looking up: the next target_find is for the settings' next hop.
 * Returns true if that is another host than before. */
bool target_restart(struct target *target);

/* Look up the name; on_found is called later, once.
 *   limit_ms  how long that may take; 0: as long as the resolver takes
 * Returns 0 or an errno value, then on_found is not called. */
int target_find(struct target *target, uint64_t limit_ms);
bool target_is_finding(const struct target *target);

/* Stop looking up: on_found will not be called. */
void target_cancel(struct target *target);

/* DNS says that the addresses of the last answer are still good. */
bool target_is_fresh(const struct target *target);

/* 301 or 302 to host[:port] ("" if it is of no use): go there with the next target_find, if it is
 * of the same account. Returns true, or false and why not in reason. */
bool target_redirect(struct target *target, const char *to, char *reason, size_t size);

/* The server at the address in use has bound us: we stay there while DNS lists it, and redirects
 * are counted from 0 again. */
void target_settle(struct target *target);
void target_unsettle(struct target *target);

/* Go on to the next address. Returns false if there is none; target_address is the first then. */
bool target_next(struct target *target);
bool target_has_next(const struct target *target);

/* The address in use has failed us, but not as an address: forget the others. A look-up under way
 * may take its time. */
void target_keep_only_this(struct target *target);

/* The host that is looked up. Borrowed. */
const struct host *target_host(const struct target *target);

/* The address to use; NULL: no name was ever looked up. Borrowed until on_found. */
const struct sa *target_address(const struct target *target);

/* The same as text: "" once all have had their turn, or if there is none. */
void target_address_text(const struct target *target, char *buf, size_t size);

/* How many addresses the last answer had, and the one at i. Borrowed until on_found. */
unsigned target_count(const struct target *target);
const struct sa *target_address_at(const struct target *target, unsigned i);

#endif
