/* SPDX-License-Identifier: MIT */
/* callers.h - networks from where we take calls besides our server. Loop thread only. */
#ifndef SIP_CALLERS_H
#define SIP_CALLERS_H

#include <stdbool.h>

struct callers;
struct sa;

/* networks: as settings/network_list.h reads them; "": none.
 * Returns 0, EINVAL or ENOMEM; caller owns *ret_callers. */
int callers_new(const char *networks, struct callers **ret_callers);
struct callers *callers_free(struct callers *callers);

/* Is addr (its port does not count) in one of them? An IPv4 address that is written as an IPv6 one
 * counts as the IPv4 address. callers may be NULL: no. */
bool callers_has(const struct callers *callers, const struct sa *addr);

#endif
