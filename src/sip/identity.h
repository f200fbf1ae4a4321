/* SPDX-License-Identifier: MIT */
/* identity.h - from the settings to what is on the wire: the rules of "where on the wire" in
 * docs/get-sip-settings.md. Pure functions, any thread. */
#ifndef SIP_IDENTITY_H
#define SIP_IDENTITY_H

#include "settings/host.h"
#include "settings/sip_settings.h"

enum {
    IDENTITY_MAX_USER = 3 * SIP_SETTINGS_MAX_TEXT, /* every character escaped */
    IDENTITY_MAX_URI = 4 + IDENTITY_MAX_USER + 1 + SIP_SETTINGS_MAX_URI,
};

/* A value; derived from settings, holds no secret. */
struct identity {
    char user[IDENTITY_MAX_USER + 1]; /* percent-encoded for a URI (RFC 3261 section 25.1) */
    char contact_user[IDENTITY_MAX_USER + 1];      /* the same without any separator: registrars and
                                                      parsers take Contacts apart at commas */
    char aor[IDENTITY_MAX_URI + 1];                /* From and To: sip:user@host, no port */
    char request_uri[IDENTITY_MAX_URI + 1];        /* of REGISTER: sip:realm, port kept */
    char auth_username[SIP_SETTINGS_MAX_TEXT + 1]; /* user_id, or user if that is empty */
    struct host realm;
    struct host next_hop;             /* outbound if set, else proxy */
    char route[IDENTITY_MAX_URI + 1]; /* preloaded Route URI with ;lr; "" without outbound */
};

/* settings must be valid. */
void identity_make(const struct sip_settings *settings, struct identity *ret_identity);

/* May credentials for this account go to host? So it is for its own servers, and for those below
 * its domain. */
bool identity_owns_host(const struct identity *identity, const struct host *host);

/* True if both are the same address-of-record at the same next hop. */
bool identity_is_same_account(const struct sip_settings *a, const struct sip_settings *b);

/* True if both are the same address-of-record, wherever it is registered. */
bool identity_is_same_aor(const struct sip_settings *a, const struct sip_settings *b);

#endif
