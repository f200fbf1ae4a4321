/* SPDX-License-Identifier: MIT */
/* contact.h - what a registrar has granted (RFC 3261 section 10.3). Pure, loop thread. */
#ifndef SIP_CONTACT_H
#define SIP_CONTACT_H

#include <stdbool.h>
#include <stdint.h>

struct sip_msg;

/* How long the binding lives that a 2xx to our REGISTER confirms, in seconds.
 * Registrars rewrite Contacts, so in this order: the one with our URI or our instance; the
 * only one listed; the smallest of several; Expires; what we asked for.
 *   uri       our Contact URI, without < >
 *   instance  our urn:uuid:..., without < >
 *   asked_s   what we asked for */
uint32_t contact_granted_s(const struct sip_msg *msg, const char *uri, const char *instance,
                           uint32_t asked_s);

/* Is a Contact with this URI (without < >) among those of the answer? An answer without any Contact
 * says nothing: true. */
bool contact_is_listed(const struct sip_msg *msg, const char *uri);

#endif
