/* SPDX-License-Identifier: MIT */
/* syslog_settings.h - where events are sent as syslog lines: one plain value and the rules for its
 * members. Pure functions, any thread. */
#ifndef SETTINGS_SYSLOG_SETTINGS_H
#define SETTINGS_SYSLOG_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "settings/host.h"
#include "settings/member.h"

enum { SYSLOG_MAX_SEVERITY = 7, SYSLOG_MAX_TAG = 48 };

/* The vendor's body has no member for it, and its receivers take HTTP. */
enum syslog_transport { SYSLOG_HTTP, SYSLOG_TCP, SYSLOG_UDP };

/* Copy by =, nothing to free. */
struct syslog_settings {
    bool is_enabled;
    char server[HOST_MAX_LEN + 1]; /* a name or an address; "": none */
    uint16_t port;
    uint16_t severity; /* lines up to this one are sent: 0 emergency ... 7 debug */
    char tag[SYSLOG_MAX_TAG + 1];
    enum syslog_transport transport;
};

extern const struct syslog_settings syslog_settings_default;

/* All members under the names they are stored by. */
extern const struct member_table syslog_settings_members;

/* The same by what the API reads and writes together. */
extern const struct member_table syslog_settings_server;    /* the vendor's body */
extern const struct member_table syslog_settings_transport; /* transport */

/* Do the members fit together? Returns false, with *ret_error set, if it is on without a server. */
bool syslog_settings_check(const struct syslog_settings *settings, struct field_error *ret_error);

#endif
