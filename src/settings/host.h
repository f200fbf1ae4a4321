/* SPDX-License-Identifier: MIT */
/* host.h - hosts and ports as the API writes them. Pure functions, any thread. */
#ifndef SETTINGS_HOST_H
#define SETTINGS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HOST_MAX_LEN = 253 };

/* What a text may hold besides the host. */
enum host_form {
    HOST_FORM_BARE = 0,        /* stun.ip */
    HOST_FORM_PORT = 1 << 0,   /* realm: host[:port] */
    HOST_FORM_SCHEME = 1 << 1, /* with PORT, proxy: [sip:]host[:port] */
};

struct host {
    char name[HOST_MAX_LEN + 1]; /* as written: an IPv4 address or a DNS name */
    uint16_t port;               /* 0: none was written */
    bool is_address;
};

/* Take text apart by the rules of the API: dotted quad without leading zeros, or a DNS
 * name of at least 2 labels (letters, digits, '-', '_'; no '-' at an end; last label not all
 * digits), 63 a label, 253 in all; port 1..65535.
 *   form      sum of enum host_form
 *   ret_host  set on success only; NULL if only the answer counts
 * Returns NULL if good, else what is wrong, in plain words ("must be ..."), static. */
const char *host_parse(const char *text, unsigned form, struct host *ret_host);

#endif
