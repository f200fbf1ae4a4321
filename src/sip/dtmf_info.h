/* SPDX-License-Identifier: MIT */
/* dtmf_info.h - digits in SIP INFO: application/dtmf-relay and application/dtmf, which no RFC
 * describes but phones send. Pure, any thread. */
#ifndef SIP_DTMF_INFO_H
#define SIP_DTMF_INFO_H

#include <stddef.h>

/* The digit (0-9 * # A-D) in a body.
 *   type  of the body, "application/dtmf-relay"; case does not count
 * Returns 0, ENOTSUP (another type) or EBADMSG (no digit in it); then *ret_digit is not set. */
int dtmf_info_parse(const char *type, const char *body, size_t len, char *ret_digit);

#endif
