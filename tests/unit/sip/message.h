/* SPDX-License-Identifier: MIT */
/* message.h - real messages for the tests: text as the SIP library reads it. */
#ifndef MESSAGE_H
#define MESSAGE_H

struct sip_msg;

/* "SIP/2.0 CODE x" with these headers ("A: b\r\n..." or ""). mem_deref when done. */
struct sip_msg *message_response(int code, const char *headers);

#endif
