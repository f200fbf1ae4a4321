/* SPDX-License-Identifier: MIT */
/* network_list.h - addresses and networks as people write them: "192.0.2.0/24, 2001:db8::/32,
 * 10.0.0.1". Pure functions, any thread. */
#ifndef SETTINGS_NETWORK_LIST_H
#define SETTINGS_NETWORK_LIST_H

#include <stdbool.h>
#include <stdint.h>

enum { NETWORK_LIST_MAX = 64 };

struct network {
    int family;          /* AF_INET or AF_INET6 */
    uint8_t address[16]; /* 4 bytes of it, or all */
    unsigned bits;       /* how many count */
};

/* A value; all zero: none. */
struct network_list {
    struct network networks[NETWORK_LIST_MAX];
    unsigned n;
};

/* Read a list: commas between, blanks around them; "": none. Returns 0, EINVAL (not well formed)
 * or E2BIG (more than NETWORK_LIST_MAX); ret_list is set on success only. */
int network_list_parse(const char *text, struct network_list *ret_list);

/* Is address (4 bytes of AF_INET, 16 of AF_INET6) in one of them? */
bool network_list_has(const struct network_list *list, int family, const uint8_t *address);

#endif
