/* SPDX-License-Identifier: MIT */
/* call_words.h - how a call ended, from a SIP answer or an error to a kind and to words that a
 * person can act on. Pure, any thread. call_end_name() of call.h is here, too. */
#ifndef SIP_CALL_WORDS_H
#define SIP_CALL_WORDS_H

#include <stddef.h>

#include "sip/call.h"

/* The other side has answered an INVITE with code (300 to 699).
 *   phrase  its reason phrase, printable; "" if there is none
 * Returns the kind, and says it in buf. */
enum call_end call_words_of_answer(int code, const char *phrase, char *buf, size_t size);

/* It could not be reached; err: errno value. to: where, as text. */
enum call_end call_words_of_fault(int err, const char *to, char *buf, size_t size);

#endif
