/* SPDX-License-Identifier: MIT */
/* sip_auth.h - the SIP library's sip_auth_*() (re_sip.h), replaced by ours: see sip_auth.c. */
#ifndef SIP_SIP_AUTH_H
#define SIP_SIP_AUTH_H

/* Answer a SHA-256 challenge through the library's interface: shows that the program was
 * linked with our functions. Returns 0, or an errno value if it was not. */
int sip_auth_check(void);

#endif
