/* SPDX-License-Identifier: MIT */
/* sip_settings_json.h - the SIP settings as the API's JSON. Pure functions, any thread. */
#ifndef SETTINGS_SIP_SETTINGS_JSON_H
#define SETTINGS_SIP_SETTINGS_JSON_H

#include "settings/sip_settings.h"

enum { SIP_SETTINGS_JSON_MAX_LEN = 2048 };

/* Read a POST body: replaces *settings as a whole.
 *   body, len  any bytes; need not end with a NUL
 *   settings   in: what is stored now. `outbound` left out stays. The placeholder
 *              password keeps the stored one only under the rules of the contract (same
 *              user, user_id and hosts of proxy, realm, outbound; transport does not
 *              leave tls; one is stored). out: the new settings, on success only.
 *   ret_error  set on failure only
 * Returns 0, EINVAL (see *ret_error; *settings unchanged) or ENOMEM. */
int sip_settings_from_json(const char *body, size_t len, struct sip_settings *settings,
                           struct field_error *ret_error);

/* Write the GET body: one line, members in the documented order, the password always
 * as the placeholder, `outbound` last and only if not empty. Returns the length. */
size_t sip_settings_to_json(const struct sip_settings *settings,
                            char buf[SIP_SETTINGS_JSON_MAX_LEN]);

/* The same for the second account, which has no `stun`: the member is ignored, and what is
 * stored stays. */
int sip_settings_second_from_json(const char *body, size_t len, struct sip_settings *settings,
                                  struct field_error *ret_error);
size_t sip_settings_second_to_json(const struct sip_settings *settings,
                                   char buf[SIP_SETTINGS_JSON_MAX_LEN]);

#endif
