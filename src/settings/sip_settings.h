/* SPDX-License-Identifier: MIT */
/* sip_settings.h - the settings needed to configure calls with SIP: one plain value and
 * the rules for its members. One table (sip_settings_members) describes them; reading,
 * writing, checking and error texts follow from it. Pure functions, any thread. */
#ifndef SETTINGS_SIP_SETTINGS_H
#define SETTINGS_SIP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settings/member.h"

enum {
    SIP_SETTINGS_MAX_TEXT = 31, /* user, password, user_id */
    SIP_SETTINGS_MIN_PASSWORD = 6,
    SIP_SETTINGS_MAX_URI = 263, /* "sip:" host ":65535" */
    SIP_SETTINGS_MIN_INTERVAL_S = 30,
    SIP_SETTINGS_MAX_INTERVAL_S = 900,
};

/* What GET shows instead of the password; as input it means "keep the stored one". */
#define SIP_SETTINGS_PASSWORD_PLACEHOLDER "WebPass"

enum sip_transport { SIP_TRANSPORT_UDP, SIP_TRANSPORT_TCP, SIP_TRANSPORT_TLS };

/* Copy by =, nothing to free. Strings are kept exactly as they were sent. */
struct sip_settings {
    char proxy[SIP_SETTINGS_MAX_URI + 1];
    char realm[SIP_SETTINGS_MAX_URI + 1];
    char user[SIP_SETTINGS_MAX_TEXT + 1];
    char password[SIP_SETTINGS_MAX_TEXT + 1]; /* the real one; wipe with sip_settings_wipe */
    enum sip_transport transport;
    char user_id[SIP_SETTINGS_MAX_TEXT + 1]; /* "": user */
    char stun_ip[SIP_SETTINGS_MAX_URI + 1];
    uint16_t stun_port;
    uint16_t registration_interval_s;
    char outbound[SIP_SETTINGS_MAX_URI + 1]; /* "": none */
};

/* What GET shows before anyone has set anything (password: not set, ""). */
extern const struct sip_settings sip_settings_default;

/* The members in the documented order, and all rules that concern one member alone. */
extern const struct member_table sip_settings_members;

/* The same for the second account: without `stun`. */
extern const struct member_table sip_settings_second_members;

const char *sip_transport_name(enum sip_transport transport); /* "udp" "tcp" "tls" */

/* True if stun_ip asks for a STUN server: 127.0.0.1 means off, and only UDP needs one. */
bool sip_settings_has_stun(const struct sip_settings *settings);

/* True if the placeholder in changed may stand for the password in stored: one is stored,
 * user, user_id and the hosts of proxy, realm and outbound are the same (ports may differ),
 * and transport does not leave tls. Otherwise anyone who may change settings, but does not
 * know the password, could have its digest sent to a server of his own. */
bool sip_settings_may_keep_password(const struct sip_settings *stored,
                                    const struct sip_settings *changed);

void sip_settings_wipe(struct sip_settings *settings);

#endif
