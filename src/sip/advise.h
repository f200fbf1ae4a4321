/* SPDX-License-Identifier: MIT */
/* advise.h - what a person can do about a fault that the check has found. The texts are static.
 * Pure functions, any thread. */
#ifndef SIP_ADVISE_H
#define SIP_ADVISE_H

#include "settings/sip_settings.h"

struct registration_result;

/* The name cannot be looked up; err: as resolver_found_fn has it. */
const char *advise_lookup(int err);

/* No connection, or no answer; err: errno value, ETIME: the connection did not stand in time. */
const char *advise_unreachable(int err, enum sip_transport transport);

/* The connection stands, but TLS does not: err as above.
 *   has_certificate  the server has shown one: it was refused */
const char *advise_certificate(int err, bool has_certificate);

/* The server has answered, but not with yes. */
const char *advise_answer(const struct registration_result *result);

/* err: as explain_stun has it. */
const char *advise_stun(int err);

#endif
