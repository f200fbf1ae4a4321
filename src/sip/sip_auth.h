/* SPDX-License-Identifier: MIT */
/* sip_auth.h - the SIP library's sip_auth_*() (re_sip.h), replaced by ours: see sip_auth.c. */
#ifndef SIP_SIP_AUTH_H
#define SIP_SIP_AUTH_H

struct sip_auth;
struct sip_msg;

/* Answer a SHA-256 challenge through the library's interface: shows that the program was
 * linked with our functions. Returns 0, or an errno value if it was not. */
int sip_auth_check(void);

/* While a sip_auth_h is called: the response that asks for credentials. Else NULL. */
const struct sip_msg *sip_auth_asking(void);

/* The realms that have asked and been answered. Borrowed until the next sip_auth_*() of auth.
 * Returns how many, max at most. */
unsigned sip_auth_realms(const struct sip_auth *auth, const char *ret_realms[], unsigned max);

/* Every sip_auth whose sip_auth_h has this arg forgets the credentials it holds: nothing more
 * goes out until somebody asks again. */
void sip_auth_forget(const void *arg);

#endif
