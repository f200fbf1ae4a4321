/* SPDX-License-Identifier: MIT */
/* sip_settings.h - the settings needed to configure calls with SIP: one plain value and
 * the rules for its members. One table (sip_settings_members) describes them; reading,
 * writing, checking and error texts follow from it. Pure functions, any thread. */
#ifndef SETTINGS_SIP_SETTINGS_H
#define SETTINGS_SIP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIP_SETTINGS_MAX_TEXT = 31,    /* user, password, user_id */
    SIP_SETTINGS_MIN_PASSWORD = 6,
    SIP_SETTINGS_MAX_URI = 263,    /* "sip:" host ":65535" */
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

/* Bad input is not an errno: where and why, in words that the API, the page and the
 * command line all print. Static or inside the struct; copy by =. */
struct field_error {
    char field[32];   /* "stun.ip"; "" if no single member is to blame */
    char reason[128]; /* "must have 1 to 31 characters" */
    char error[160];  /* the API's `error` text: "Wrong JSON body: value `user` is not valid" */
};

/* What GET shows before anyone has set anything (password: not set, ""). */
extern const struct sip_settings sip_settings_default;

const char *sip_transport_name(enum sip_transport transport); /* "udp" "tcp" "tls" */

/* True if stun_ip asks for a STUN server: 127.0.0.1 means off, and only UDP needs one. */
bool sip_settings_has_stun(const struct sip_settings *settings);

void sip_settings_wipe(struct sip_settings *settings);

#endif
