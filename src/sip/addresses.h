/* SPDX-License-Identifier: MIT */
/* addresses.h - is an address among others? Pure. */
#ifndef SIP_ADDRESSES_H
#define SIP_ADDRESSES_H

#include <stdbool.h>

struct sa;

/* how: SA_ADDR, or SA_ALL if ports count, too. */
bool addresses_have(const struct sa *addrs, unsigned n, const struct sa *addr, int how);

#endif
