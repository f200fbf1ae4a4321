/* SPDX-License-Identifier: MIT */
/* known_host.h - the addresses of a host, looked up again when DNS says that they are old. Loop
 * thread only. Never blocks. */
#ifndef SIP_KNOWN_HOST_H
#define SIP_KNOWN_HOST_H

#include <stdbool.h>

#include "settings/host.h"
#include "settings/sip_settings.h"

struct known_host;
struct resolver;
struct sa;

enum { KNOWN_HOST_AGAIN_S = 60, KNOWN_HOST_LONGEST_S = 3600 };

/* resolver: borrowed. It knows no host yet. Returns 0 or ENOMEM; caller owns *ret_known. */
int known_host_new(struct resolver *resolver, struct known_host **ret_known);
struct known_host *known_host_free(struct known_host *known);

/* Another one from now on. host: copied; NULL: none. */
void known_host_set(struct known_host *known, const struct host *host,
                    enum sip_transport transport);

/* Is addr (its port does not count) one of its addresses? */
bool known_host_has(const struct known_host *known, const struct sa *addr);

#endif
